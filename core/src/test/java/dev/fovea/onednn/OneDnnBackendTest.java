package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NeedsBf16;
import dev.fovea.onednn.binding.Isa;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.ConvolutionSupport;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import dev.fovea.program.RecordingBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OneDnnBackendTest {

  @Test
  void theFastestPrecisionIsMeasuredOnceForEachAlgorithm() {
    OneDnnBackend backend = new OneDnnBackend();
    PrecisionChoice direct = backend.fastestPrecision(ConvolutionAlgorithm.DIRECT);
    PrecisionChoice fast = backend.fastestPrecision(ConvolutionAlgorithm.FAST);
    assertThat(fast).isNotSameAs(direct);
    assertThat(backend.fastestPrecision(ConvolutionAlgorithm.DIRECT)).isSameAs(direct);
    assertThat(backend.fastestPrecision(ConvolutionAlgorithm.FAST)).isSameAs(fast);
  }

  @NeedsBf16
  @ParameterizedTest
  @EnumSource(ConvolutionAlgorithm.class)
  void theProbeConvolvesAsTheRunWill(ConvolutionAlgorithm algorithm) {
    RecordingBackend backend = new RecordingBackend(new OneDnnBackend());
    PrecisionChoice choice = PrecisionProbe.choose(backend, algorithm);
    assertThat(choice.reason()).matches("(f32|bf16) runs a probe .* times as fast as (f32|bf16)");
    assertThat(backend.compiled())
        .extracting(o -> o.precision() + " " + o.convolution())
        .containsExactly(Precision.F32 + " " + algorithm, Precision.BF16 + " " + algorithm);
  }

  @Test
  void fastConvolutionsNeedVectorsAndSayWhichTheyRunWith() {
    Isa isa = NativeLibrary.get().isa();
    ConvolutionSupport found = new OneDnnBackend().fastConvolutions();
    assertThat(found.available()).isEqualTo(isa.avx2());
    assertThat(found.reason()).contains(isa.avx512() ? "AVX-512" : "AVX2").doesNotContain("null");
  }

  @Test
  void whatIsMissingForFastConvolutionsIsNamed() {
    Isa sse = new Isa(0x1);
    Isa avx2 = new Isa(0x7);
    Isa avx512 = new Isa(0x27);
    assertThat(OneDnnBackend.support(sse, true))
        .isEqualTo(new ConvolutionSupport(false, "this CPU has no AVX2 instructions"));
    assertThat(OneDnnBackend.support(avx2, true)).isEqualTo(new ConvolutionSupport(true, "AVX2"));
    assertThat(OneDnnBackend.support(avx512, true))
        .isEqualTo(new ConvolutionSupport(true, "AVX-512"));
    ConvolutionSupport alone = OneDnnBackend.support(avx512, false);
    assertThat(alone.available()).isFalse();
    assertThat(alone.reason()).contains("OpenMP", "libgomp.so.1");
  }
}
