package dev.fovea;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Precision;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * Excludes tests that need CPU instructions that this machine lacks, before anything runs, and
 * lists them when the process has run all its tests.
 *
 * <p>The tests do not count as skipped, which would fail the build. JUnit finds this class through
 * {@code META-INF/services}. The environment variable {@code ONEDNN_MAX_CPU_ISA} limits the
 * instruction set for oneDNN and for this class.
 */
public final class LeftOut
    implements PostDiscoveryFilter, TestExecutionListener, LauncherSessionListener {
  static final String BF16 = "needs-bf16";
  static final String AVX512 = "needs-avx512";

  // Static, because JUnit creates the filter and the listeners separately.
  private static final Map<String, Set<String>> TESTS = new TreeMap<>();
  private static volatile boolean run;

  @Override
  public FilterResult apply(TestDescriptor test) {
    // JUnit removes classes that have no tests left.
    if (test.getSource().orElse(null) instanceof MethodSource method) {
      for (String need : new String[] {AVX512, BF16}) {
        if (test.getTags().contains(TestTag.create(need)) && !isMet(need)) {
          note(need, method);
          return FilterResult.excluded("this CPU lacks what the test " + need);
        }
      }
    }
    return FilterResult.included("needs nothing special");
  }

  static boolean isMet(String need) {
    return switch (need) {
      case BF16 -> new OneDnnBackend().supports(Precision.BF16);
      case AVX512 -> NativeLibrary.get().isa().avx512();
      default -> throw new IllegalArgumentException(need);
    };
  }

  private static synchronized void note(String need, MethodSource method) {
    TESTS
        .computeIfAbsent(need, n -> new TreeSet<>())
        .add(method.getClassName().replaceFirst(".*\\.", "") + "." + method.getMethodName());
  }

  /** Forgets the tests of a class that was only discovered, not run. */
  static synchronized void forget(Class<?> sample) {
    String prefix = sample.getName().replaceFirst(".*\\.", "") + ".";
    TESTS.values().forEach(tests -> tests.removeIf(t -> t.startsWith(prefix)));
    TESTS.values().removeIf(Set::isEmpty);
  }

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    run = true;
  }

  // Not at the end of a plan: a process that shares the tests with another has one for each class.
  // Maven itself opens a session too, only to find the tests.
  @Override
  public void launcherSessionClosed(LauncherSession session) {
    String report = report();
    if (run && !report.isEmpty()) {
      System.out.print(report);
    }
  }

  /** One line per instruction set; empty if every test ran. */
  static synchronized String report() {
    StringBuilder lines = new StringBuilder();
    TESTS.forEach(
        (need, tests) ->
            lines.append(
                "left out on this CPU ("
                    + NativeLibrary.get().isa()
                    + "): "
                    + tests.size()
                    + (tests.size() == 1 ? " test that needs " : " tests that need ")
                    + (need.equals(BF16) ? "AVX512-BF16: " : "AVX-512: ")
                    + String.join(", ", tests)
                    + System.lineSeparator()));
    return lines.toString();
  }
}
