package dev.fovea.convolution;

import dev.fovea.x86.Assembler;
import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A function under construction: an assembler, the function's stack frame, and the constants of its
 * transforms. Its calling convention is System V's; it takes no arguments and returns nothing.
 *
 * <p>Registers: RSP points to the frame, vectors 0 to {@link #PINNED} - 1 are free, those above
 * hold constants where the machine has them.
 */
final class Code {
  /** The first vector register that may hold a constant. */
  static final int PINNED = 16;

  /** The first of three vector registers that no transform uses, for what surrounds it. */
  static final int SPARE = PINNED - 3;

  private static final List<Reg> SAVED =
      List.of(Reg.RBX, Reg.RBP, Reg.R12, Reg.R13, Reg.R14, Reg.R15);
  private static final int ALIGNMENT = 64;

  private final VectorWidth width;
  private final Map<Float, Integer> constants = new LinkedHashMap<>();
  private final Map<Float, Integer> pinned = new LinkedHashMap<>();
  private final Mem callersStack;
  private Assembler assembler;
  private Optional<Mem> pairOrder = Optional.empty();
  private int frame;

  Code(VectorWidth width) {
    this.width = width;
    this.assembler = new Assembler(width);
    this.callersStack = slot();
  }

  VectorWidth width() {
    return width;
  }

  /** Where the next instruction goes. */
  Assembler asm() {
    return assembler;
  }

  /** Reserves eight bytes of the frame. */
  Mem slot() {
    return reserve(8);
  }

  /** Reserves a number of vectors, one after the other. */
  Mem vectors(int count) {
    frame = (frame + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return reserve(count * width.bytes());
  }

  private Mem reserve(int bytes) {
    Mem at = Reg.RSP.at(frame);
    frame += bytes;
    return at;
  }

  /**
   * Emits {@code body} with its constants in registers, as far as there are any. The body must not
   * reserve memory; it is assembled twice, first to learn its constants.
   */
  void withConstants(Runnable body) {
    Assembler real = assembler;
    assembler = new Assembler(width);
    pinned.clear();
    body.run();
    assembler = real;
    pinned.forEach((value, register) -> asm().load(register, constant(value)));
    body.run();
    pinned.clear();
  }

  /** dst += value · a. */
  void addScaled(int dst, double value, int a) {
    float v = (float) Math.abs(value);
    if (v == 1) {
      if (value > 0) {
        asm().add(dst, dst, a);
      } else {
        asm().subtract(dst, dst, a);
      }
      return;
    }
    @Nullable Integer register = register(v);
    if (register != null && value > 0) {
      asm().addProduct(dst, a, register);
    } else if (register != null) {
      asm().subtractProduct(dst, a, register);
    } else if (value > 0) {
      asm().addProduct(dst, a, constant(v));
    } else {
      asm().subtractProduct(dst, a, constant(v));
    }
  }

  /** dst = value · a. */
  void scale(int dst, double value, int a) {
    float v = (float) value;
    @Nullable Integer register = register(v);
    if (register != null) {
      asm().multiply(dst, a, register);
    } else {
      asm().multiply(dst, a, constant(v));
    }
  }

  private @Nullable Integer register(float value) {
    if (!pinned.containsKey(value) && PINNED + pinned.size() < width.registers()) {
      pinned.put(value, PINNED + pinned.size());
    }
    return pinned.get(value);
  }

  private Mem constant(float value) {
    return Reg.RSP.at(constants.computeIfAbsent(value, v -> vectors(1).displacement()));
  }

  /** A vector that {@link Assembler#storeBf16Pairs} interleaves with. */
  Mem pairOrder() {
    if (pairOrder.isEmpty()) {
      pairOrder = Optional.of(vectors(1));
    }
    return pairOrder.get();
  }

  private static void write(Assembler asm, short[] words, Mem to) {
    for (int i = 0; i < words.length; i += 4) {
      long four = 0;
      for (int j = 3; j >= 0; j--) {
        four = four << 16 | words[i + j];
      }
      asm.move(Reg.RAX, four);
      asm.move(to.plus(2L * i), Reg.RAX);
    }
  }

  /**
   * Emits a loop that runs {@code body} with {@code counter} counted down from a positive number.
   */
  void repeat(Reg counter, Runnable body) {
    asm().countDown(counter, body);
  }

  /** Emits code that is skipped if none of the bits is set. */
  void ifAny(Reg bits, int mask, Runnable then) {
    Label end = asm().label();
    asm().test(bits, mask);
    asm().jumpIfZero(end);
    then.run();
    asm().place(end);
  }

  /** Emits two alternatives: the second runs if none of the bits is set. */
  void ifAny(Reg bits, int mask, Runnable then, Runnable otherwise) {
    Label none = asm().label();
    Label end = asm().label();
    asm().test(bits, mask);
    asm().jumpIfZero(none);
    then.run();
    asm().jump(end);
    asm().place(none);
    otherwise.run();
    asm().place(end);
  }

  /** Calls a C function without arguments; RAX holds the result. */
  void call(long function) {
    asm().zeroUpper();
    asm().move(Reg.RAX, function);
    asm().call(Reg.RAX);
  }

  /** The whole function. */
  byte[] toBytes() {
    Assembler start = new Assembler(width);
    SAVED.forEach(start::push);
    start.move(Reg.RAX, Reg.RSP);
    start.and(Reg.RSP, -ALIGNMENT);
    start.add(Reg.RSP, -((frame + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT));
    start.move(callersStack, Reg.RAX);
    constants.forEach(
        (value, place) -> {
          Mem at = Reg.RSP.at(place);
          start.move(Reg.RAX, Float.floatToRawIntBits(value) & 0xFFFFFFFFL);
          start.move(at, Reg.RAX);
          start.broadcast(0, at);
          start.store(at, 0);
        });
    pairOrder.ifPresent(place -> write(start, Assembler.pairOrder(), place));
    Assembler end = new Assembler(width);
    end.zeroUpper();
    end.move(Reg.RSP, callersStack);
    for (int i = SAVED.size() - 1; i >= 0; i--) {
      end.pop(SAVED.get(i));
    }
    end.ret();
    return concatenate(start.toBytes(), assembler.toBytes(), end.toBytes());
  }

  private static byte[] concatenate(byte[]... parts) {
    int size = 0;
    for (byte[] p : parts) {
      size += p.length;
    }
    byte[] all = new byte[size];
    int at = 0;
    for (byte[] p : parts) {
      System.arraycopy(p, 0, all, at, p.length);
      at += p.length;
    }
    return all;
  }
}
