package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.Closeable;
import java.io.IOException;

/**
 * Reads the JSON of a client: strict, bounded in depth and in the length of numbers and names, and
 * with the field in every message.
 */
final class Parser implements Closeable {
  private static final int DEPTH = 16;
  private static final int NUMBER = 200;
  private static final int NAME = 1000;

  // Without canonical names Jackson turns bytes into characters first, and has no offsets of bytes.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNumberLength(NUMBER)
                  .maxNameLength(NAME)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final JsonParser json;

  Parser(byte[] text, int offset, int length) {
    try {
      json = JSON.createParser(text, offset, length);
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  /** The next token, or a refusal at the end of the text. */
  JsonToken next() {
    try {
      JsonToken token = json.nextToken();
      if (token == null) {
        throw ProtocolException.badRequest("the JSON ends too early");
      }
      return token;
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  /** Refuses whatever follows the value that has been read. */
  void end() {
    try {
      if (json.nextToken() != null) {
        throw ProtocolException.badRequest("there is text after the JSON object");
      }
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  /** The name of the field that has been read last. */
  String name() {
    try {
      return json.currentName();
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  JsonToken token() {
    return json.currentToken();
  }

  void skip() {
    try {
      json.skipChildren();
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  /** Where the token that has been read last begins in the text. */
  int offset() {
    long offset = json.currentTokenLocation().getByteOffset();
    if (offset < 0) {
      throw ProtocolException.badRequest("the JSON is UTF-16 or UTF-32; it must be UTF-8");
    }
    return Math.toIntExact(offset);
  }

  /** The value as an object, whose opening brace has been read. */
  void expectObject(String field) {
    expect(JsonToken.START_OBJECT, "an object", field);
  }

  /** The value as an array, whose opening bracket has been read. */
  void expectArray(String field) {
    expect(JsonToken.START_ARRAY, "an array", field);
  }

  private void expect(JsonToken wanted, String what, String field) {
    if (token() != wanted) {
      throw wrong(field, what);
    }
  }

  String string(String field) {
    if (token() != JsonToken.VALUE_STRING) {
      throw wrong(field, "a string");
    }
    try {
      return json.getText();
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  boolean bool(String field) {
    return switch (token()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw wrong(field, "true or false");
    };
  }

  /** An integer, also one written as 1.0, in a range. */
  long integer(String field, long least, long most) {
    if (token() != JsonToken.VALUE_NUMBER_INT && token() != JsonToken.VALUE_NUMBER_FLOAT) {
      throw wrong(field, "an integer");
    }
    try {
      double approximate = json.getDoubleValue();
      if (approximate != Math.rint(approximate)) {
        throw ProtocolException.badRequest(field + " is " + shown() + "; it must be an integer");
      }
      // Beyond the range of long, the nearest double decides, which is far out of any range here.
      long value =
          Math.abs(approximate) < 1e15 ? (long) approximate : approximate > 0 ? most + 1 : -1;
      if (value < least || value > most) {
        throw ProtocolException.badRequest(
            field + " is " + shown() + "; it must be " + least + " to " + most);
      }
      return value;
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  /** A number that a float can hold. */
  float number(String field, int index) {
    JsonToken token = token();
    if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
      throw wrong(field + "[" + index + "]", "a number");
    }
    try {
      float value = json.getFloatValue();
      if (!Float.isFinite(value)) {
        throw ProtocolException.badRequest(
            field + "[" + index + "] is " + shown() + ", which is beyond the range of FP32");
      }
      return value;
    } catch (IOException e) {
      throw invalid(e);
    }
  }

  private String shown() throws IOException {
    String text = json.getText();
    return text.length() <= 40 ? text : text.substring(0, 37) + "...";
  }

  ProtocolException wrong(String field, String expected) {
    String found =
        switch (token()) {
          case START_OBJECT -> "an object";
          case START_ARRAY -> "an array";
          case VALUE_STRING -> "a string";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
          case VALUE_TRUE, VALUE_FALSE -> "true or false";
          case VALUE_NULL -> "null";
          default -> "something else";
        };
    return ProtocolException.badRequest(field + " is " + found + "; expected " + expected);
  }

  private static ProtocolException invalid(IOException e) {
    // The first line says what is wrong, the next ones quote the source.
    String text = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    if (e instanceof StreamConstraintsException) {
      return ProtocolException.badRequest(
          "the JSON is beyond the limits of this server: " + shortened(text));
    }
    return ProtocolException.badRequest("not valid JSON: " + shortened(text));
  }

  private static String shortened(String text) {
    return text.length() <= 300 ? text : text.substring(0, 297) + "...";
  }

  @Override
  public void close() {
    try {
      json.close();
    } catch (IOException e) {
      throw invalid(e);
    }
  }
}
