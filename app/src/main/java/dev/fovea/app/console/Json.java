package dev.fovea.app.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object, built key by key and written on one line.
 *
 * <p>Values are strings, booleans, numbers, null, collections and nested objects. Numbers that JSON
 * cannot represent (NaN, infinities) become null.
 */
public final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Map<String, @Nullable Object> entries = new LinkedHashMap<>();

  /** An object with the entries of a map, in iteration order. */
  public static Json of(Map<String, ?> map) {
    Json json = new Json();
    map.forEach(json::put);
    return json;
  }

  /** Adds a value, or replaces it in place. */
  public Json put(String key, @Nullable Object value) {
    entries.put(key, value);
    return this;
  }

  /** Adds a number, or null if there is none. */
  public Json put(String key, OptionalDouble value) {
    return put(key, value.isPresent() ? (Double) value.getAsDouble() : null);
  }

  /** The object on one line. */
  @Override
  public String toString() {
    return line(this);
  }

  /** Any value on one line. */
  public static String line(@Nullable Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator g = FACTORY.createGenerator(text)) {
      write(g, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator g, @Nullable Object value) throws IOException {
    if (value == null) {
      g.writeNull();
    } else if (value instanceof Json object) {
      g.writeStartObject();
      for (Map.Entry<String, @Nullable Object> e : object.entries.entrySet()) {
        g.writeFieldName(e.getKey());
        write(g, e.getValue());
      }
      g.writeEndObject();
    } else if (value instanceof Collection<?> list) {
      g.writeStartArray();
      for (Object o : list) {
        write(g, o);
      }
      g.writeEndArray();
    } else {
      scalar(g, value);
    }
  }

  private static void scalar(JsonGenerator g, Object value) throws IOException {
    if (value instanceof Boolean b) {
      g.writeBoolean(b);
    } else if (value instanceof Integer || value instanceof Long) {
      g.writeNumber(((Number) value).longValue());
    } else if (value instanceof Number n) {
      double d = n.doubleValue();
      if (!Double.isFinite(d)) {
        g.writeNull();
      } else if (n instanceof Float f) {
        g.writeNumber(f + 0f);
      } else {
        // Turns negative zero into zero.
        g.writeNumber(d + 0.0);
      }
    } else {
      g.writeString(value.toString());
    }
  }
}
