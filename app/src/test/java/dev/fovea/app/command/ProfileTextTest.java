package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.ProgramReport.Primitive;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileTextTest {
  private static final ProgramReport REPORT =
      new ProgramReport(
          "test",
          Precision.F32,
          16,
          0,
          0,
          List.of(
              new Primitive("conv1", "convolution forward", "brgconv:avx512_core"),
              new Primitive("conv2", "convolution forward", "winograd F(4x4,3x3) f32"),
              new Primitive("bn2", "batch norm", "bnorm_jit:avx512_core"),
              new Primitive("conv2", "convolution backward_data", "winograd F(4x4,3x3) f32"),
              new Primitive("conv2", "convolution backward_weights", "brgconv:avx512_core")));
  private static final double[] SECONDS = {0.001, 0.002, 0.0005, 0.003, 0.003};

  @Test
  void everyPrimitiveHasItsTimeAndShare() {
    String text = new ProfileText(REPORT, new Benchmark.Profile(SECONDS, 0.0005)).primitives();
    assertThat(text.lines())
        .hasSize(6)
        .anyMatch(l -> l.matches(" *ms +share +node +instruction +implementation"))
        .anyMatch(l -> l.matches("1.000 +10.0 % +conv1 +convolution forward +brgconv:avx512_core"))
        .anyMatch(l -> l.matches("0.500 +5.0 % +bn2 +batch norm +bnorm_jit:avx512_core"));
  }

  @Test
  void theConvolutionsOfEachAlgorithmAreSummed() {
    String text = new ProfileText(REPORT, new Benchmark.Profile(SECONDS, 0.0005)).algorithms();
    assertThat(text.lines().map(l -> l.replaceAll(" {2,}", "|")).toList())
        .containsExactly(
            "algorithm of convolution|instructions|ms|share",
            "direct|2|4.000|40.0 %",
            "winograd F(4x4,3x3) f32|2|5.000|50.0 %",
            "everything else|1|0.500|5.0 %",
            "weight update|1|0.500|5.0 %",
            "-".repeat(text.lines().skip(5).findFirst().orElseThrow().length()),
            "one step|10.000|100.0 %");
  }

  @Test
  void whatAFastAlgorithmPreparesIsNamedBesideIt() {
    ProgramReport report =
        new ProgramReport(
            "test",
            Precision.F32,
            16,
            0,
            0,
            List.of(
                new Primitive("conv2", "transform weights", "winograd"),
                new Primitive("conv2", "convolution forward", "winograd F(4x4,3x3) f32")));
    String text =
        new ProfileText(report, new Benchmark.Profile(new double[] {0.001, 0.003}, 0)).algorithms();
    assertThat(text.lines().map(l -> l.replaceAll(" {2,}", "|")).toList())
        .contains(
            "winograd, transform weights|1|1.000|25.0 %",
            "winograd F(4x4,3x3) f32|1|3.000|75.0 %", "everything else|0|0.000|0.0 %");
  }

  @Test
  void inferenceHasNoUpdate() {
    ProfileText text = new ProfileText(REPORT, new Benchmark.Profile(SECONDS, 0));
    assertThat(text.algorithms()).doesNotContain("update").contains("one step", "9.500");
    assertThat(text.implementations())
        .containsExactly(
            "1 x bnorm_jit:avx512_core", "2 x brgconv:avx512_core", "2 x winograd F(4x4,3x3) f32");
  }
}
