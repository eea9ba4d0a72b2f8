package dev.fovea.server.metrics;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A page of figures in Prometheus's text format, version 0.0.4: for each metric one {@code HELP},
 * one {@code TYPE} and its samples. Used by one thread.
 *
 * <p>Source: "Exposition formats" in the documentation of Prometheus.
 */
public final class Exposition {
  /** The media type of the text. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

  private final Map<String, Metric> metrics = new LinkedHashMap<>();

  /** What a metric is: how Prometheus reads its samples. */
  public enum Kind {
    /** A number that only grows while the process lives; its name ends in {@code _total}. */
    COUNTER("counter"),
    /** A number that rises and falls. */
    GAUGE("gauge"),
    /** Counts of values up to bounds, with their number and sum. */
    HISTOGRAM("histogram");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /** One metric and its samples; other parts of a program may add samples of other labels. */
  public static final class Metric {
    private final String name;
    private final StringBuilder text = new StringBuilder();

    private Metric(String name, Kind kind, String help) {
      this.name = name;
      text.append("# HELP ")
          .append(name)
          .append(' ')
          .append(help.replace("\\", "\\\\").replace("\n", "\\n"))
          .append("\n# TYPE ")
          .append(name)
          .append(' ')
          .append(kind.word)
          .append('\n');
    }

    /**
     * Adds a sample.
     *
     * @param labels names and values in turn
     */
    public Metric sample(double value, String... labels) {
      line("", value, labels);
      return this;
    }

    /** Adds the samples of a histogram. */
    public Metric histogram(Histogram.Snapshot values, String... labels) {
      String[] more = new String[labels.length + 2];
      System.arraycopy(labels, 0, more, 0, labels.length);
      more[labels.length] = "le";
      long sum = 0;
      for (int i = 0; i < values.counts().size(); i++) {
        sum += values.counts().get(i);
        boolean last = i == values.bounds().size();
        more[labels.length + 1] = number(last ? Double.POSITIVE_INFINITY : values.bounds().get(i));
        line("_bucket", sum, more);
      }
      line("_sum", values.sum(), labels);
      line("_count", sum, labels);
      return this;
    }

    private void line(String suffix, double value, String... labels) {
      text.append(name).append(suffix);
      for (int i = 0; i < labels.length; i += 2) {
        text.append(i == 0 ? '{' : ',')
            .append(checked(labels[i]))
            .append("=\"")
            .append(escaped(labels[i + 1]))
            .append('"');
      }
      text.append(labels.length == 0 ? " " : "} ").append(number(value)).append('\n');
    }
  }

  /** Makes an empty page. */
  public Exposition() {}

  /**
   * The metric with this name; the kind and help of the first call hold.
   *
   * @throws IllegalArgumentException if Prometheus would refuse the name
   */
  public Metric metric(String name, Kind kind, String help) {
    return metrics.computeIfAbsent(checked(name), n -> new Metric(n, kind, help));
  }

  private static String checked(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no name for a metric or label; use letters, digits and _");
    }
    return name;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /** The whole page. */
  public String text() {
    StringBuilder all = new StringBuilder();
    metrics.values().forEach(m -> all.append(m.text));
    return all.toString();
  }
}
