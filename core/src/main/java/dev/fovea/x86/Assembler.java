package dev.fovea.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Assembles one piece of machine code. Vector registers are numbers, operands are in Intel's order:
 * destination first.
 *
 * <p>The code is position-independent except for addresses that the caller passes as numbers.
 * Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.3
 * (VEX) and 2.7 (EVEX). Confined to one thread.
 */
public final class Assembler {
  private static final int MAP_0F = 1;
  private static final int MAP_0F38 = 2;
  private static final int NO_PREFIX = 0;
  private static final int PREFIX_66 = 1;
  private static final int PREFIX_F3 = 2;
  private static final int PREFIX_F2 = 3;

  private final VectorWidth width;
  private final List<Label> labels = new ArrayList<>();
  private byte[] code = new byte[4096];
  private int size;

  /** Starts an empty piece of code for vectors of this width. */
  public Assembler(VectorWidth width) {
    this.width = width;
  }

  /** The width of the vectors. */
  public VectorWidth width() {
    return width;
  }

  /**
   * The finished code.
   *
   * @throws IllegalStateException if a jump leads to a label that has no place
   */
  public byte[] toBytes() {
    for (Label label : labels) {
      for (int at : label.jumps()) {
        int target =
            label.place().orElseThrow(() -> new IllegalStateException("a label has no place"));
        int distance = target - (at + 4);
        for (int i = 0; i < 4; i++) {
          code[at + i] = (byte) (distance >> 8 * i);
        }
      }
    }
    return Arrays.copyOf(code, size);
  }

  // ---------------------------------------------------------------------------------------------
  // Vectors of binary32
  // ---------------------------------------------------------------------------------------------

  /** dst = memory; need not be aligned. */
  public void load(int dst, Mem from) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x10), dst, 0, from, 0, width.bytes());
  }

  /** memory = src; need not be aligned. */
  public void store(Mem to, int src) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x11), src, 0, to, 0, width.bytes());
  }

  /** memory = src, non-temporal: past the caches; memory must be aligned to a vector. */
  public void storeStreaming(Mem to, int src) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x2B), src, 0, to, 0, width.bytes());
  }

  /**
   * dst = memory in the elements whose mask bit is set, else zero; elements that are not selected
   * are not accessed. Only with ZMM.
   *
   * @param mask 1 to 7
   */
  public void loadMasked(int dst, int mask, Mem from) {
    requireWidth(VectorWidth.ZMM);
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x10), dst, 0, from, mask, width.bytes());
  }

  /**
   * dst = memory in the elements whose sign bit is set in {@code mask}, else zero; elements that
   * are not selected are not accessed. Only with YMM.
   */
  public void loadSelected(int dst, int mask, Mem from) {
    requireWidth(VectorWidth.YMM);
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0x2C), dst, mask, from, 0, 1);
  }

  /** dst = all elements equal to the binary32 in memory. */
  public void broadcast(int dst, Mem from) {
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0x18), dst, 0, from, 0, 4);
  }

  /** dst = src. */
  public void move(int dst, int src) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x28), dst, 0, src);
  }

  /** dst = 0. */
  public void zero(int dst) {
    boolean zmm = width == VectorWidth.ZMM;
    Opcode xor =
        zmm ? new Opcode(MAP_0F, PREFIX_66, 0, 0xEF) : new Opcode(MAP_0F, NO_PREFIX, 0, 0x57);
    vector(xor, dst, dst, dst);
  }

  /**
   * dst = all elements equal to the low 16 bits of src, sign-extended; src is overwritten. Only
   * with YMM.
   *
   * @param dst one of the first eight registers
   * @param src one of the first eight registers
   */
  public void spread(int dst, Reg src) {
    requireWidth(VectorWidth.YMM);
    // movsx src, src (16 bits); vmovd xmm, src; vpbroadcastd ymm, xmm
    bytes(0x0F, 0xBF, 0xC0 | src.number() << 3 | src.number());
    bytes(0xC5, 0xF9, 0x6E, 0xC0 | dst << 3 | src.number());
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0x58), dst, 0, dst);
  }

  /** dst = a + b. */
  public void add(int dst, int a, int b) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x58), dst, a, b);
  }

  /** dst = a + memory. */
  public void add(int dst, int a, Mem b) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x58), dst, a, b, 0, width.bytes());
  }

  /** dst = a - b. */
  public void subtract(int dst, int a, int b) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x5C), dst, a, b);
  }

  /** dst = a · b. */
  public void multiply(int dst, int a, int b) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x59), dst, a, b);
  }

  /** dst = a · memory. */
  public void multiply(int dst, int a, Mem b) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x59), dst, a, b, 0, width.bytes());
  }

  /** dst = max(a, b); b if either is not a number. */
  public void max(int dst, int a, int b) {
    vector(new Opcode(MAP_0F, NO_PREFIX, 0, 0x5F), dst, a, b);
  }

  /** dst = dst + a · b, rounded once. */
  public void addProduct(int dst, int a, int b) {
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0xB8), dst, a, b);
  }

  /** dst = dst + a · memory, rounded once. */
  public void addProduct(int dst, int a, Mem b) {
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0xB8), dst, a, b, 0, width.bytes());
  }

  /** dst = dst - a · b, rounded once. */
  public void subtractProduct(int dst, int a, int b) {
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0xBC), dst, a, b);
  }

  /** dst = dst - a · memory, rounded once. */
  public void subtractProduct(int dst, int a, Mem b) {
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0xBC), dst, a, b, 0, width.bytes());
  }

  /** Makes earlier stores, streaming ones included, visible before later ones. */
  public void storeFence() {
    bytes(0x0F, 0xAE, 0xF8);
  }

  /** Clears the upper parts of the vector registers, which would slow down SSE code elsewhere. */
  public void zeroUpper() {
    bytes(0xC5, 0xF8, 0x77);
  }

  // ---------------------------------------------------------------------------------------------
  // bfloat16; only with ZMM
  // ---------------------------------------------------------------------------------------------

  /** dst = sixteen bfloat16 in memory, as binary32. */
  public void loadBf16(int dst, Mem from) {
    loadBf16Masked(dst, 0, from);
  }

  /**
   * As {@link #loadBf16} in the elements whose mask bit is set, else zero; elements that are not
   * selected are not accessed.
   */
  public void loadBf16Masked(int dst, int mask, Mem from) {
    requireWidth(VectorWidth.ZMM);
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0x33), dst, 0, from, mask, 32);
    shiftLeft(dst, dst, 16);
  }

  private void shiftLeft(int dst, int src, int bits) {
    // The destination is encoded where other instructions have their first source.
    vector(new Opcode(MAP_0F, PREFIX_66, 0, 0x72), 6, dst, src);
    bytes(bits);
  }

  /** memory = src, rounded to sixteen bfloat16, subnormal numbers to zero; src is overwritten. */
  public void storeBf16(Mem to, int src) {
    requireWidth(VectorWidth.ZMM);
    vector(new Opcode(MAP_0F38, PREFIX_F3, 0, 0x72), src, 0, src);
    evex(new Opcode(MAP_0F, PREFIX_F3, 0, 0x7F), src, 0, to, 0, 1);
    operand(0x7F, src, to, 32);
  }

  /**
   * memory = pairs (low, high) of sixteen values each, rounded to bfloat16.
   *
   * @param order the register that {@link #pairOrder} describes
   */
  public void storeBf16Pairs(Mem to, int low, int high, int order) {
    requireWidth(VectorWidth.ZMM);
    vector(new Opcode(MAP_0F38, PREFIX_F2, 0, 0x72), high, high, low);
    permuteWords(high, order, high);
    store(to, high);
  }

  /** dst = the 32 words of src in the order that {@code order} lists. */
  public void permuteWords(int dst, int order, int src) {
    requireWidth(VectorWidth.ZMM);
    vector(new Opcode(MAP_0F38, PREFIX_66, 1, 0x8D), dst, order, src);
  }

  /** The contents of a register that interleaves both halves of a vector of 32 words. */
  public static short[] pairOrder() {
    short[] order = new short[32];
    for (int i = 0; i < order.length; i++) {
      order[i] = (short) (i / 2 + (i % 2) * 16);
    }
    return order;
  }

  /** dst = all pairs equal to the pair of bfloat16 in memory. */
  public void broadcastPair(int dst, Mem from) {
    vector(new Opcode(MAP_0F38, PREFIX_66, 0, 0x58), dst, 0, from, 0, 4);
  }

  /**
   * dst = dst + a · b, summed over the two elements of each pair of bfloat16; subnormal numbers
   * count as zero.
   */
  public void addPairProducts(int dst, int a, int b) {
    requireWidth(VectorWidth.ZMM);
    vector(new Opcode(MAP_0F38, PREFIX_F3, 0, 0x52), dst, a, b);
  }

  // ---------------------------------------------------------------------------------------------
  // General-purpose registers, 64 bits
  // ---------------------------------------------------------------------------------------------

  /** dst = a number. */
  public void move(Reg dst, long value) {
    bytes(0x48 | dst.number() >> 3, 0xB8 | dst.number() & 7);
    for (int i = 0; i < 8; i++) {
      bytes((int) (value >> 8 * i));
    }
  }

  /** dst = src. */
  public void move(Reg dst, Reg src) {
    general(0x8B, dst.number(), src);
  }

  /** dst = memory. */
  public void move(Reg dst, Mem from) {
    general(0x8B, dst.number(), from);
  }

  /** memory = src. */
  public void move(Mem to, Reg src) {
    general(0x89, src.number(), to);
  }

  /** dst = the 32 bits in memory, zero-extended. */
  public void move32(Reg dst, Mem from) {
    if (dst.number() > 7 || from.base().number() > 7) {
      bytes(0x40 | dst.number() >> 3 << 2 | from.base().number() >> 3);
    }
    operand(0x8B, dst.number(), from, 1);
  }

  /** dst = the address of the operand. */
  public void address(Reg dst, Mem of) {
    general(0x8D, dst.number(), of);
  }

  /** dst = dst + src. */
  public void add(Reg dst, Reg src) {
    general(0x03, dst.number(), src);
  }

  /** dst = dst + a number. */
  public void add(Reg dst, int value) {
    general(0x81, 0, dst);
    int32(value);
  }

  /** dst = dst - src. */
  public void subtract(Reg dst, Reg src) {
    general(0x2B, dst.number(), src);
  }

  /** dst = dst AND a number. */
  public void and(Reg dst, int value) {
    general(0x81, 4, dst);
    int32(value);
  }

  /** dst = src · a number. */
  public void multiply(Reg dst, Reg src, int by) {
    general(0x69, dst.number(), src);
    int32(by);
  }

  /** dst = dst · src. */
  public void multiply(Reg dst, Reg src) {
    bytes(0x48 | dst.number() >> 3 << 2 | src.number() >> 3, 0x0F, 0xAF);
    bytes(0xC0 | (dst.number() & 7) << 3 | src.number() & 7);
  }

  /** RAX = RAX / divisor, RDX = the remainder; both unsigned. */
  public void divide(Reg divisor) {
    bytes(0x31, 0xD2);
    general(0xF7, 6, divisor);
  }

  /** Compares for a following jump. */
  public void compare(Reg a, Reg b) {
    general(0x3B, a.number(), b);
  }

  /** Compares for a following jump. */
  public void compare(Reg a, int value) {
    general(0x81, 7, a);
    int32(value);
  }

  /** Tests whether any of the bits is set, for a following {@link #jumpIfZero}. */
  public void test(Reg a, int bits) {
    general(0xF7, 0, a);
    int32(bits);
  }

  /** src = memory, memory = memory + src, atomically. */
  public void exchangeAndAdd(Mem to, Reg src) {
    bytes(0xF0, 0x48 | src.number() >> 3 << 2 | to.base().number() >> 3, 0x0F);
    operand(0xC1, src.number(), to, 1);
  }

  /**
   * The mask register = the low 16 bits of src. Only with ZMM.
   *
   * @param src one of the first eight registers
   */
  public void moveMask(int mask, Reg src) {
    bytes(0xC5, 0xF8, 0x92, 0xC0 | mask << 3 | src.number());
  }

  /** Pushes a register. */
  public void push(Reg r) {
    if (r.number() > 7) {
      bytes(0x41);
    }
    bytes(0x50 | r.number() & 7);
  }

  /** Pops a register. */
  public void pop(Reg r) {
    if (r.number() > 7) {
      bytes(0x41);
    }
    bytes(0x58 | r.number() & 7);
  }

  /** Calls the function at the address in a register. */
  public void call(Reg address) {
    if (address.number() > 7) {
      bytes(0x41);
    }
    bytes(0xFF, 0xD0 | address.number() & 7);
  }

  /** Returns to the caller. */
  public void ret() {
    bytes(0xC3);
  }

  // ---------------------------------------------------------------------------------------------
  // Jumps
  // ---------------------------------------------------------------------------------------------

  /** A new label without a place. */
  public Label label() {
    Label label = new Label();
    labels.add(label);
    return label;
  }

  /** Gives a label its place: the next instruction. */
  public void place(Label label) {
    label.place(size);
  }

  /** Jumps. */
  public void jump(Label to) {
    bytes(0xE9);
    distance(to);
  }

  /** Jumps if the last test found no bit or the last comparison equality. */
  public void jumpIfZero(Label to) {
    bytes(0x0F, 0x84);
    distance(to);
  }

  /** Jumps if the last result was not zero. */
  public void jumpIfNotZero(Label to) {
    bytes(0x0F, 0x85);
    distance(to);
  }

  /** Jumps if the first of the compared numbers is at least the second, unsigned. */
  public void jumpIfAtLeast(Label to) {
    bytes(0x0F, 0x83);
    distance(to);
  }

  /** Jumps if the first of the compared numbers is less than the second, unsigned. */
  public void jumpIfLess(Label to) {
    bytes(0x0F, 0x82);
    distance(to);
  }

  /** Repeats the body until {@code counter}, which must not be 0 at the start, is counted down. */
  public void countDown(Reg counter, Runnable body) {
    Label start = label();
    place(start);
    body.run();
    add(counter, -1);
    jumpIfNotZero(start);
  }

  private void distance(Label to) {
    to.jumps().add(size);
    int32(0);
  }

  // ---------------------------------------------------------------------------------------------
  // Encoding
  // ---------------------------------------------------------------------------------------------

  private void general(int opcode, int reg, Reg rm) {
    bytes(0x48 | reg >> 3 << 2 | rm.number() >> 3, opcode);
    bytes(0xC0 | (reg & 7) << 3 | rm.number() & 7);
  }

  private void general(int opcode, int reg, Mem rm) {
    bytes(0x48 | reg >> 3 << 2 | rm.base().number() >> 3);
    operand(opcode, reg, rm, 1);
  }

  /** What distinguishes an instruction on vectors from the others. */
  private record Opcode(int map, int prefix, int w, int number) {}

  private void vector(Opcode op, int reg, int first, int rm) {
    requireRegisters(reg, first, rm);
    if (width == VectorWidth.ZMM) {
      bytes(
          0x62,
          bit(reg, 3) << 7 | bit(rm, 4) << 6 | bit(rm, 3) << 5 | bit(reg, 4) << 4 | op.map(),
          op.w() << 7 | (~first & 15) << 3 | 4 | op.prefix(),
          2 << 5 | bit(first, 4) << 3);
    } else {
      bytes(
          0xC4,
          bit(reg, 3) << 7 | 1 << 6 | bit(rm, 3) << 5 | op.map(),
          op.w() << 7 | (~first & 15) << 3 | 1 << 2 | op.prefix());
    }
    bytes(op.number(), 0xC0 | (reg & 7) << 3 | rm & 7);
  }

  // The displacement of EVEX is one byte in units of the size of the memory operand, if it fits.
  private void vector(Opcode op, int reg, int first, Mem rm, int mask, int unit) {
    requireRegisters(reg, first);
    if (width == VectorWidth.ZMM) {
      evex(op, reg, first, rm, mask, 2);
      operand(op.number(), reg, rm, unit);
    } else {
      bytes(
          0xC4,
          bit(reg, 3) << 7 | 1 << 6 | bit(rm.base().number(), 3) << 5 | op.map(),
          op.w() << 7 | (~first & 15) << 3 | 1 << 2 | op.prefix());
      operand(op.number(), reg, rm, 1);
    }
  }

  private void evex(Opcode op, int reg, int first, Mem rm, int mask, int vectorLength) {
    bytes(
        0x62,
        bit(reg, 3) << 7 | 1 << 6 | bit(rm.base().number(), 3) << 5 | bit(reg, 4) << 4 | op.map(),
        op.w() << 7 | (~first & 15) << 3 | 4 | op.prefix(),
        (mask > 0 ? 0x80 : 0) | vectorLength << 5 | bit(first, 4) << 3 | mask);
  }

  // One bit of a register's number, inverted as the prefixes store it.
  private static int bit(int register, int bit) {
    return ~register >> bit & 1;
  }

  private void requireRegisters(int... registers) {
    for (int r : registers) {
      if (r < 0 || r >= width.registers()) {
        throw new IllegalArgumentException(
            "there is no register " + width.name().toLowerCase(Locale.ROOT) + r);
      }
    }
  }

  private void requireWidth(VectorWidth only) {
    if (width != only) {
      throw new IllegalStateException("this instruction is only encoded for " + only);
    }
  }

  private void operand(int opcode, int reg, Mem mem, int unit) {
    int base = mem.base().number() & 7;
    int disp = mem.displacement();
    boolean small = disp % unit == 0 && disp / unit >= -128 && disp / unit <= 127;
    bytes(opcode, (small ? 0x40 : 0x80) | (reg & 7) << 3 | base);
    if (base == Reg.RSP.number()) {
      bytes(0x24);
    }
    if (small) {
      bytes(disp / unit);
    } else {
      int32(disp);
    }
  }

  private void int32(int value) {
    bytes(value, value >> 8, value >> 16, value >> 24);
  }

  // Not variadic, since an array for every instruction would be most of the garbage of a
  // compilation.
  private void bytes(int a) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
    code[size++] = (byte) a;
  }

  private void bytes(int a, int b) {
    bytes(a);
    bytes(b);
  }

  private void bytes(int a, int b, int c) {
    bytes(a, b);
    bytes(c);
  }

  private void bytes(int a, int b, int c, int d) {
    bytes(a, b);
    bytes(c, d);
  }
}
