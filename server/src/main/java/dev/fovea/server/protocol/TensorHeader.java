package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonToken;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of its input tensor, apart from the data.
 *
 * @param field where it stands, for messages
 * @param shape as sent, each at least 1
 * @param binaryBytes bytes of the tensor after the JSON; -1 if the data is JSON
 * @param data the place of the JSON value of the data in the text; -1 if there is none
 */
record TensorHeader(
    String field, String name, String datatype, List<Long> shape, long binaryBytes, int data) {
  private static final long MOST = 1L << 40;
  private static final int DIMENSIONS = 8;

  /** Reads the object whose opening brace has been read; the data is skipped, not parsed. */
  static TensorHeader read(Parser json, String field) {
    json.expectObject(field);
    String name = null;
    String datatype = null;
    List<Long> shape = null;
    long binary = -1;
    int data = -1;
    while (json.next() == JsonToken.FIELD_NAME) {
      String key = json.name();
      String at = field + "." + key;
      json.next();
      switch (key) {
        case "name" -> name = json.string(at);
        case "datatype" -> datatype = json.string(at);
        case "shape" -> shape = shape(json, at);
        case "parameters" -> binary = binaryBytes(json, at);
        case "data" -> {
          json.expectArray(at);
          data = json.offset();
          json.skip();
        }
        default -> json.skip();
      }
    }
    return new TensorHeader(
        field,
        present(name, field + ".name"),
        present(datatype, field + ".datatype"),
        present(shape, field + ".shape"),
        binary,
        data);
  }

  private static <T> T present(@Nullable T value, String field) {
    if (value == null) {
      throw ProtocolException.badRequest(field + " is missing");
    }
    return value;
  }

  private static List<Long> shape(Parser json, String field) {
    json.expectArray(field);
    List<Long> shape = new ArrayList<>();
    while (json.next() != JsonToken.END_ARRAY) {
      if (shape.size() == DIMENSIONS) {
        throw ProtocolException.badRequest(field + " has more than " + DIMENSIONS + " dimensions");
      }
      shape.add(json.integer(field + "[" + shape.size() + "]", 1, MOST));
    }
    return shape;
  }

  private static long binaryBytes(Parser json, String field) {
    json.expectObject(field);
    long binary = -1;
    while (json.next() == JsonToken.FIELD_NAME) {
      String key = json.name();
      String at = field + "." + key;
      json.next();
      switch (key) {
        case "binary_data_size" -> binary = json.integer(at, 0, MOST);
        case "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size" ->
            throw ProtocolException.badRequest(
                at + ": this server has no shared memory; send the data in the request");
        default -> json.skip();
      }
    }
    return binary;
  }
}
