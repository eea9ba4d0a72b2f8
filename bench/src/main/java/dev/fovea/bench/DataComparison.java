package dev.fovea.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Locale;

/**
 * One line of the result of {@code bench/data}.
 *
 * @param row what was measured, as named on the command line
 * @param pictures the kind of the files, or where they came from
 * @param peer what Fovea is compared with
 * @param kind what the ratio is a ratio of
 * @param fovea Fovea's images per second, the median over the rounds
 * @param theirs the same of the peer
 * @param ratio Fovea's time or speed divided by the peer's, per round
 */
record DataComparison(
    String row,
    String pictures,
    String peer,
    Kind kind,
    double fovea,
    double theirs,
    Contest.Ratio ratio,
    int rounds) {

  /** What is divided by the peer's. */
  enum Kind {
    /** Time per picture: less is better. */
    TIME,
    /** Images per second: more is better. */
    SPEED
  }

  static final String HEADING =
      String.format(
          Locale.ROOT,
          "%-36s %-8s %-34s %12s %12s %6s %7s %15s",
          "row",
          "files",
          "peer",
          "fovea img/s",
          "peer img/s",
          "of",
          "ratio",
          "lowest..highest");

  /** A comparison of two sides of a contest. */
  static DataComparison of(
      String row,
      String pictures,
      String peer,
      Kind kind,
      Contest.Outcome outcome,
      int fovea,
      int other) {
    return new DataComparison(
        row,
        pictures,
        peer,
        kind,
        outcome.speed(fovea),
        outcome.speed(other),
        kind == Kind.SPEED ? outcome.ratio(fovea, other) : outcome.ratio(other, fovea),
        outcome.speeds().get(fovea).size());
  }

  /** Formats the line as a table row under {@link #HEADING}. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%-36s %-8s %-34s %12.1f %12.1f %6s %7.3f %15s",
        row,
        pictures,
        peer,
        fovea,
        theirs,
        word(),
        ratio.median(),
        String.format(Locale.ROOT, "%.3f..%.3f", ratio.lowest(), ratio.highest()));
  }

  /** Formats the line as a JSON object. */
  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("row", row);
      json.writeStringField("pictures", pictures);
      json.writeStringField("peer", peer);
      json.writeStringField("ratio_of", word());
      number(json, "fovea_ips", fovea);
      number(json, "peer_ips", theirs);
      number(json, "ratio", ratio.median());
      number(json, "ratio_min", ratio.lowest());
      number(json, "ratio_max", ratio.highest());
      json.writeNumberField("rounds", rounds);
      json.writeEndObject();
    } catch (IOException e) {
      throw new BenchException("cannot write a line of JSON: " + e.getMessage(), e);
    }
    return text.toString();
  }

  private String word() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static void number(JsonGenerator json, String field, double value) throws IOException {
    json.writeFieldName(field);
    json.writeNumber(String.format(Locale.ROOT, "%.4f", value));
  }
}
