package dev.fovea.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.bench.load.Latencies;
import dev.fovea.bench.load.Tally;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Named figures of one measurement in the order in which they were put: a line each, or one JSON
 * object.
 */
final class Figures {
  private static final double MEBI = 1024 * 1024;

  private final Map<String, String> values = new LinkedHashMap<>();

  /** Begins with the name of what was measured. */
  Figures(String row) {
    values.put("row", '"' + row + '"');
  }

  Figures text(String name, String value) {
    values.put(name, '"' + value.replace("\\", "/").replace("\"", "'") + '"');
    return this;
  }

  Figures number(String name, long value) {
    values.put(name, Long.toString(value));
    return this;
  }

  Figures number(String name, double value) {
    values.put(name, Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.3f", value));
    return this;
  }

  Figures mebibytes(String name, long bytes) {
    return number(name, bytes / MEBI);
  }

  Figures verdict(String name, boolean holds) {
    values.put(name, Boolean.toString(holds));
    return this;
  }

  /** Percentiles in milliseconds. */
  Figures latencies(String name, Latencies latencies) {
    return number(name + "_count", latencies.count())
        .number(name + "_p50_ms", latencies.millis(0.5))
        .number(name + "_p90_ms", latencies.millis(0.9))
        .number(name + "_p99_ms", latencies.millis(0.99))
        .number(name + "_max_ms", latencies.millis(1));
  }

  /** What went wrong, or that nothing did. */
  Figures faults(Tally tally) {
    number("wrong", tally.wrong())
        .number("without_retry_after", tally.withoutRetryAfter())
        .number("unanswered", tally.unanswered())
        .number("cut", tally.cut())
        .text("statuses", tally.statuses().toString());
    return tally.isClean() ? this : text("first_faults", String.join(" | ", tally.remarks()));
  }

  /** CPU time that this process, the generator, has used so far. */
  static double ownCpuSeconds() {
    return ((com.sun.management.OperatingSystemMXBean)
                ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  void print(boolean json) {
    if (json) {
      System.out.println(json());
    } else {
      values.forEach(
          (name, value) ->
              System.out.printf(Locale.ROOT, "%-28s %s%n", name, value.replace("\"", "")));
    }
  }

  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      for (Map.Entry<String, String> value : values.entrySet()) {
        json.writeFieldName(value.getKey());
        if (value.getValue().startsWith("\"")) {
          json.writeString(value.getValue().substring(1, value.getValue().length() - 1));
        } else {
          json.writeRawValue(value.getValue());
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new BenchException("cannot write a line of JSON: " + e.getMessage(), e);
    }
    return text.toString();
  }
}
