package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.normalization.MomentsCode;
import dev.fovea.onednn.binding.Isa;
import dev.fovea.onednn.binding.MachineCode;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.NativeMemory;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.tensor.DType;
import dev.fovea.x86.VectorWidth;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Means and variances by machine code, against sums in float64. */
class PartMomentsTest {
  private static final int CHANNELS_LEFT_OUT = 3;

  /**
   * A batch.
   *
   * @param mean of the values, whose deviation is about 0.6
   * @param gap bytes between images that belong to another tensor
   */
  record Case(
      VectorWidth width, DType type, int images, int blocks, int pixels, double mean, int gap) {

    MomentsCode code() {
      long block = (long) pixels * width.floats() * type.bytes();
      return new MomentsCode(width, type, images, blocks, pixels, blocks * block + gap, block);
    }

    int channels() {
      return blocks * width.floats() - CHANNELS_LEFT_OUT;
    }

    long sourceBytes() {
      return images * code().imageStride();
    }
  }

  // Pixels: fewer than sums run side by side, no multiple of them, more than a part has, a prime
  // number, and as networks have them.
  static Stream<Case> cases() {
    Isa isa = NativeLibrary.get().isa();
    List<Case> cases = new ArrayList<>();
    for (int pixels : new int[] {1, 2, 3, 5, 49, 64, 1024, 1025, 1031, 3136, 12544}) {
      for (double mean : new double[] {0, 1000}) {
        if (isa.avx2()) {
          cases.add(new Case(VectorWidth.YMM, DType.F32, 3, 2, pixels, mean, 64));
        }
        if (isa.avx512()) {
          cases.add(new Case(VectorWidth.ZMM, DType.F32, 2, 3, pixels, mean, 0));
          cases.add(new Case(VectorWidth.ZMM, DType.BF16, 2, 1, pixels, mean / 100, 128));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void meansAndVariancesAreThoseOfFloat64OnAnyNumberOfThreads(Case c) {
    double[] values = values(c);
    float[][] one = run(c, values, 1);
    for (int channel = 0; channel < c.channels(); channel++) {
      double sum = 0;
      for (int i = 0; i < count(c); i++) {
        sum += values[index(c, channel, i)];
      }
      double mean = sum / count(c);
      double squares = 0;
      for (int i = 0; i < count(c); i++) {
        squares += Math.pow(values[index(c, channel, i)] - mean, 2);
      }
      double variance = squares / count(c);
      assertThat(one[0][channel]).isCloseTo((float) mean, within((float) (1e-7 * (1 + c.mean()))));
      assertThat(one[1][channel])
          .isCloseTo((float) variance, within((float) (roundings(c) * 0x1p-24 * variance)));
    }
    assertThat(run(c, values, 2)).isDeepEqualTo(one);
  }

  // Of one sum of squares after the other in four registers, of these four, and of the result.
  private static int roundings(Case c) {
    return c.code().pixelsPerPart() / 4 + 4;
  }

  private static int count(Case c) {
    return c.images() * c.pixels();
  }

  // Values are listed by image, block, pixel and channel of the block.
  private static int index(Case c, int channel, int i) {
    int lanes = c.width().floats();
    int image = i / c.pixels();
    int block = channel / lanes;
    return ((image * c.blocks() + block) * c.pixels() + i % c.pixels()) * lanes + channel % lanes;
  }

  private static double[] values(Case c) {
    double[] values = NamedValues.of("moments", (long) count(c) * c.blocks() * c.width().floats());
    for (int i = 0; i < values.length; i++) {
      float value = (float) (values[i] + c.mean());
      values[i] = c.type() == DType.BF16 ? DType.fromBf16(DType.toBf16(value)) : value;
    }
    return values;
  }

  private static float[][] run(Case c, double[] values, int threads) {
    MomentsCode code = c.code();
    try (Owner owner = new Owner("moments")) {
      NativeMemory source = new NativeMemory(owner, c.sourceBytes());
      NativeMemory results = new NativeMemory(owner, code.resultBytes());
      NativeMemory counter = new NativeMemory(owner, 64);
      write(c, values, NativeMemory.at(source.address(), c.sourceBytes()));
      NativeMemory.at(counter.address(), 64).putLong(0, 0);
      MachineCode function =
          new MachineCode(
              owner, code.assemble(source.address(), results.address(), counter.address()));
      NativeLibrary.get().team().orElseThrow().run(function, threads);
      FloatBuffer mean = FloatBuffer.allocate(c.channels());
      FloatBuffer variance = FloatBuffer.allocate(c.channels());
      FloatBuffer parts = NativeMemory.at(results.address(), code.resultBytes()).asFloatBuffer();
      new PartMoments(code, c.channels()).join(parts, mean, variance);
      return new float[][] {mean.array(), variance.array()};
    }
  }

  // The gap between images holds what must not be read.
  private static void write(Case c, double[] values, ByteBuffer to) {
    int perImage = values.length / c.images();
    for (int image = 0; image < c.images(); image++) {
      int at = (int) (image * c.code().imageStride());
      for (int i = 0; i < perImage; i++) {
        float value = (float) values[image * perImage + i];
        if (c.type() == DType.BF16) {
          to.putShort(at + 2 * i, DType.toBf16(value));
        } else {
          to.putFloat(at + 4 * i, value);
        }
      }
      for (int i = 0; i < c.gap(); i += 4) {
        to.putFloat(at + perImage * c.type().bytes() + i, Float.NaN);
      }
    }
  }
}
