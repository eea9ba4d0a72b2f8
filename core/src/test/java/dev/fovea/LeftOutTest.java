package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Precision;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class LeftOutTest {
  /** Not run by the build, which runs classes whose names end in Test. */
  static class Sample {
    @Test
    void runsEverywhere() {}

    @NeedsBf16
    @Test
    void computesInBfloat16() {}

    @NeedsAvx512(because = "of this test")
    @Test
    void looksAtAvx512() {}
  }

  @Test
  void testsForOtherInstructionsAreNotInThePlanAndAreNamedInTheReport() {
    boolean bf16 = new OneDnnBackend().supports(Precision.BF16);
    boolean avx512 = NativeLibrary.get().isa().avx512();
    // The end of a session prints the report.
    LauncherConfig silent =
        LauncherConfig.builder().enableLauncherSessionListenerAutoRegistration(false).build();
    TestPlan plan =
        LauncherFactory.create(silent)
            .discover(
                LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(Sample.class))
                    .build());
    assertThat(plan.countTestIdentifiers(t -> t.isTest()))
        .isEqualTo(1 + (bf16 ? 1 : 0) + (avx512 ? 1 : 0));
    String report = LeftOut.report();
    LeftOut.forget(Sample.class);
    assertThat(report.contains("Sample.computesInBfloat16")).isEqualTo(!bf16);
    assertThat(report.contains("Sample.looksAtAvx512")).isEqualTo(!avx512);
    if (!bf16) {
      assertThat(report)
          .containsPattern("left out on this CPU \\(.*\\): \\d+ tests? that needs? AVX512-BF16: ");
    }
    assertThat(LeftOut.report()).doesNotContain("Sample");
  }
}
