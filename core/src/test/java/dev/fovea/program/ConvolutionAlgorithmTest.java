package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.program.CompileOptions.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConvolutionAlgorithmTest {
  private static final CompileOptions OPTIONS =
      new CompileOptions(4, Precision.F32, Memory.LOW, 3)
          .convolving(ConvolutionAlgorithm.FAST)
          .without(Optimization.FUSE_RELU);

  @ParameterizedTest
  @EnumSource(ConvolutionAlgorithm.class)
  void itIsReadAsItIsWritten(ConvolutionAlgorithm algorithm) {
    assertThat(ConvolutionAlgorithm.parse(algorithm.label())).isEqualTo(algorithm);
  }

  @Test
  void anUnknownOneIsAnsweredWithThoseThereAre() {
    assertThatThrownBy(() -> ConvolutionAlgorithm.parse("winograd"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'winograd'")
        .hasMessageContaining("auto, direct, fast");
  }

  @Test
  void withoutAWordACompilationConvolvesByTheRule() {
    assertThat(new CompileOptions(4, Precision.F32, Memory.LOW, 3).convolution())
        .isEqualTo(ConvolutionAlgorithm.AUTO);
  }

  @Test
  void anotherBatchKeepsEverythingElse() {
    CompileOptions other = OPTIONS.withBatch(9);
    assertThat(other.batch()).isEqualTo(9);
    assertThat(other.withBatch(4)).isEqualTo(OPTIONS);
    assertThat(other.convolution()).isEqualTo(ConvolutionAlgorithm.FAST);
    assertThat(other.with(Optimization.FUSE_RELU)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          convolution forward          | brgconv:avx512_core      | true  | direct
          convolution add relu         | jit_1x1:avx512_core      | true  | direct
          convolution backward_weights | winograd F(4x4,3x3) f32  | true  | winograd F(4x4,3x3) f32
          convolution forward          | winograd F(4x4,3x3) bf16 | true  | winograd F(4x4,3x3) bf16
          batch norm forward           | bnorm_jit:avx512_core    | false | direct
          """)
  void aReportTellsConvolutionsAndTheirAlgorithm(
      String kind, String implementation, boolean convolves, String algorithm) {
    ProgramReport.Primitive p = new ProgramReport.Primitive("conv1", kind, implementation);
    assertThat(p.convolves()).isEqualTo(convolves);
    if (convolves) {
      assertThat(p.algorithm()).isEqualTo(algorithm);
    }
  }
}
