package dev.fovea.app;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A parsed JSON value: a Map, a List, a String, a Number, a Boolean or null. */
public record JsonValue(@Nullable Object value) {

  public JsonValue get(String key) {
    if (!(value instanceof Map<?, ?> map) || !map.containsKey(key)) {
      throw new AssertionError("no key '" + key + "' in " + value);
    }
    return new JsonValue(map.get(key));
  }

  public JsonValue at(int index) {
    return new JsonValue(list().get(index));
  }

  public List<?> list() {
    if (!(value instanceof List<?> list)) {
      throw new AssertionError("not a list: " + value);
    }
    return list;
  }

  public double number() {
    if (!(value instanceof Number n)) {
      throw new AssertionError("not a number: " + value);
    }
    return n.doubleValue();
  }

  public String text() {
    if (!(value instanceof String s)) {
      throw new AssertionError("not a text: " + value);
    }
    return s;
  }

  static JsonValue read(JsonParser p) throws IOException {
    return new JsonValue(any(p));
  }

  private static @Nullable Object any(JsonParser p) throws IOException {
    switch (p.currentToken()) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (p.nextToken() != JsonToken.END_OBJECT) {
          String key = p.currentName();
          p.nextToken();
          map.put(key, any(p));
        }
        return map;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) {
          list.add(any(p));
        }
        return list;
      }
      case VALUE_STRING -> {
        return p.getText();
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return p.getDoubleValue();
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        return p.getBooleanValue();
      }
      default -> {
        return null;
      }
    }
  }
}
