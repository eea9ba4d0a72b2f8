package dev.fovea.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ExpositionTest {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)"
              + "(\\{[a-zA-Z_]\\w*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\""
              + "(?:,[a-zA-Z_]\\w*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\")*\\})?"
              + " (-?[0-9.]+(?:E-?[0-9]+)?|[+-]Inf|NaN)");

  /** Reads a page as strictly as Prometheus does; returns the names of its metrics. */
  private static Set<String> read(String page) {
    assertThat(page).endsWith("\n");
    Set<String> metrics = new HashSet<>();
    Set<String> samples = new HashSet<>();
    String current = "";
    for (String line : page.split("\n")) {
      if (line.startsWith("# HELP ")) {
        current = line.split(" ")[2];
        assertThat(metrics.add(current)).as("one block for " + current).isTrue();
      } else if (line.startsWith("# TYPE ")) {
        assertThat(line).matches("# TYPE " + current + " (counter|gauge|histogram)");
      } else {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).matches(current + "(_bucket|_sum|_count)?");
        assertThat(samples.add(sample.group(1) + sample.group(2))).as("twice: " + line).isTrue();
      }
    }
    return metrics;
  }

  @Test
  void labelsAndHelpAreEscaped() {
    Exposition page = new Exposition();
    page.metric("a_total", Exposition.Kind.COUNTER, "back\\slash\nline")
        .sample(1, "model", "a\"b\\c\nd")
        .sample(0.25, "model", "e", "x", "y");
    assertThat(page.text())
        .isEqualTo(
            """
            # HELP a_total back\\\\slash\\nline
            # TYPE a_total counter
            a_total{model="a\\"b\\\\c\\nd"} 1
            a_total{model="e",x="y"} 0.25
            """);
    assertThat(read(page.text())).containsExactly("a_total");
    assertThatThrownBy(() -> page.metric("a b", Exposition.Kind.GAUGE, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bucketsOfAHistogramCountAllUpToTheirBound() {
    Histogram histogram = new Histogram(List.of(0.5, 1.0));
    for (double value : new double[] {0.1, 0.5, 0.75, 1, 3}) {
      histogram.add(value);
    }
    Exposition page = new Exposition();
    page.metric("t_seconds", Exposition.Kind.HISTOGRAM, "Time.")
        .histogram(histogram.snapshot(), "m", "x");
    assertThat(page.text())
        .isEqualTo(
            """
            # HELP t_seconds Time.
            # TYPE t_seconds histogram
            t_seconds_bucket{m="x",le="0.5"} 2
            t_seconds_bucket{m="x",le="1"} 4
            t_seconds_bucket{m="x",le="+Inf"} 5
            t_seconds_sum{m="x"} 5.35
            t_seconds_count{m="x"} 5
            """);
    assertThat(read(page.text())).containsExactly("t_seconds");
  }

  @Test
  void nothingThatARequestBringsBecomesALabel() {
    RequestFigures figures = new RequestFigures(List.of("classify", "infer"));
    for (int i = 0; i < 1000; i++) {
      figures.answered("/made/up/" + i, 404, Duration.ofMillis(1));
    }
    figures.answered("infer", 200, Duration.ofMillis(20));
    figures.answered("infer", 999, Duration.ofMillis(20));
    Exposition page = new Exposition();
    figures.write(page);
    read(page.text());
    assertThat(page.text())
        .contains("fovea_http_requests_total{route=\"other\",status=\"4xx\"} 1000\n")
        .contains("fovea_http_requests_total{route=\"infer\",status=\"2xx\"} 1\n")
        .doesNotContain("made");
  }

  @Test
  void theProcessTellsItsMemoryAndTime() {
    Exposition page = new Exposition();
    ProcessFigures.write(page);
    assertThat(read(page.text()))
        .contains("process_start_time_seconds", "jvm_memory_used_bytes", "jvm_threads_current");
    ProcessFigures.residentBytes().ifPresent(bytes -> assertThat(bytes).isGreaterThan(10 << 20));
  }
}
