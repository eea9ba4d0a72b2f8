package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NeedsAvx512;
import dev.fovea.NeedsBf16;
import dev.fovea.graph.Cost;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * oneDNN against what PyTorch computed in float64 from the same weights: logits, loss, gradients
 * and running statistics of one step, and losses of the next.
 *
 * <p>Where rounding makes a ReLU or a maximum change sides, an element of the gradient appears or
 * disappears whole. With a forward error of δ, relative to the deviation, about 0.8·δ of the
 * elements of a layer do (the density of a normal value at 0, twice), which is an error of √(0.8·δ)
 * in what passes through it, and √(0.8·δ·L) behind L layers: twice that is allowed, with δ the
 * error of the running statistics. PyTorch itself is no nearer in binary32. See
 * docs/decisions/0154-golden-bounds.md.
 */
class OneDnnGoldenTest {
  private static final double ROUNDING = 0x1p-7;
  private static final double FLIPPED = 0.8;

  // Of products of bfloat16 against direct convolutions, see ConvolutionAlgorithm.FAST.
  private static final double FAST_ERROR = 4;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet20 | resnet20",
        "resnet56 | resnet56",
        "resnet18 | resnet18",
        "resnet50 | resnet50",
        "googlenet | googlenet(dropout=0,aux_dropout=0)",
        "bninception | bn_inception",
        "wrn_16_2 | wrn_16_2",
        "preact_resnet20 | preact_resnet20",
        "resnet34 | resnet34",
        "resnetv2_50 | resnetv2_50",
        "preact_resnet164 | preact_resnet164",
      })
  void agreesWithPyTorchInBinary32(String file, String network) {
    agreesInBinary32(GoldenRun.of(file, network));
  }

  @Test
  void inceptionV3WithItsAuxiliaryClassifierAgreesWithPyTorchInBinary32() {
    agreesInBinary32(
        GoldenRun.of("inception_v3", "inception_v3(dropout=0)", "inception_v3(aux=false)"));
  }

  private static void agreesInBinary32(GoldenRun run) {
    agreesInBinary32(run, ConvolutionAlgorithm.DIRECT);
    agreesInBinary32(run, ConvolutionAlgorithm.FAST);
  }

  private static void agreesInBinary32(GoldenRun run, ConvolutionAlgorithm convolution) {
    GoldenErrors errors = run.onOneDnn(Precision.F32, convolution);
    assertThat(errors.logits()).as("logits").isLessThan(2e-4);
    assertThat(errors.loss()).as("loss").isLessThan(1e-4);
    assertThat(errors.statistics()).as("running statistics").isLessThan(2e-4);
    double flips = flips(run, errors.statistics());
    assertThat(errors.gradients()).as("gradients").isLessThan(1e-3 + flips);
    assertThat(errors.worstGradient()).as("worst gradient").isLessThan(1e-3 + 4 * flips);
  }

  /** Where no ReLU is that near to 0, every gradient is as near as rounding leaves it. */
  @NeedsAvx512(because = "added in another order, an element of these networks changes sides")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"resnet20 | resnet20", "resnet18 | resnet18", "preact_resnet20 | preact_resnet20"})
  void everyGradientIsWithinAThousandthWhereNoReluChangesSides(String file, String network) {
    GoldenErrors errors =
        GoldenRun.of(file, network).onOneDnn(Precision.F32, ConvolutionAlgorithm.DIRECT);
    assertThat(errors.worstGradient()).as("worst gradient").isLessThan(1e-3);
  }

  /**
   * The losses of all ten steps where the batch is large enough for them not to be chaotic: a step
   * multiplies the error of the gradient into the weights, here by less than 100.
   */
  @NeedsAvx512(because = "added in another order, an element of these networks changes sides")
  @Test
  void tenStepsOfTrainingFollowPyTorchsLosses() {
    assertThat(
            GoldenRun.of("resnet20", "resnet20")
                .curveOnOneDnn(Precision.F32, ConvolutionAlgorithm.DIRECT, 10))
        .isLessThan(1e-5);
    assertThat(
            GoldenRun.of("resnet18", "resnet18")
                .curveOnOneDnn(Precision.F32, ConvolutionAlgorithm.DIRECT, 2))
        .isLessThan(1e-5);
  }

  /**
   * The two figures are what rounding to bfloat16 costs the float64 interpreter; the engine, which
   * rounds at other places, may be off by twice as much and 2^-7.
   *
   * <p>With products of bfloat16 in its convolutions, it may err four times as much.
   *
   * @param logits the interpreter's error of the logits
   * @param statistics its largest error of a running statistic
   */
  @NeedsBf16
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet20 | resnet20 | 0.0053 | 0.0026",
        "resnet56 | resnet56 | 0.0039 | 0.0055",
        "resnet18 | resnet18 | 0.0060 | 0.014",
        "resnet50 | resnet50 | 0.0052 | 0.13",
        "googlenet | googlenet(dropout=0,aux_dropout=0) | 0.0059 | 0.056",
        "bninception | bn_inception | 0.0057 | 0.025",
      })
  void agreesWithPyTorchInBfloat16(String file, String network, double logits, double statistics) {
    GoldenRun run = GoldenRun.of(file, network);
    agreesInBfloat16(run, ConvolutionAlgorithm.DIRECT, logits, statistics);
    agreesInBfloat16(run, ConvolutionAlgorithm.AUTO, logits, statistics);
    agreesInBfloat16(run, ConvolutionAlgorithm.FAST, FAST_ERROR * logits, FAST_ERROR * statistics);
  }

  private static void agreesInBfloat16(
      GoldenRun run, ConvolutionAlgorithm convolution, double logits, double statistics) {
    GoldenErrors errors = run.onOneDnn(Precision.BF16, convolution);
    assertThat(errors.logits()).as("logits").isLessThan(2 * logits + ROUNDING);
    assertThat(errors.statistics()).as("running statistics").isLessThan(2 * statistics + ROUNDING);
    assertThat(errors.loss()).as("loss").isLessThan(2 * statistics + ROUNDING);
    double flips = flips(run, errors.statistics());
    assertThat(errors.gradients()).as("gradients").isLessThan(ROUNDING + flips);
    assertThat(errors.worstGradient()).as("worst gradient").isLessThan(ROUNDING + 4 * flips);
  }

  @Test
  void theFiguresOfTheInterpreterAreWhatItComputes() {
    GoldenErrors errors = GoldenRun.of("resnet20", "resnet20").onRoundingInterpreter();
    assertThat(errors.logits()).isCloseTo(0.0053, within(5e-5));
    assertThat(errors.statistics()).isCloseTo(0.0026, within(5e-5));
    assertThat(errors.gradients()).isCloseTo(0.20, within(5e-3));
  }

  // Where any element changes sides it is at least one, of those of the smallest layer.
  private static double flips(GoldenRun run, double forward) {
    double expected = FLIPPED * forward * Cost.depth(run.train());
    return 2 * Math.sqrt(Math.max(expected, 1.0 / run.smallestRelu()));
  }
}
