package dev.fovea.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.GuardedMemory;
import dev.fovea.GuardedMemory.Side;
import dev.fovea.NeedsAvx512;
import dev.fovea.NeedsBf16;
import dev.fovea.onednn.binding.MachineCode;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Assembled code does what the methods of {@link Assembler} say, in the threads of a team. */
class ExecutionTest {
  private static final Reg DATA = Reg.RDI;

  /**
   * Runs code with {@link #DATA} pointing to memory that ends at a guarding page.
   *
   * @param fill writes the memory before
   * @param check reads it afterwards
   */
  private static void run(
      VectorWidth width,
      int threads,
      int bytes,
      BiConsumer<Assembler, Long> body,
      Consumer<ByteBuffer> fill,
      Consumer<ByteBuffer> check) {
    try (Owner owner = new Owner("code of a test");
        GuardedMemory memory = new GuardedMemory(bytes, Side.END)) {
      Assembler a = new Assembler(width);
      a.move(DATA, memory.address());
      body.accept(a, memory.address());
      a.zeroUpper();
      a.ret();
      fill.accept(memory.bytes());
      NativeLibrary.get().team().orElseThrow().run(new MachineCode(owner, a.toBytes()), threads);
      check.accept(memory.bytes());
    }
  }

  private static long[] numbers(int count, BiConsumer<Assembler, Long> body, long... values) {
    long[] after = new long[count];
    run(
        VectorWidth.YMM,
        1,
        8 * count,
        body,
        m -> {
          for (long v : values) {
            m.putLong(v);
          }
        },
        m -> m.asLongBuffer().get(after));
    return after;
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "1, 0", "7, 7", "-1, 1", "1, -1", "-1, -1", "-2, -1"})
  void jumpsCompareWithoutSign(long x, long y) {
    long[] after =
        numbers(
            6,
            (a, at) -> {
              a.move(Reg.RAX, DATA.at(0));
              a.move(Reg.R9, DATA.at(8));
              Label[] to = {a.label(), a.label(), a.label(), a.label()};
              Label[] back = {a.label(), a.label(), a.label(), a.label()};
              Label end = a.label();
              for (int i = 0; i < 4; i++) {
                a.compare(Reg.RAX, Reg.R9);
                switch (i) {
                  case 0 -> a.jumpIfZero(to[i]);
                  case 1 -> a.jumpIfNotZero(to[i]);
                  case 2 -> a.jumpIfAtLeast(to[i]);
                  default -> a.jumpIfLess(to[i]);
                }
                a.place(back[i]);
              }
              a.jump(end);
              // There and back: forward jumps above, backward ones here.
              for (int i = 0; i < 4; i++) {
                a.place(to[i]);
                a.move(Reg.RDX, 1);
                a.move(DATA.at(16 + 8 * i), Reg.RDX);
                a.jump(back[i]);
              }
              a.place(end);
            },
            x,
            y);
    int order = Long.compareUnsigned(x, y);
    assertThat(after)
        .containsExactly(
            x, y, order == 0 ? 1 : 0, order != 0 ? 1 : 0, order >= 0 ? 1 : 0, order < 0 ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "6, 1", "6, 8", "-1, 0x40000000", "0x80, 0x80"})
  void testsFindBits(String value, String bits) {
    long[] after =
        numbers(
            2,
            (a, at) -> {
              a.move(Reg.R11, DATA.at(0));
              Label none = a.label();
              a.test(Reg.R11, Integer.decode(bits));
              a.jumpIfZero(none);
              a.move(Reg.RAX, 1);
              a.move(DATA.at(8), Reg.RAX);
              a.place(none);
            },
            Long.decode(value));
    assertThat(after[1]).isEqualTo((Long.decode(value) & Integer.decode(bits)) != 0 ? 1 : 0);
  }

  @Test
  void countingDownRepeatsTheBody() {
    long[] after =
        numbers(
            2,
            (a, at) -> {
              a.move(Reg.R8, 5);
              a.countDown(
                  Reg.R8,
                  () -> {
                    a.move(Reg.RCX, 3);
                    a.countDown(Reg.RCX, () -> increment(a, DATA.at(8)));
                    increment(a, DATA.at(0));
                  });
            });
    assertThat(after).containsExactly(5, 15);
  }

  private static void increment(Assembler a, Mem at) {
    a.move(Reg.RAX, at);
    a.add(Reg.RAX, 1);
    a.move(at, Reg.RAX);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "7, 3", "6, 7", "1000000007, 6", "-1, 10", "9223372036854775807, 2"})
  void divisionIsWithoutSign(long x, long by) {
    long[] after =
        numbers(
            2,
            (a, at) -> {
              a.move(Reg.RAX, x);
              a.move(Reg.RDX, -1);
              a.move(Reg.R10, by);
              a.divide(Reg.R10);
              a.move(DATA.at(0), Reg.RAX);
              a.move(DATA.at(8), Reg.RDX);
            });
    assertThat(after).containsExactly(Long.divideUnsigned(x, by), Long.remainderUnsigned(x, by));
  }

  @Test
  void registersAreComputedWith() {
    long[] after =
        numbers(
            8,
            (a, at) -> {
              a.move(Reg.RAX, DATA.at(0));
              a.move32(Reg.R9, DATA.at(0));
              a.move(DATA.at(8), Reg.R9);
              a.multiply(Reg.RCX, Reg.RAX, -3);
              a.move(DATA.at(16), Reg.RCX);
              a.multiply(Reg.RCX, Reg.R9);
              a.move(DATA.at(24), Reg.RCX);
              a.and(Reg.RCX, -64);
              a.subtract(Reg.RCX, Reg.RAX);
              a.move(DATA.at(32), Reg.RCX);
              a.address(Reg.R11, DATA.at(-1234567));
              a.push(Reg.R12);
              a.push(Reg.RBX);
              a.move(Reg.R12, Reg.R11);
              a.pop(Reg.R11);
              a.add(Reg.R12, Reg.R11);
              a.subtract(Reg.R12, Reg.R11);
              a.address(Reg.RCX, Reg.R12.at(1234567));
              a.pop(Reg.R12);
              a.subtract(Reg.RCX, DATA);
              a.move(DATA.at(40), Reg.RCX);
              a.move(Reg.RBX, Reg.R11);
            },
            -5);
    long low = 0xfffffffbL;
    assertThat(after).containsExactly(-5, low, 15, 15 * low, (15 * low & -64) + 5, 0, 0, 0);
  }

  @Test
  void functionsAreCalledAndThreadsAreNumbered() {
    long number = NativeLibrary.get().team().orElseThrow().threadNumber();
    long[] after = new long[3];
    run(
        VectorWidth.YMM,
        3,
        24,
        (a, at) -> {
          a.push(Reg.RBX);
          a.move(Reg.RAX, number);
          a.call(Reg.RAX);
          a.multiply(Reg.RAX, Reg.RAX, 8);
          a.move(Reg.RCX, at);
          a.add(Reg.RCX, Reg.RAX);
          a.add(Reg.RAX, 100);
          a.move(Reg.RCX.at(0), Reg.RAX);
          a.pop(Reg.RBX);
        },
        m -> {},
        m -> m.asLongBuffer().get(after));
    assertThat(after).containsExactly(100, 108, 116);
  }

  @Test
  void everyThreadGetsOtherNumbersFromACounter() {
    int each = 5000;
    int threads = 3;
    long[] taken = new long[1 + threads * each];
    run(
        VectorWidth.YMM,
        threads,
        8 * taken.length,
        (a, at) -> {
          a.move(Reg.R8, each);
          a.countDown(
              Reg.R8,
              () -> {
                a.move(Reg.R9, 1);
                a.exchangeAndAdd(DATA.at(0), Reg.R9);
                a.multiply(Reg.R9, Reg.R9, 8);
                a.add(Reg.R9, DATA);
                increment(a, Reg.R9.at(8));
              });
        },
        m -> {},
        m -> m.asLongBuffer().get(taken));
    assertThat(taken[0]).isEqualTo(threads * each);
    assertThat(Arrays.stream(taken).skip(1)).containsOnly(1L);
  }

  @Test
  void vectorsOfEightAreComputedWith() {
    computes(VectorWidth.YMM, 3, 9, 15);
  }

  @NeedsAvx512(because = "it runs instructions of AVX-512")
  @ParameterizedTest
  @ValueSource(ints = {0, 8, 16, 24})
  void vectorsOfSixteenAreComputedWith(int first) {
    computes(VectorWidth.ZMM, first, first + 3, first + 7);
  }

  private static final float[] X = {1.5f, -2, 0, 1e30f, 3.1415927f, -0f, 1e-40f, 7};

  private static float y(int i) {
    return (i % 3 - 1) * 1.1f + i;
  }

  private static void computes(VectorWidth w, int d, int x, int y) {
    int n = w.floats();
    int bytes = w.bytes();
    float[][] results = new float[14][n];
    float[] xs = new float[n];
    float[] ys = new float[n];
    for (int i = 0; i < n; i++) {
      xs[i] = X[i % X.length];
      ys[i] = y(i);
    }
    run(
        w,
        1,
        (2 + results.length) * bytes,
        (a, at) -> {
          a.load(x, DATA.at(0));
          a.load(y, DATA.at(bytes));
          Mem second = DATA.at(bytes);
          Runnable[] operations = {
            () -> a.add(d, x, y),
            () -> a.subtract(d, x, y),
            () -> a.multiply(d, x, y),
            () -> a.max(d, x, y),
            () -> a.add(d, x, second),
            () -> a.multiply(d, x, second),
            () -> {
              a.move(d, x);
              a.addProduct(d, x, y);
            },
            () -> {
              a.move(d, x);
              a.subtractProduct(d, x, y);
            },
            () -> {
              a.move(d, y);
              a.addProduct(d, x, second);
            },
            () -> {
              a.move(d, y);
              a.subtractProduct(d, x, second);
            },
            () -> a.move(d, x),
            () -> a.zero(d),
            () -> a.broadcast(d, DATA.at(bytes + 4)),
            () -> a.broadcastPair(d, DATA.at(bytes + 8)),
          };
          for (int i = 0; i < operations.length; i++) {
            operations[i].run();
            a.store(DATA.at((long) (2 + i) * bytes), d);
          }
        },
        m -> {
          m.asFloatBuffer().put(xs).put(ys);
        },
        m -> {
          m.position(2 * bytes);
          for (float[] r : results) {
            m.asFloatBuffer().get(r);
            m.position(m.position() + bytes);
          }
        });
    for (int i = 0; i < n; i++) {
      float p = xs[i];
      float q = ys[i];
      float[] right = {
        p + q,
        p - q,
        p * q,
        p > q ? p : q,
        p + q,
        p * q,
        Math.fma(p, q, p),
        Math.fma(-p, q, p),
        Math.fma(p, q, q),
        Math.fma(-p, q, q),
        p,
        0,
        ys[1],
        ys[2]
      };
      for (int r = 0; r < right.length; r++) {
        assertThat(results[r][i]).as("operation %d, element %d", r, i).isEqualTo(right[r]);
      }
    }
  }

  /** What ReLU relies on: max(0, NaN) is NaN, and max(NaN, 0) is 0. */
  @Test
  void theLargerOfNotANumberIsTheSecondOperand() {
    float[] after = new float[16];
    run(
        VectorWidth.YMM,
        1,
        64,
        (a, at) -> {
          a.broadcast(1, DATA.at(0));
          a.zero(2);
          a.max(3, 2, 1);
          a.max(4, 1, 2);
          a.store(DATA.at(0), 3);
          a.store(DATA.at(32), 4);
        },
        m -> m.putFloat(Float.NaN),
        m -> m.asFloatBuffer().get(after));
    assertThat(after[0]).isNaN();
    assertThat(after[8]).isZero();
  }

  /** The memory ends before the elements that are not selected. */
  @Test
  void elementsThatAreNotSelectedAreNotAccessed() {
    float[] after = new float[8];
    run(
        VectorWidth.YMM,
        1,
        64,
        (a, at) -> {
          a.load(9, DATA.at(0));
          a.loadSelected(12, 9, DATA.at(64 - 12));
          a.store(DATA.at(32), 12);
        },
        m -> {
          for (int i = 0; i < 8; i++) {
            m.putInt(i == 0 || i == 2 ? -1 : 0x7fffffff);
          }
          m.position(64 - 12).asFloatBuffer().put(new float[] {1, 2, 3});
        },
        m -> m.position(32).asFloatBuffer().get(after));
    assertThat(after).containsExactly(1, 0, 3, 0, 0, 0, 0, 0);
  }

  @ParameterizedTest
  @CsvSource({"0xffff, -1", "0, 0", "0x8001, -32767", "0x7fff, 32767"})
  void wordsAreSpreadWithTheirSign(String word, int element) {
    int[] after = new int[8];
    run(
        VectorWidth.YMM,
        1,
        32,
        (a, at) -> {
          a.move(Reg.RSI, 0x7fff_0000L | Long.decode(word));
          a.spread(5, Reg.RSI);
          a.store(DATA.at(0), 5);
        },
        m -> {},
        m -> m.asIntBuffer().get(after));
    assertThat(after).containsOnly(element);
  }

  /** With a clear mask the address may be one that must not be accessed. */
  @NeedsAvx512(because = "it runs instructions of AVX-512")
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7})
  void vectorsWhoseMaskIsClearAreNotAccessed(int mask) {
    float[] after = new float[48];
    run(
        VectorWidth.ZMM,
        1,
        192,
        (a, at) -> {
          a.move(Reg.RAX, 0xffff0000L);
          a.moveMask(mask, Reg.RAX);
          a.load(20, DATA.at(0));
          a.loadMasked(20, mask, DATA.at(192));
          a.load(21, DATA.at(0));
          a.loadBf16Masked(21, mask, DATA.at(-1 << 30));
          a.move(Reg.RCX, 0xffff);
          a.moveMask(mask, Reg.RCX);
          a.loadMasked(22, mask, DATA.at(128));
          a.store(DATA.at(0), 20);
          a.store(DATA.at(64), 21);
          a.store(DATA.at(128), 22);
        },
        m -> IntStream.range(0, 48).forEach(i -> m.putFloat(i + 1)),
        m -> m.asFloatBuffer().get(after));
    for (int i = 0; i < 48; i++) {
      assertThat(after[i]).isEqualTo(i < 32 ? 0 : i + 1);
    }
  }

  @NeedsBf16
  @Test
  void bfloat16IsRoundedInterleavedAndMultipliedInPairs() {
    float[] first = new float[16];
    float[] second = new float[16];
    for (int i = 0; i < 16; i++) {
      first[i] = 1 + i * 0x1.01p-8f;
      second[i] = -3.3f * i;
    }
    short[] rounded = new short[32];
    short[] pairs = new short[32];
    float[] read = new float[16];
    float[] sums = new float[16];
    run(
        VectorWidth.ZMM,
        1,
        384,
        (a, at) -> {
          short[] order = Assembler.pairOrder();
          for (int i = 0; i < order.length; i += 4) {
            long four = 0;
            for (int j = 3; j >= 0; j--) {
              four = four << 16 | order[i + j];
            }
            a.move(Reg.RAX, four);
            a.move(DATA.at(320 + 2L * i), Reg.RAX);
          }
          a.load(29, DATA.at(320));
          a.load(17, DATA.at(0));
          a.load(18, DATA.at(64));
          a.storeBf16Pairs(DATA.at(128), 17, 18, 29);
          a.load(18, DATA.at(64));
          a.storeBf16(DATA.at(192), 17);
          a.storeBf16(DATA.at(224), 18);
          a.loadBf16(30, DATA.at(192));
          a.store(DATA.at(256), 30);
          a.load(31, DATA.at(0));
          a.load(8, DATA.at(128));
          a.addPairProducts(31, 8, 8);
          a.store(DATA.at(320), 31);
        },
        m -> m.asFloatBuffer().put(first).put(second),
        m -> {
          m.position(128).asShortBuffer().get(pairs);
          m.position(192).asShortBuffer().get(rounded);
          m.position(256).asFloatBuffer().get(read);
          m.position(320).asFloatBuffer().get(sums);
        });
    for (int i = 0; i < 16; i++) {
      short p = DType.toBf16(first[i]);
      short q = DType.toBf16(second[i]);
      assertThat(rounded[i]).isEqualTo(p);
      assertThat(rounded[16 + i]).isEqualTo(q);
      assertThat(pairs[2 * i]).isEqualTo(p);
      assertThat(pairs[2 * i + 1]).isEqualTo(q);
      float a = DType.fromBf16(p);
      float b = DType.fromBf16(q);
      assertThat(read[i]).isEqualTo(a);
      assertThat(sums[i]).isCloseTo(first[i] + a * a + b * b, within(1e-3f));
    }
  }
}
