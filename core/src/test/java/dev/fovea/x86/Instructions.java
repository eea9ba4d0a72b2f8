package dev.fovea.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Every instruction of the {@link Assembler} with registers and addresses at the edges of their
 * encodings, each with its text as objdump writes it in Intel's syntax.
 */
final class Instructions {
  private static final List<Integer> YMM = List.of(0, 7, 8, 15);
  private static final List<Integer> ZMM = List.of(0, 7, 8, 15, 16, 31);

  // RSP and R12 need a further byte, RBP and R13 a displacement.
  private static final List<Reg> BASES =
      List.of(Reg.RAX, Reg.RSP, Reg.RBP, Reg.RDI, Reg.R8, Reg.R12, Reg.R13, Reg.R15);

  // Around what fits in a byte: as it is, or in units of 4, 32 and 64.
  private static final List<Integer> DISPLACEMENTS =
      List.of(
          0,
          1,
          4,
          32,
          64,
          -64,
          63,
          127,
          128,
          -128,
          -129,
          508,
          512,
          -512,
          -516,
          4064,
          4096,
          -4096,
          -4128,
          8128,
          8192,
          -8192,
          -8256,
          0x12345678);

  private static final List<Reg> REGISTERS = List.of(Reg.values());

  private static final List<Integer> NUMBERS = List.of(0, 1, -1, 127, -128, 4096, 0x7fffffff);

  /** One or a few instructions that one call assembles. */
  record Instruction(String text, VectorWidth width, Consumer<Assembler> call) {}

  private final VectorWidth width;
  private final List<Instruction> all = new ArrayList<>();

  private Instructions(VectorWidth width) {
    this.width = width;
  }

  static List<Instruction> all() {
    List<Instruction> all = new ArrayList<>();
    for (VectorWidth width : VectorWidth.values()) {
      Instructions i = new Instructions(width);
      i.vectors();
      if (width == VectorWidth.YMM) {
        i.onlyWithYmm();
      } else {
        i.onlyWithZmm();
      }
      all.addAll(i.all);
    }
    Instructions general = new Instructions(VectorWidth.YMM);
    general.registers();
    general.memory();
    all.addAll(general.all);
    return all;
  }

  private void vectors() {
    for (Reg base : BASES) {
      for (int displacement : DISPLACEMENTS) {
        Mem m = base.at(displacement);
        add("vmovups " + v(7) + "," + vector(m), a -> a.load(7, m));
      }
    }
    source("vmovups", Assembler::load);
    memories((r, m) -> add("vmovups " + vector(m) + "," + v(r), a -> a.store(m, r)));
    memories((r, m) -> add("vmovntps " + vector(m) + "," + v(r), a -> a.storeStreaming(m, r)));
    memories((r, m) -> add("vbroadcastss " + v(r) + "," + dword(m), a -> a.broadcast(r, m)));
    memories((r, m) -> add("vpbroadcastd " + v(r) + "," + dword(m), a -> a.broadcastPair(r, m)));
    triples((d, x, y) -> add("vmovaps " + v(d) + "," + v(x), a -> a.move(d, x)));
    String xor = width == VectorWidth.ZMM ? "vpxord " : "vxorps ";
    triples((d, x, y) -> add(xor + v(d) + "," + v(d) + "," + v(d), a -> a.zero(d)));
    three("vaddps", (a, r) -> a.add(r.d, r.x, r.y));
    three("vsubps", (a, r) -> a.subtract(r.d, r.x, r.y));
    three("vmulps", (a, r) -> a.multiply(r.d, r.x, r.y));
    three("vmaxps", (a, r) -> a.max(r.d, r.x, r.y));
    three("vfmadd231ps", (a, r) -> a.addProduct(r.d, r.x, r.y));
    three("vfnmadd231ps", (a, r) -> a.subtractProduct(r.d, r.x, r.y));
    two("vaddps", Assembler::add);
    two("vmulps", Assembler::multiply);
    two("vfmadd231ps", Assembler::addProduct);
    two("vfnmadd231ps", Assembler::subtractProduct);
    add("vzeroupper", Assembler::zeroUpper);
    add("sfence", Assembler::storeFence);
  }

  private void onlyWithYmm() {
    two("vmaskmovps", Assembler::loadSelected);
    for (int dst : List.of(0, 5, 7)) {
      for (Reg src : List.of(Reg.RAX, Reg.RBX, Reg.RDI)) {
        String e = "e" + name(src).substring(1);
        add(
            "movsx "
                + e
                + ","
                + e.substring(1)
                + "; vmovd xmm"
                + dst
                + ","
                + e
                + "; vpbroadcastd "
                + v(dst)
                + ",xmm"
                + dst,
            a -> a.spread(dst, src));
      }
    }
  }

  private void onlyWithZmm() {
    masked("vmovups", Instructions::vector, Assembler::loadMasked);
    memories(
        (r, m) -> add("vpmovzxwd " + v(r) + "," + half(m) + shifted(r), a -> a.loadBf16(r, m)));
    for (int mask = 1; mask <= 7; mask++) {
      int k = mask;
      Mem m = BASES.get(mask).at(32L * mask);
      int r = ZMM.get(mask % ZMM.size());
      add(
          "vpmovzxwd " + v(r) + "{k" + k + "}{z}," + half(m) + shifted(r),
          a -> a.loadBf16Masked(r, k, m));
    }
    memories(
        (r, m) ->
            add(
                "vcvtneps2bf16 ymm" + r + "," + v(r) + "; vmovdqu32 " + half(m) + ",ymm" + r,
                a -> a.storeBf16(m, r)));
    triples(
        (d, x, y) -> {
          Mem m = Reg.R13.at(64L * d);
          add(
              "vcvtne2ps2bf16 "
                  + v(x)
                  + ","
                  + v(x)
                  + ","
                  + v(d)
                  + "; vpermw "
                  + v(x)
                  + ","
                  + v(y)
                  + ","
                  + v(x)
                  + "; vmovups "
                  + vector(m)
                  + ","
                  + v(x),
              a -> a.storeBf16Pairs(m, d, x, y));
        });
    three("vpermw", (a, r) -> a.permuteWords(r.d, r.x, r.y));
    three("vdpbf16ps", (a, r) -> a.addPairProducts(r.d, r.x, r.y));
    for (int mask = 1; mask <= 7; mask++) {
      int k = mask;
      Reg src = List.of(Reg.RAX, Reg.RCX, Reg.RDI).get(mask % 3);
      add("kmovw k" + k + ",e" + name(src).substring(1), a -> a.moveMask(k, src));
    }
  }

  private void registers() {
    for (Reg r : Reg.values()) {
      Reg other = REGISTERS.get((r.number() + 7) % 16);
      String both = name(r) + "," + name(other);
      add("mov " + both, a -> a.move(r, other));
      add("add " + both, a -> a.add(r, other));
      add("sub " + both, a -> a.subtract(r, other));
      add("imul " + both, a -> a.multiply(r, other));
      add("cmp " + both, a -> a.compare(r, other));
      int n = NUMBERS.get(r.number() % NUMBERS.size());
      String with = name(r) + "," + hex(n);
      add("add " + with, a -> a.add(r, n));
      add("and " + with, a -> a.and(r, n));
      add("cmp " + with, a -> a.compare(r, n));
      add("test " + with, a -> a.test(r, n));
      add("imul " + both + "," + hex(n), a -> a.multiply(r, other, n));
      add("push " + name(r), a -> a.push(r));
      add("pop " + name(r), a -> a.pop(r));
      add("call " + name(r), a -> a.call(r));
      if (r != Reg.RDX) {
        add("xor edx,edx; div " + name(r), a -> a.divide(r));
      }
      long value = 0x0123456789abcdefL * (r.number() - 8);
      add("movabs " + name(r) + "," + hex(value), a -> a.move(r, value));
    }
    add("ret", Assembler::ret);
  }

  private void memory() {
    for (int i = 0; i < DISPLACEMENTS.size(); i++) {
      Mem m = BASES.get(i % BASES.size()).at(DISPLACEMENTS.get(i));
      Reg r = REGISTERS.get(i * 5 % 16);
      String e = r.number() < 8 ? "e" + name(r).substring(1) : name(r) + "d";
      add("mov " + name(r) + "," + qword(m), a -> a.move(r, m));
      add("mov " + qword(m) + "," + name(r), a -> a.move(m, r));
      add("mov " + e + "," + dword(m), a -> a.move32(r, m));
      add("lea " + name(r) + "," + at(m), a -> a.address(r, m));
      add("lock xadd " + qword(m) + "," + name(r), a -> a.exchangeAndAdd(m, r));
    }
  }

  private interface Triple {
    void of(int dst, int a, int b);
  }

  private record Registers(int d, int x, int y) {}

  private interface TwoWithMemory {
    void assemble(Assembler a, int dst, int first, Mem second);
  }

  private interface OneWithMemory {
    void assemble(Assembler a, int dst, Mem from);
  }

  private interface MemoryText {
    String of(Instructions i, Mem m);
  }

  private void three(String name, BiConsumer<Assembler, Registers> call) {
    triples(
        (d, x, y) ->
            add(
                name + " " + v(d) + "," + v(x) + "," + v(y),
                a -> call.accept(a, new Registers(d, x, y))));
  }

  private void two(String name, TwoWithMemory call) {
    memories(
        (r, m) -> {
          int x = numbers().get((numbers().indexOf(r) + 1) % numbers().size());
          add(name + " " + v(r) + "," + v(x) + "," + vector(m), a -> call.assemble(a, r, x, m));
        });
  }

  private void source(String name, OneWithMemory call) {
    memories((r, m) -> add(name + " " + v(r) + "," + vector(m), a -> call.assemble(a, r, m)));
  }

  private interface Masked {
    void assemble(Assembler a, int dst, int mask, Mem from);
  }

  private void masked(String name, MemoryText text, Masked call) {
    for (int mask = 1; mask <= 7; mask++) {
      int k = mask;
      Mem m = BASES.get(mask).at(64L * mask);
      int r = ZMM.get(mask % ZMM.size());
      add(
          name + " " + v(r) + "{k" + k + "}{z}," + text.of(this, m),
          a -> call.assemble(a, r, k, m));
    }
  }

  // Every register in every place.
  private void triples(Triple t) {
    List<Integer> n = numbers();
    for (int i = 0; i < n.size(); i++) {
      t.of(n.get(i), n.get((i + 1) % n.size()), n.get((i + 3) % n.size()));
    }
  }

  // Every base and every displacement, with changing registers.
  private void memories(BiConsumer<Integer, Mem> each) {
    for (int i = 0; i < DISPLACEMENTS.size(); i++) {
      Mem m = BASES.get(i % BASES.size()).at(DISPLACEMENTS.get(i));
      each.accept(numbers().get(i % numbers().size()), m);
    }
  }

  private List<Integer> numbers() {
    return width == VectorWidth.ZMM ? ZMM : YMM;
  }

  private void add(String text, Consumer<Assembler> call) {
    all.add(new Instruction(text, width, call));
  }

  private String v(int register) {
    return (width == VectorWidth.ZMM ? "zmm" : "ymm") + register;
  }

  private String shifted(int r) {
    return "; vpslld " + v(r) + "," + v(r) + ",0x10";
  }

  private String vector(Mem m) {
    return (width == VectorWidth.ZMM ? "ZMMWORD" : "YMMWORD") + " PTR " + at(m);
  }

  private static String half(Mem m) {
    return "YMMWORD PTR " + at(m);
  }

  private static String dword(Mem m) {
    return "DWORD PTR " + at(m);
  }

  private static String qword(Mem m) {
    return "QWORD PTR " + at(m);
  }

  private static String at(Mem m) {
    int d = m.displacement();
    return "[" + name(m.base()) + (d < 0 ? "-0x" : "+0x") + Integer.toHexString(Math.abs(d)) + "]";
  }

  private static String name(Reg r) {
    return r.name().toLowerCase(Locale.ROOT);
  }

  private static String hex(long n) {
    return "0x" + Long.toHexString(n);
  }
}
