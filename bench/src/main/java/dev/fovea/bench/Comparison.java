package dev.fovea.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of the result: Fovea and one peer. Fovea's figures are null if the peers ran without it.
 *
 * @param ratio Fovea's images per second divided by the peer's
 * @param fastest whether no other peer of the same contest was faster
 */
record Comparison(
    String peer,
    Run run,
    @Nullable Figures fovea,
    Figures theirs,
    Contest.@Nullable Ratio ratio,
    boolean fastest) {

  /** What was measured, and Fovea's settings. */
  record Run(
      String model,
      int batch,
      Mode mode,
      String foveaPrecision,
      String foveaConvolution,
      int rounds) {}

  /** The figures of one side: images per second and peak resident memory in bytes. */
  record Figures(double imagesPerSecond, long resident) {}

  static final String HEADING =
      String.format(
          "%-36s %-9s %-11s %12s %12s %7s %15s %11s %11s",
          "peer",
          "precision",
          "convolution",
          "fovea img/s",
          "peer img/s",
          "ratio",
          "lowest..highest",
          "fovea MiB",
          "peer MiB");

  /** Formats the line as a JSON object. */
  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("peer", peer);
      json.writeStringField("model", run.model());
      json.writeNumberField("batch", run.batch());
      json.writeStringField("mode", run.mode().word());
      json.writeStringField("fovea_precision", run.foveaPrecision());
      json.writeStringField("fovea_convolution", run.foveaConvolution());
      number(json, "fovea_ips", fovea == null ? null : fovea.imagesPerSecond());
      number(json, "peer_ips", theirs.imagesPerSecond());
      number(json, "ratio", ratio == null ? null : ratio.median());
      number(json, "ratio_min", ratio == null ? null : ratio.lowest());
      number(json, "ratio_max", ratio == null ? null : ratio.highest());
      number(json, "fovea_rss", fovea == null ? null : fovea.resident());
      number(json, "peer_rss", theirs.resident());
      json.writeNumberField("rounds", run.rounds());
      json.writeBooleanField("fastest_peer", fastest);
      json.writeEndObject();
    } catch (IOException e) {
      throw new BenchException("cannot write a line of JSON: " + e.getMessage(), e);
    }
    return text.toString();
  }

  /** Formats the line as a table row under {@link #HEADING}. */
  String row() {
    return String.format(
        Locale.ROOT,
        "%-36s %-9s %-11s %12s %12.1f %7s %15s %11s %11d",
        peer,
        run.foveaPrecision(),
        run.foveaConvolution(),
        fovea == null ? "-" : String.format(Locale.ROOT, "%.1f", fovea.imagesPerSecond()),
        theirs.imagesPerSecond(),
        ratio == null ? "-" : String.format(Locale.ROOT, "%.3f", ratio.median()),
        range(),
        fovea == null ? "-" : Long.toString(fovea.resident() >> 20),
        theirs.resident() >> 20);
  }

  /** Formats the sentence that names the fastest peer, under the rows of a contest. */
  String verdict() {
    return ratio == null
        ? "fastest peer: " + peer
        : String.format(
            Locale.ROOT,
            "fastest peer: %s; Fovea %s computes %.3f times its images/s (%s)",
            peer,
            run.foveaPrecision(),
            ratio.median(),
            range());
  }

  private String range() {
    return ratio == null
        ? "-"
        : String.format(Locale.ROOT, "%.3f..%.3f", ratio.lowest(), ratio.highest());
  }

  private static void number(JsonGenerator json, String field, @Nullable Number value)
      throws IOException {
    json.writeFieldName(field);
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Long whole) {
      json.writeNumber(whole);
    } else {
      json.writeNumber(String.format(Locale.ROOT, "%.4f", value.doubleValue()));
    }
  }
}
