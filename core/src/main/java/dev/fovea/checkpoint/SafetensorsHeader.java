package dev.fovea.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON header of a safetensors file, parsed as untrusted input and checked against every rule
 * of the format.
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, TensorEntry> entries) {
  static final int MAX_BYTES = 100_000_000;
  static final String METADATA = "__metadata__";
  private static final int MAX_TENSORS = 1_000_000;
  private static final int MAX_RANK = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxStringLength(MAX_BYTES)
                  .maxNameLength(65_536)
                  .maxNumberLength(20)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** Why a header is refused; the caller adds the file's name. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String reason) {
      super(reason);
    }
  }

  static SafetensorsHeader parse(String json, long dataBytes) throws Refused {
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    try (JsonParser p = JSON.createParser(json)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new Refused("its header is not a JSON object");
      }
      while (p.nextToken() == JsonToken.FIELD_NAME) {
        String name = p.currentName();
        p.nextToken();
        if (name.equals(METADATA)) {
          readMetadata(p, metadata);
        } else if (entries.size() == MAX_TENSORS) {
          throw new Refused("it holds more than " + MAX_TENSORS + " tensors");
        } else {
          entries.put(name, readEntry(p, name));
        }
      }
      requireOnlySpaces(json, (int) p.currentLocation().getCharOffset());
    } catch (IOException e) {
      throw new Refused("its header is not valid JSON: " + firstLine(e));
    }
    requireGapless(entries.values().stream().toList(), dataBytes);
    return new SafetensorsHeader(metadata, entries);
  }

  private static void readMetadata(JsonParser p, Map<String, String> metadata)
      throws IOException, Refused {
    require(
        p.currentToken() == JsonToken.START_OBJECT, "its " + METADATA + " is not a JSON object");
    while (p.nextToken() == JsonToken.FIELD_NAME) {
      String key = p.currentName();
      require(
          p.nextToken() == JsonToken.VALUE_STRING, "its metadata '" + key + "' is not a string");
      metadata.put(key, p.getText());
    }
  }

  private static TensorEntry readEntry(JsonParser p, String name) throws IOException, Refused {
    String what = "tensor '" + shorten(name) + "'";
    require(
        p.currentToken() == JsonToken.START_OBJECT, what + " is not described by a JSON object");
    Optional<ElementType> type = Optional.empty();
    List<Long> shape = List.of();
    List<Long> offsets = List.of();
    boolean hasShape = false;
    while (p.nextToken() == JsonToken.FIELD_NAME) {
      String key = p.currentName();
      JsonToken value = p.nextToken();
      switch (key) {
        case "dtype" -> {
          require(value == JsonToken.VALUE_STRING, what + ": dtype is not a string");
          String dtype = p.getText();
          type = ElementType.named(dtype);
          require(type.isPresent(), what + ": unknown dtype '" + shorten(dtype) + "'");
        }
        case "shape" -> {
          shape = readLongs(p, what + ": shape", MAX_RANK);
          hasShape = true;
        }
        case "data_offsets" -> offsets = readLongs(p, what + ": data_offsets", 2);
        default -> throw new Refused(what + ": unknown key '" + shorten(key) + "'");
      }
    }
    require(
        type.isPresent() && hasShape && offsets.size() == 2,
        what + " lacks dtype, shape or data_offsets");
    return check(
        what, new TensorEntry(name, type.orElseThrow(), shape, offsets.get(0), offsets.get(1)));
  }

  private static List<Long> readLongs(JsonParser p, String what, int max)
      throws IOException, Refused {
    require(p.currentToken() == JsonToken.START_ARRAY, what + " is not an array");
    List<Long> values = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      require(
          p.currentToken() == JsonToken.VALUE_NUMBER_INT,
          what + " contains something other than an integer");
      long v = p.getLongValue();
      require(v >= 0, what + " contains the negative number " + v);
      require(values.size() < max, what + " has more than " + max + " numbers");
      values.add(v);
    }
    return values;
  }

  private static TensorEntry check(String what, TensorEntry e) throws Refused {
    require(
        e.begin() <= e.end(),
        what + ": its data ends at " + e.end() + ", before it begins at " + e.begin());
    long bytes = e.type().bytes();
    try {
      for (long d : e.shape()) {
        bytes = Math.multiplyExact(bytes, d);
      }
    } catch (ArithmeticException overflow) {
      throw new Refused(what + ": shape " + e.shape() + " is larger than any file can be");
    }
    require(
        bytes == e.end() - e.begin(),
        what
            + ": shape "
            + e.shape()
            + " of "
            + e.type()
            + " takes "
            + bytes
            + " bytes, but its data_offsets span "
            + (e.end() - e.begin()));
    return e;
  }

  private static void requireGapless(List<TensorEntry> entries, long dataBytes) throws Refused {
    List<TensorEntry> ordered = new ArrayList<>(entries);
    ordered.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
    long at = 0;
    for (TensorEntry e : ordered) {
      require(e.begin() >= at, "tensor '" + shorten(e.name()) + "' overlaps the tensor before it");
      require(
          e.begin() == at,
          "there is a gap of "
              + (e.begin() - at)
              + " bytes before tensor '"
              + shorten(e.name())
              + "'");
      at = e.end();
    }
    require(
        at <= dataBytes,
        "it is truncated: the tensors take " + at + " bytes, but the file has " + dataBytes);
    require(at == dataBytes, (dataBytes - at) + " bytes follow the last tensor");
  }

  private static void requireOnlySpaces(String json, int from) throws Refused {
    for (int i = from; i < json.length(); i++) {
      require(json.charAt(i) == ' ', "something other than spaces follows the JSON header");
    }
  }

  private static void require(boolean holds, String reason) throws Refused {
    if (!holds) {
      throw new Refused(reason);
    }
  }

  private static String firstLine(IOException e) {
    String message = String.valueOf(e.getMessage());
    return shorten(message.lines().findFirst().orElse(message));
  }

  private static String shorten(String s) {
    String printable = s.replaceAll("\\p{Cntrl}", "?");
    return printable.length() <= 120 ? printable : printable.substring(0, 120) + "...";
  }
}
