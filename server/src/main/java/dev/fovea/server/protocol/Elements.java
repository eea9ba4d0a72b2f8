package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonToken;
import java.util.List;

/** Walks the data of a JSON tensor, which is one flat array, or nested as its shape says. */
final class Elements {
  private final Parser json;
  private final String field;
  private final List<Long> shape;
  private final long total;
  private int count;

  /** What becomes of an element, whose first token has been read. */
  interface Each {
    void element(int index, String field);
  }

  /** Of a shape whose product has been found to be small. */
  Elements(Parser json, String field, List<Long> shape) {
    this.json = json;
    this.field = field;
    this.shape = shape;
    this.total = shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Reads all elements in row-major order; refuses more, fewer, or another nesting. */
  void read(Each each) {
    json.next();
    json.expectArray(field);
    JsonToken first = json.next();
    if (first == JsonToken.START_ARRAY && shape.size() > 1) {
      rows(1, each, field);
    } else {
      flat(first, each);
    }
    if (count != total) {
      throw wrongCount();
    }
  }

  private void flat(JsonToken first, Each each) {
    for (JsonToken t = first; t != JsonToken.END_ARRAY; t = json.next()) {
      if (count == total) {
        throw wrongCount();
      }
      each.element(count, field);
      count++;
    }
  }

  // The arrays at a depth, the first of which has been opened, to the end of the one around them.
  private void rows(int depth, Each each, String at) {
    long row = 0;
    for (JsonToken t = json.token(); t != JsonToken.END_ARRAY; t = json.next()) {
      String here = at + "[" + row + "]";
      if (t != JsonToken.START_ARRAY) {
        throw json.wrong(here, "an array, as the ones before it");
      }
      if (++row > shape.get(depth - 1)) {
        throw wrongRows(at, depth);
      }
      JsonToken first = json.next();
      if (depth + 1 < shape.size()) {
        if (first != JsonToken.START_ARRAY && first != JsonToken.END_ARRAY) {
          throw json.wrong(here + "[0]", "an array, since the shape is " + shape);
        }
        rows(depth + 1, each, here);
      } else {
        int before = count;
        for (JsonToken u = first; u != JsonToken.END_ARRAY; u = json.next()) {
          if (count - before >= shape.get(depth)) {
            throw wrongRows(here, depth + 1);
          }
          if (u == JsonToken.START_ARRAY) {
            throw json.wrong(here, "the innermost array, since the shape is " + shape);
          }
          each.element(count, field);
          count++;
        }
        if (count - before != shape.get(depth)) {
          throw wrongRows(here, depth + 1);
        }
      }
    }
    if (row != shape.get(depth - 1)) {
      throw wrongRows(at, depth);
    }
  }

  private ProtocolException wrongRows(String at, int depth) {
    return ProtocolException.badRequest(
        at
            + " does not have "
            + shape.get(depth - 1)
            + " elements, as the shape "
            + shape
            + " says");
  }

  private ProtocolException wrongCount() {
    return ProtocolException.badRequest(
        field
            + " has "
            + (count == total ? "more than " : "only ")
            + count
            + " elements; the shape "
            + shape
            + " needs "
            + total);
  }
}
