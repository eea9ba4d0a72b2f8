package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Window;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComputationTest {
  private static final Window THREE = Window.square(3);
  private static final String F4 = "winograd F(4x4,3x3) f32";
  private static final String JIT = "jit:avx512_core";

  // Every number is worked out from the products that compute one tile.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3|3|brgconv:avx512_core|9",
        "5|5|jit:avx2|25",
        "1|7|gemm:jit|7",
        "3|3|winograd F(4x4,3x3) f32|2.25", // 36 for 16 outputs
        "3|3|winograd F(2x2,3x3) bf16|4", // 16 for 4
        "5|5|winograd F(2x2,5x5) f32|9", // 36 for 4
        "3|3|winograd F(2x4,3x3) f32|3", // 24 for 8
        "1|7|winograd F(4,7) f32|2.5", // 10 for 4
        "7|1|winograd F(4,7) f32|2.5",
        "1|7|winograd F(1x2,1x7)|4", // 8 for 2
        "7|1|winograd F(2x1,7x1)|4",
        "3|1|winograd F(4,3) f32 of bf16|1.5" // 6 for 4
      })
  void multiplicationsFollowFromTheTileThatTheEngineNames(
      int height, int width, String implementation, double expected) {
    assertThat(Computation.multiplications(Window.of(height, width), implementation))
        .isCloseTo(expected, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "winograd",
        "winograd ",
        "winograd 4x4 f32",
        "winograd F(4x4,5x5) f32",
        "winograd F(4,3) f32",
        "winograd F(0x4,3x3) f32",
        "winograd F(4x4,3x3)f32"
      })
  void aTileThatDoesNotFitTheWindowIsRefused(String implementation) {
    assertThatThrownBy(() -> Computation.multiplications(THREE, implementation))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("3x3")
        .hasMessageContaining("'" + implementation + "'");
  }

  private static ProgramReport report(ProgramReport.Primitive... primitives) {
    return new ProgramReport("engine", Precision.F32, 16, 0, 0, List.of(primitives));
  }

  private static ProgramReport.Primitive of(String node, String kind, String implementation) {
    return new ProgramReport.Primitive(node, kind, implementation);
  }

  @Test
  void onlyTheConvolutionInstructionsOfTheChainCount() {
    ProgramReport report =
        report(
            of("first", "convolution relu", JIT),
            of("conv0.0", "reorder", "jit:uni"),
            of("conv0.0", "convolution relu", F4),
            of("conv0.1", "convolution relu", JIT),
            of("conv0.10", "convolution relu", JIT));
    Computation c = Computation.of(report, List.of("conv0.0", "conv0.1"), List.of(THREE, THREE), 1);
    assertThat(c.multiplications()).isEqualTo(11.25);
    assertThat(c.winograd()).isTrue();
    assertThat(c.text()).isEqualTo("winograd F(4x4,3x3) f32, direct (jit:avx512_core)");
  }

  @Test
  void passesOfTrainingAreAddedAndEqualCodeIsNamedOnce() {
    ProgramReport report =
        report(
            of("c", "convolution forward", F4),
            of("c", "convolution backward_weights", JIT),
            of("c", "convolution backward_data", F4));
    Computation c = Computation.of(report, List.of("c"), List.of(THREE), 3);
    assertThat(c.multiplications()).isEqualTo(2.25 + 9 + 2.25);
    assertThat(c.implementations()).containsExactly(F4, JIT);
  }

  @Test
  void aReportThatLacksAPassIsRefused() {
    ProgramReport report = report(of("c", "convolution forward", F4));
    assertThatThrownBy(() -> Computation.of(report, List.of("c"), List.of(THREE), 3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("node c")
        .hasMessageContaining("expected 3")
        .hasMessageContaining(F4);
  }
}
