package dev.fovea.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses and writes JSON as plain values: {@code Map<String, Object>} in the order of the text,
 * {@code List<Object>}, String, Long, Double, Boolean. Null, duplicate keys and deep nesting are
 * refused; comments are allowed.
 */
public final class JsonTree {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(SafetensorsHeader.MAX_BYTES)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private JsonTree() {}

  /**
   * Parses a text that holds one JSON object.
   *
   * @param where names the text in messages
   * @throws CheckpointException if the text is not a JSON object, naming {@code where} and the line
   */
  public static Map<String, Object> parse(String text, String where) {
    // Some editors write a byte order mark.
    String json = text.startsWith("\ufeff") ? text.substring(1) : text;
    try (JsonParser p = JSON.createParser(json)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new CheckpointException(where + ": expected a JSON object, which starts with '{'");
      }
      Map<String, Object> object = object(p, where);
      if (p.nextToken() != null) {
        throw new CheckpointException(where + ": there is text after the JSON object");
      }
      return object;
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new CheckpointException(where + ": not valid JSON: " + message, e);
    }
  }

  private static Map<String, Object> object(JsonParser p, String where) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    while (p.nextToken() == JsonToken.FIELD_NAME) {
      String key = p.currentName();
      map.put(key, value(p, p.nextToken(), where));
    }
    return map;
  }

  private static Object value(JsonParser p, JsonToken token, String where) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(p, where);
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        for (JsonToken t = p.nextToken(); t != JsonToken.END_ARRAY; t = p.nextToken()) {
          list.add(value(p, t, where));
        }
        yield list;
      }
      case VALUE_STRING -> p.getText();
      case VALUE_NUMBER_INT -> p.getLongValue();
      case VALUE_NUMBER_FLOAT -> p.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default ->
          throw new CheckpointException(
              where + ": null has no meaning here; leave the key '" + p.currentName() + "' out");
    };
  }

  /** Writes a tree on one line. */
  public static String compact(Map<String, ?> tree) {
    return text(tree, false);
  }

  /** Writes a tree with one key per line and a final line feed. */
  public static String pretty(Map<String, ?> tree) {
    return text(tree, true) + "\n";
  }

  private static String text(Map<String, ?> tree, boolean pretty) {
    StringWriter text = new StringWriter();
    try (JsonGenerator g = JSON.createGenerator(text)) {
      if (pretty) {
        g.setPrettyPrinter(
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));
      }
      write(g, tree);
    } catch (IOException e) {
      throw new IllegalStateException("a string cannot fail to be written", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator g, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      g.writeStartObject();
      for (Map.Entry<?, ?> e : map.entrySet()) {
        g.writeFieldName(String.valueOf(e.getKey()));
        write(g, e.getValue());
      }
      g.writeEndObject();
    } else if (value instanceof List<?> list) {
      g.writeStartArray();
      for (Object o : list) {
        write(g, o);
      }
      g.writeEndArray();
    } else if (value instanceof Double d) {
      g.writeNumber(d);
    } else if (value instanceof Number n) {
      g.writeNumber(n.longValue());
    } else if (value instanceof Boolean b) {
      g.writeBoolean(b);
    } else {
      g.writeString(value.toString());
    }
  }
}
