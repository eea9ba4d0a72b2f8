package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.onednn.binding.NativeLibrary;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * The tests of fast convolutions in a process whose instruction set is limited to AVX2, so that its
 * vectors are tested on wider machines too.
 */
class Avx2Test {
  private static final List<Class<?>> TESTS =
      List.of(
          FastConvolutionTest.class,
          FastConvolutionsAreTakenTest.class,
          ConvolutionFormsTest.class,
          ConvolutionRepeatabilityTest.class,
          QuantizedProductsTest.class);

  @Test
  void fastConvolutionsHoldWithTheVectorsOfAvx2() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx2g",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectErrorStream(true);
    builder.environment().put("ONEDNN_MAX_CPU_ISA", "AVX2");
    // Threads that wait must not keep busy the cores of whatever else runs.
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    Process child = builder.start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as(output).isZero();
    assertThat(output).contains("instruction set AVX2");
  }

  /** Runs the tests; its status is 0 if there are many and all succeed. */
  static final class Child {
    private static final int AT_LEAST = 100;

    private Child() {}

    public static void main(String[] args) {
      System.out.println("instruction set " + NativeLibrary.get().isa());
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      Launcher launcher = LauncherFactory.create();
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request()
              .selectors(TESTS.stream().map(DiscoverySelectors::selectClass).toList())
              .build(),
          listener);
      TestExecutionSummary summary = listener.getSummary();
      PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
      summary.printTo(out);
      summary.printFailuresTo(out, 20);
      boolean allSucceeded = summary.getTotalFailureCount() == 0;
      System.exit(allSucceeded && summary.getTestsSucceededCount() >= AT_LEAST ? 0 : 1);
    }
  }
}
