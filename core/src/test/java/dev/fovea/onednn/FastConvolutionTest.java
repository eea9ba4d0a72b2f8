package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NeedsBf16;
import dev.fovea.onednn.ConvolutionErrorBound.Products;
import dev.fovea.onednn.OneConvolution.Answer;
import dev.fovea.onednn.OneConvolution.Values;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every pass of single convolutions, element by element, against float64: the result in inference
 * and in training, the gradients of source, weights and bias. The bounds are those of {@link
 * ConvolutionErrorBound}, for the root mean square of the errors and for the largest.
 *
 * <p>To its error come those of the way to it: the loss, some roundings of binary32 in every
 * gradient; in bfloat16 one of the gradient of the logits, which all elements share, and those of
 * the stored values; and the part of the forward error that reaches the gradients through the
 * logits, which is at most the largest logit.
 */
class FastConvolutionTest {
  /**
   * Maps that no tile divides, of one row, of one column and smaller than a tile; channels that
   * fill no block; other padding than half the kernel.
   */
  private static final String TABLE =
      """
      n=1 in=16x7x7   out=16 kernel=3x3 pad=1x1 bias
      n=2 in=24x13x13 out=48 kernel=3x3 pad=1x1
      n=1 in=48x17x17 out=24 kernel=3x3 pad=1x1 bias
      n=1 in=32x35x35 out=32 kernel=3x3 pad=1x1
      n=1 in=32x71x71 out=16 kernel=3x3 pad=1x1 bias
      n=1 in=16x71x9  out=32 kernel=3x3 pad=1x1
      n=1 in=32x9x71  out=16 kernel=3x3 pad=1x1
      n=5 in=96x7x7   out=96 kernel=3x3 pad=1x1 bias
      n=2 in=100x8x8  out=36 kernel=3x3 pad=1x1 bias
      n=2 in=36x8x8   out=100 kernel=3x3 pad=1x1
      n=2 in=8x12x12  out=64 kernel=3x3 pad=1x1
      n=2 in=64x12x12 out=8  kernel=3x3 pad=1x1 bias
      n=2 in=3x16x16  out=64 kernel=3x3 pad=1x1 bias
      n=5 in=64x2x2   out=64 kernel=3x3 pad=1x1 bias
      n=2 in=64x4x4   out=32 kernel=3x3 pad=1x1
      n=5 in=32x5x6   out=64 kernel=3x3 pad=1x1 bias
      n=2 in=64x1x19  out=64 kernel=3x3 pad=1x1
      n=2 in=64x19x1  out=64 kernel=3x3 pad=1x1 bias
      n=5 in=64x1x1   out=32 kernel=3x3 pad=1x1
      n=2 in=48x9x9   out=32 kernel=3x3 bias
      n=2 in=64x7x8   out=64 kernel=3x3
      n=5 in=32x3x3   out=64 kernel=3x3 bias
      n=2 in=64x6x17  out=32 kernel=3x3 pad=2x2
      n=2 in=32x7x9   out=64 kernel=3x3 pad=0x1 bias
      n=2 in=64x9x7   out=32 kernel=3x3 pad=1x0
      n=1 in=128x14x14 out=128 kernel=3x3 pad=1x1 bias
      n=2 in=256x7x7  out=128 kernel=3x3 pad=1x1
      n=2 in=16x14x14 out=48 kernel=5x5 pad=2x2 bias
      n=1 in=32x17x17 out=64 kernel=5x5 pad=2x2
      n=2 in=48x7x7   out=32 kernel=5x5
      n=5 in=32x2x2   out=64 kernel=5x5 pad=2x2 bias
      n=2 in=64x5x6   out=24 kernel=5x5 pad=1x2
      n=2 in=32x1x13  out=32 kernel=5x5 pad=2x2
      n=1 in=64x17x17 out=64 kernel=1x7 pad=0x3 bias
      n=1 in=64x17x17 out=64 kernel=7x1 pad=3x0
      n=2 in=48x13x5  out=96 kernel=1x7 pad=0x3
      n=2 in=96x5x13  out=48 kernel=7x1 pad=3x0 bias
      n=2 in=32x3x9   out=32 kernel=1x7
      n=2 in=32x1x7   out=64 kernel=1x7 pad=0x3
      n=2 in=64x7x1   out=32 kernel=7x1 pad=3x0
      n=2 in=100x8x8  out=64 kernel=1x3 pad=0x1 bias
      n=2 in=64x8x8   out=100 kernel=3x1 pad=1x0
      n=5 in=32x5x2   out=64 kernel=1x3 pad=0x1
      n=5 in=64x3x5   out=32 kernel=3x1 bias
      """;

  /** A precision with an algorithm; several threads where the work may be split between them. */
  enum Way {
    F32_DIRECT(Precision.F32, ConvolutionAlgorithm.DIRECT, Products.DIRECT, 1),
    F32_FAST(Precision.F32, ConvolutionAlgorithm.FAST, Products.WINOGRAD_F32, 2),
    BF16_DIRECT(Precision.BF16, ConvolutionAlgorithm.DIRECT, Products.DIRECT, 1),
    BF16_AUTO(Precision.BF16, ConvolutionAlgorithm.AUTO, Products.WINOGRAD_F32, 1),
    BF16_FAST(Precision.BF16, ConvolutionAlgorithm.FAST, Products.WINOGRAD_BF16, 1);

    final Precision precision;
    final ConvolutionAlgorithm algorithm;
    private final Products products;
    private final int threads;

    Way(Precision precision, ConvolutionAlgorithm algorithm, Products products, int threads) {
      this.precision = precision;
      this.algorithm = algorithm;
      this.products = products;
      this.threads = threads;
    }

    CompileOptions options(OneConvolution c) {
      return c.options(precision, threads).convolving(algorithm);
    }
  }

  private static final Map<String, Answer> ANSWERS = new HashMap<>();

  static Stream<OneConvolution> table() {
    return TABLE.lines().map(l -> OneConvolution.of("Conv2d " + l));
  }

  /** Fewer rows where the algorithm is oneDNN's own, or where it mostly is. */
  static Stream<OneConvolution> everyFifth() {
    return every(5);
  }

  static Stream<OneConvolution> everyOther() {
    return every(2);
  }

  private static Stream<OneConvolution> every(int distance) {
    List<OneConvolution> all = table().toList();
    return IntStream.range(0, all.size()).filter(i -> i % distance == 0).mapToObj(all::get);
  }

  /** Wide enough for a weight gradient from pairs of pixels; odd and even numbers of them. */
  @NeedsBf16
  @ParameterizedTest
  @ValueSource(
      strings = {
        "n=2 in=128x9x7 out=128 kernel=1x1 bias",
        "n=5 in=256x7x7 out=72 kernel=1x1",
        "n=1 in=100x14x14 out=260 kernel=1x1 bias",
        "n=3 in=512x1x1 out=64 kernel=1x1"
      })
  void pointwiseConvolutionsInBfloat16AreWithinTheirBound(String line) {
    OneConvolution c = OneConvolution.of("Conv2d " + line);
    assertThat(c.report(Way.BF16_AUTO.options(c), true).primitives())
        .anyMatch(p -> p.implementation().equals("pairs of pixels bf16"));
    check(c, Way.BF16_AUTO);
  }

  @ParameterizedTest
  @MethodSource("everyFifth")
  void directConvolutionsInBinary32AreWithinTheirBound(OneConvolution c) {
    check(c, Way.F32_DIRECT);
  }

  @ParameterizedTest
  @MethodSource("table")
  void fastConvolutionsInBinary32AreWithinTheirBound(OneConvolution c) {
    check(c, Way.F32_FAST);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("everyFifth")
  void directConvolutionsInBfloat16AreWithinTheirBound(OneConvolution c) {
    check(c, Way.BF16_DIRECT);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("everyOther")
  void convolutionsChosenInBfloat16AreWithinTheBoundOfBinary32Products(OneConvolution c) {
    check(c, Way.BF16_AUTO);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("table")
  void fastConvolutionsInBfloat16AreWithinTheirBound(OneConvolution c) {
    check(c, Way.BF16_FAST);
  }

  /** One wrong element of a thousand is enough, in every value and with every algorithm. */
  @ParameterizedTest
  @EnumSource
  void aSingleMissingElementIsFound(Way way) {
    OneConvolution c = table().toList().get(1);
    Answer answer = answer(c);
    Map<String, double[]> right = answer.right().values();
    assertThat(wrong(c, answer, way, new Values(right))).isEmpty();
    for (String what : right.keySet()) {
      if (BOUNDS.containsKey(what)) {
        Map<String, double[]> faulty = new HashMap<>(right);
        double[] values = answer.right().of(what).clone();
        int largest = 0;
        for (int i = 0; i < values.length; i++) {
          largest = Math.abs(values[i]) > Math.abs(values[largest]) ? i : largest;
        }
        values[largest] = 0;
        faulty.put(what, values);
        assertThat(wrong(c, answer, way, new Values(faulty)))
            .singleElement()
            .asString()
            .startsWith(what + " is off by");
      }
    }
  }

  private static Answer answer(OneConvolution c) {
    return ANSWERS.computeIfAbsent(c.toString(), line -> c.answer());
  }

  private static void check(OneConvolution c, Way way) {
    assertThat(wrong(c, answer(c), way, c.values(way.options(c)))).as("%s, %s", c, way).isEmpty();
  }

  /** What is wrong with the values of an engine, one line for each. */
  static List<String> wrong(OneConvolution c, Answer answer, Way way, Values got) {
    Bounds bounds = new Bounds(c, answer, way);
    List<String> wrong = new ArrayList<>();
    BOUNDS.forEach(
        (what, bound) -> {
          if (answer.right().has(what)) {
            double[] right = answer.right().of(what);
            double[] errors = got.of(what).clone();
            double largest = 0;
            for (int i = 0; i < errors.length; i++) {
              errors[i] = (errors[i] - right[i]) / answer.scale(what);
              largest = Math.max(largest, Math.abs(errors[i]));
            }
            double rms = OneConvolution.rms(errors);
            double allowed = bound.applyAsDouble(bounds);
            // The weights of one class may hold all of the norm.
            double most =
                ConvolutionErrorBound.LARGEST
                    * (what.equals("fc.weight") ? Math.sqrt(5) : 1)
                    * allowed;
            if (!(rms <= allowed && largest <= most)) {
              wrong.add(
                  String.format(
                      "%s is off by %.2e, %.2e at most; allowed are %.2e and %.2e",
                      what, rms, largest, allowed, most));
            }
          }
        });
    return wrong;
  }

  private static final Map<String, ToDoubleFunction<Bounds>> BOUNDS =
      Map.of(
          "result", Bounds::result,
          "fc.weight", Bounds::resultInTraining,
          "op.weight", Bounds::weightGradient,
          "op.bias", Bounds::biasGradient,
          "stem.weight", Bounds::sourceGradient);

  /** What each value may be off by, relative to its scale. */
  private record Bounds(OneConvolution c, Answer answer, Way way) {
    private ConvolutionErrorBound convolution() {
      return new ConvolutionErrorBound(c.window(), way.products);
    }

    // One value that all elements depend on, and others of their own.
    private double shared() {
      return way.precision == Precision.BF16 ? ConvolutionErrorBound.BF16 : 0;
    }

    private double stored(int values) {
      return way.precision == Precision.BF16
          ? ConvolutionErrorBound.BF16 * Math.sqrt(values / 3.0)
          : 0;
    }

    double result() {
      return Math.hypot(convolution().values(c.channels()), stored(1)) + ConvolutionErrorBound.F32;
    }

    // What all gradients have: exponential, sum, quotient and difference of the loss, the sums over
    // classes or images, and the error of the logits.
    private double throughLogits() {
      double own = result() * answer.scale("result");
      return 4 * ConvolutionErrorBound.F32
          + ConvolutionErrorBound.direct(5)
          + shared()
          + answer.logits() * own / OneConvolution.rms(answer.right().of("result"));
    }

    double resultInTraining() {
      return result() + throughLogits();
    }

    double weightGradient() {
      return Math.hypot(convolution().weightGradient(c.pixels()), stored(1)) + throughLogits();
    }

    double biasGradient() {
      return Math.hypot(ConvolutionErrorBound.direct(c.pixels()), stored(1)) + throughLogits();
    }

    double sourceGradient() {
      return Math.hypot(convolution().values(c.outChannels()), stored(2)) + throughLogits();
    }
  }
}
