package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.server.protocol.InferCall.Item;
import dev.fovea.tensor.Decimals;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The input tensor of a request: its header checked against the model, then its data. */
final class Tensor {
  private static final int RGB = 3;

  private final byte[] body;
  private final int jsonBytes;
  private final TensorHeader header;
  private final ModelSignature model;
  private final InferLimits limits;

  Tensor(
      byte[] body, int jsonBytes, TensorHeader header, ModelSignature model, InferLimits limits) {
    this.body = body;
    this.jsonBytes = jsonBytes;
    this.header = header;
    this.model = model;
    this.limits = limits;
  }

  /** The images in it. */
  List<Item> items() {
    if (!header.name().equals(ModelSignature.INPUT)) {
      throw bad(
          "name is "
              + Words.quoted(header.name())
              + "; the model's input is named "
              + ModelSignature.INPUT);
    }
    boolean binary = header.binaryBytes() >= 0;
    if (binary && header.data() >= 0) {
      throw bad("has both data and parameters.binary_data_size; send one of them");
    }
    if (!binary && header.data() < 0) {
      throw bad("has neither data nor parameters.binary_data_size");
    }
    long rest = body.length - (long) jsonBytes;
    if (rest != Math.max(0, header.binaryBytes())) {
      throw ProtocolException.badRequest(
          binary
              ? header.field()
                  + ".parameters.binary_data_size is "
                  + header.binaryBytes()
                  + ", but "
                  + rest
                  + " bytes follow the JSON"
              : rest + " bytes follow the JSON, and no input has parameters.binary_data_size");
    }
    return switch (header.datatype()) {
      case "FP32" -> normalized(binary);
      case "UINT8" -> pixels(binary);
      case "BYTES" -> encoded(binary);
      default ->
          throw bad(
              "datatype is "
                  + Words.quoted(header.datatype())
                  + "; expected FP32 (normalized, [N,"
                  + imageShape()
                  + "]), BYTES (encoded images, [N]) or UINT8 (pixels, [N,H,W,3])");
    };
  }

  private String imageShape() {
    return model.channels() + "," + model.height() + "," + model.width();
  }

  private List<Item> normalized(boolean binary) {
    List<Long> shape = header.shape();
    boolean fits =
        shape.size() == 4
            && shape.get(1) == model.channels()
            && shape.get(2) == model.height()
            && shape.get(3) == model.width();
    if (!fits) {
      throw bad("shape is " + shape + "; the model takes FP32 [N," + imageShape() + "]");
    }
    int images = images(shape.get(0));
    int each = model.elements();
    float[][] values = new float[images][];
    if (binary) {
      exactly(4L * each * images);
      ByteBuffer bytes = binary().order(ByteOrder.LITTLE_ENDIAN);
      for (int n = 0; n < images; n++) {
        values[n] = finite(bytes, each, n * (long) each);
      }
    } else {
      try (Parser json = data()) {
        Elements elements = new Elements(json, header.field() + ".data", shape);
        elements.read(
            (index, at) -> {
              int n = index / each;
              if (values[n] == null) {
                values[n] = new float[each];
              }
              values[n][index % each] = json.number(at, index);
            });
      }
    }
    List<Item> items = new ArrayList<>();
    for (float[] image : values) {
      items.add(new Item.Normalized(image));
    }
    return items;
  }

  private float[] finite(ByteBuffer bytes, int count, long first) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes.getFloat();
      if (!Float.isFinite(values[i])) {
        throw bad("data[" + (first + i) + "] is " + values[i] + "; it must be finite");
      }
    }
    return values;
  }

  private List<Item> pixels(boolean binary) {
    List<Long> shape = header.shape();
    if (shape.size() != 4 || shape.get(3) != RGB) {
      throw bad("shape is " + shape + "; UINT8 pixels are [N,H,W,3]: red, green, blue");
    }
    int images = images(shape.get(0));
    long area = area(shape.get(1), shape.get(2));
    if (area > limits.pixels()) {
      throw bad("shape is " + shape + ": more than " + limits.pixels() + " pixels per image");
    }
    long all = Math.multiplyExact(area * RGB, (long) images);
    // One byte or, in JSON, a digit and a comma for each.
    if (all > body.length) {
      throw bad("shape is " + shape + ", which needs " + all + " numbers; the body has fewer");
    }
    int each = (int) (area * RGB);
    byte[][] rgb = new byte[images][each];
    if (binary) {
      exactly(all);
      ByteBuffer bytes = binary();
      for (byte[] image : rgb) {
        bytes.get(image);
      }
    } else {
      try (Parser json = data()) {
        Elements elements = new Elements(json, header.field() + ".data", shape);
        elements.read(
            (index, at) ->
                rgb[index / each][index % each] =
                    (byte) json.integer(at + "[" + index + "]", 0, 255));
      }
    }
    List<Item> items = new ArrayList<>();
    for (byte[] image : rgb) {
      items.add(new Item.Pixels(shape.get(1).intValue(), shape.get(2).intValue(), image));
    }
    return items;
  }

  private long area(long height, long width) {
    try {
      return Math.multiplyExact(height, width);
    } catch (ArithmeticException e) {
      throw bad("shape is " + header.shape() + ": more than " + limits.pixels() + " pixels");
    }
  }

  private List<Item> encoded(boolean binary) {
    List<Long> shape = header.shape();
    boolean column = shape.size() == 2 && shape.get(1) == 1;
    if (shape.size() != 1 && !column) {
      throw bad("shape is " + shape + "; encoded images as BYTES are [N] or [N,1]");
    }
    int images = images(shape.get(0));
    List<Item> items = new ArrayList<>();
    if (binary) {
      ByteBuffer bytes = binary().order(ByteOrder.LITTLE_ENDIAN);
      for (int n = 0; n < images; n++) {
        items.add(new Item.Encoded(element(bytes, n, images)));
      }
      if (bytes.hasRemaining()) {
        throw bad("data has " + bytes.remaining() + " bytes after its " + images + " elements");
      }
    } else {
      try (Parser json = data()) {
        Elements elements = new Elements(json, header.field() + ".data", shape);
        elements.read(
            (index, at) -> items.add(new Item.Encoded(base64(json, at + "[" + index + "]"))));
      }
    }
    return items;
  }

  private byte[] element(ByteBuffer bytes, int index, int images) {
    String at = "data[" + index + "]";
    if (bytes.remaining() < 4) {
      throw bad("data ends before element " + index + " of " + images);
    }
    long length = Integer.toUnsignedLong(bytes.getInt());
    if (length > bytes.remaining()) {
      throw bad(at + " says " + length + " bytes, but " + bytes.remaining() + " are left");
    }
    byte[] element = new byte[(int) length];
    bytes.get(element);
    return element;
  }

  // Base64, plain or as {"b64": "..."}, which TensorFlow Serving made common.
  private static byte[] base64(Parser json, String field) {
    if (json.token() != JsonToken.START_OBJECT) {
      return decoded(json.string(field), field);
    }
    byte[] file = null;
    while (json.next() == JsonToken.FIELD_NAME) {
      String key = json.name();
      json.next();
      if (!key.equals("b64")) {
        throw ProtocolException.badRequest(field + "." + Words.quoted(key) + ": expected only b64");
      }
      file = decoded(json.string(field + ".b64"), field + ".b64");
    }
    if (file == null) {
      throw ProtocolException.badRequest(field + ".b64 is missing");
    }
    return file;
  }

  private static byte[] decoded(String text, String field) {
    // What a browser's FileReader gives begins with data:image/png;base64,
    int start = text.startsWith("data:") ? text.indexOf(',') + 1 : 0;
    boolean urlSafe = text.indexOf('-', start) >= 0 || text.indexOf('_', start) >= 0;
    // The program base64 breaks lines.
    boolean broken = text.indexOf('\n', start) >= 0;
    String letters = broken ? text.substring(start).replaceAll("\\s", "") : text.substring(start);
    try {
      byte[] latin = letters.getBytes(StandardCharsets.ISO_8859_1);
      return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(latin);
    } catch (IllegalArgumentException e) {
      throw ProtocolException.badRequest(
          field + " is not base64; send images as base64 text, or with the binary extension");
    }
  }

  private int images(long count) {
    if (count > body.length) {
      throw bad("shape is " + header.shape() + "; the whole body has " + body.length + " bytes");
    }
    if (count > limits.images()) {
      throw new ProtocolException(
          413,
          header.field()
              + ".shape is "
              + header.shape()
              + ": a request may hold "
              + Decimals.count(limits.images(), "image")
              + "; send several requests, which are computed together");
    }
    return (int) count;
  }

  private void exactly(long bytes) {
    if (header.binaryBytes() != bytes) {
      throw bad(
          "shape is "
              + header.shape()
              + ", which needs "
              + bytes
              + " bytes; parameters.binary_data_size is "
              + header.binaryBytes());
    }
  }

  private ByteBuffer binary() {
    return ByteBuffer.wrap(body, jsonBytes, body.length - jsonBytes);
  }

  private Parser data() {
    return new Parser(body, header.data(), jsonBytes - header.data());
  }

  private ProtocolException bad(String problem) {
    boolean part = !problem.startsWith("has ");
    return ProtocolException.badRequest(header.field() + (part ? "." : " ") + problem);
  }
}
