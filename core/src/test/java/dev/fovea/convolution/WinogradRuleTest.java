package dev.fovea.convolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.convolution.ConvolutionCode.Plan;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the rule chooses: its documentation by example. */
class WinogradRuleTest {
  /**
   * Plans read "tiles per block, whose: format of the products". With bf16 activations, "bf16*"
   * allows products of bfloat16.
   */
  @ParameterizedTest(name = "{0} {1}->{2}, n={3} {4} {5}")
  @CsvSource(
      delimiter = '|',
      useHeadersInDisplayName = true,
      textBlock =
          """
          kernel | in   | out  | n   | map       | format | forward       | gradient of source | of weights
          3x3    | 64   | 64   | 16  | 56x56     | f32    | 48, own: f32  | 48, own: f32       | 96: f32
          3x3    | 128  | 128  | 16  | 28x28     | f32    | 48, own: f32  | 48, own: f32       | 96: f32
          3x3    | 256  | 256  | 16  | 14x14     | f32    | 66, all: f32  | 66, all: f32       | 24: f32
          3x3    | 512  | 512  | 16  | 7x7       | f32    | 66, all: f32  | 66, all: f32       | 96: f32
          3x3    | 512  | 512  | 1   | 7x7       | f32    | direct        | direct             | direct
          3x3    | 64   | 64   | 1   | 56x56     | f32    | 12, own: f32  | 12, own: f32       | 96: f32
          3x3    | 32   | 32   | 128 | 16x16     | f32    | 48, own: f32  | 48, own: f32       | 96: f32
          3x3    | 16   | 16   | 128 | 32x32     | f32    | 48, own: f32  | 48, own: f32       | direct
          3x3    | 16   | 64   | 128 | 32x32     | f32    | 48, own: f32  | 48, own: f32       | direct
          3x3    | 16   | 16   | 1   | 8x8       | f32    | direct        | direct             | direct
          3x3    | 16   | 16   | 1   | 8x8       | f32*   | 12, own: f32  | 12, own: f32       | direct
          3x3    | 4096 | 4096 | 16  | 7x7       | f32    | direct        | direct             | direct
          3x3    | 32   | 32   | 1   | 5000x5000 | f32    | direct        | direct             | direct
          3x3    | 96   | 208  | 16  | 14x14     | f32    | 18, own: f32  | 18, own: f32       | 96: f32
          5x5    | 32   | 96   | 16  | 14x14     | f32    | 48, own: f32  | 48, own: f32       | 96: f32
          1x7    | 192  | 192  | 16  | 17x17     | f32    | 66, all: f32  | 66, all: f32       | 24: f32
          7x1    | 128  | 128  | 16  | 17x17     | f32    | 48, own: f32  | 48, own: f32       | 96: f32
          1x3    | 384  | 384  | 16  | 8x8       | f32    | 66, all: f32  | 66, all: f32       | 24: f32
          3x3    | 64   | 64   | 16  | 56x56     | bf16   | direct        | direct             | 96: f32
          3x3    | 128  | 128  | 16  | 28x28     | bf16   | 48, own: f32  | 48, own: f32       | 96: f32
          3x3    | 256  | 256  | 16  | 14x14     | bf16   | direct        | direct             | direct
          3x3    | 64   | 64   | 16  | 56x56     | bf16*  | 48, own: bf16 | 48, own: bf16      | 96: bf16
          3x3    | 256  | 256  | 16  | 14x14     | bf16*  | 66, all: bf16 | 66, all: bf16      | 24: bf16
          3x3    | 16   | 16   | 128 | 32x32     | bf16*  | 48, own: bf16 | 48, own: bf16      | direct
          1x7    | 192  | 192  | 16  | 17x17     | bf16*  | direct        | direct             | 24: f32
          """)
  void theRuleChooses(
      String kernel,
      int in,
      int out,
      int images,
      String map,
      String format,
      String forward,
      String sourceGradient,
      String weightGradient) {
    WinogradRule rule =
        new WinogradRule(
            Tiling.of(number(kernel, 0), number(kernel, 1)).orElseThrow(),
            in,
            out,
            images,
            number(map, 0),
            number(map, 1),
            Format.valueOf(format.replace("*", "").toUpperCase(Locale.ROOT)),
            format.endsWith("*"));
    assertThat(text(rule.forward())).as("forward").isEqualTo(forward);
    assertThat(text(rule.sourceGradient())).as("gradient of source").isEqualTo(sourceGradient);
    assertThat(
            rule.weightGradient()
                .map(p -> p.tilesPerBlock() + ": " + p.products().label())
                .orElse("direct"))
        .as("gradient of weights")
        .isEqualTo(weightGradient);
  }

  private static int number(String pair, int at) {
    return Integer.parseInt(pair.split("x")[at]);
  }

  private static String text(Optional<Plan> plan) {
    return plan.map(
            p -> p.tilesPerBlock() + (p.shared() ? ", all: " : ", own: ") + p.products().label())
        .orElse("direct");
  }

  /** Groups of six tiles are multiplied at once, and code for other numbers would be wrong. */
  @ParameterizedTest
  @CsvSource({"32, 32", "64, 512", "512, 64", "512, 512", "2048, 2048"})
  void blocksAreWholeGroups(int in, int out) {
    for (Format format : Format.values()) {
      WinogradRule rule =
          new WinogradRule(Tiling.of(3, 3).orElseThrow(), in, out, 16, 14, 14, format, true);
      assertThat(rule.forward().orElseThrow().tilesPerBlock() % ProductCode.rowsAtOnce()).isZero();
      assertThat(rule.sourceGradient().orElseThrow().tilesPerBlock() % ProductCode.rowsAtOnce())
          .isZero();
    }
  }
}
