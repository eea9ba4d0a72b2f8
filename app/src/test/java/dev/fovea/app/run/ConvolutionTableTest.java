package dev.fovea.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.ProgramReport.Primitive;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvolutionTableTest {
  private static final String WINOGRAD = "winograd F(4x4,3x3) f32";

  private static List<String> rows(Primitive... primitives) {
    ProgramReport report =
        new ProgramReport("test", Precision.F32, 16, 0, 0, List.of(primitives));
    return ConvolutionTable.lines(report).stream().map(l -> l.replaceAll(" {2,}", "|")).toList();
  }

  @Test
  void aConvolutionHasOneRowForEachOfItsAlgorithms() {
    assertThat(
            rows(
                new Primitive("conv1", "convolution forward", "brgconv:avx512_core"),
                new Primitive("bn1", "batch norm", "java"),
                new Primitive("conv2", "convolution forward", WINOGRAD),
                new Primitive("conv2", "convolution backward_weights", "jit:avx512_core"),
                new Primitive("conv2", "convolution backward_data", WINOGRAD),
                new Primitive("conv1", "convolution backward_weights", "brgconv_bwd_w:avx512")))
        .containsExactly(
            "convolution|passes|algorithm",
            "conv1|forward, weights|direct",
            "conv2|forward, data|" + WINOGRAD,
            "conv2|weights|direct");
  }

  @Test
  void convolutionsWithFoldedOperationsAreForwardPasses() {
    assertThat(
            rows(
                new Primitive("a", "convolution relu", WINOGRAD),
                new Primitive("b", "convolution add relu", "jit_1x1:avx512_core"),
                new Primitive("c", "convolution", "jit:avx2")))
        .containsExactly(
            "convolution|passes|algorithm",
            "a|forward|" + WINOGRAD,
            "b|forward|direct",
            "c|forward|direct");
  }
}
