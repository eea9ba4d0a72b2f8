package dev.fovea.bench.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A request and the answer that it must get.
 *
 * @param name what is asked, for messages
 * @param request all bytes of the request
 * @param status the status of the right answer
 * @param numbers what the right answer says, by {@link #numbers}; empty if the status says all
 */
public record Question(String name, byte[] request, int status, byte[] numbers) {
  private static final JsonFactory JSON = new JsonFactory();

  /** A question whose right answer is the one that the server gives now. */
  static Question learned(String name, byte[] request, Answer first) throws IOException {
    return new Question(name, request, first.status(), numbers(first));
  }

  /** Whether this is the right answer. */
  boolean isAnsweredBy(Answer answer) {
    if (answer.status() != status) {
      return false;
    }
    try {
      return status != 200 || Arrays.equals(numbers, numbers(answer));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * What does not differ from one right answer to the next: the binary tensors, or the values of
   * the JSON arrays {@code predictions} and {@code data}. Times and identifiers are left out.
   */
  static byte[] numbers(Answer answer) throws IOException {
    if (answer.status() != 200) {
      return new byte[0];
    }
    if (answer.head() >= 0) {
      return Arrays.copyOfRange(answer.body(), answer.head(), answer.body().length);
    }
    StringBuilder values = new StringBuilder();
    try (JsonParser json = JSON.createParser(answer.body())) {
      int inside = 0;
      String field = "";
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.FIELD_NAME) {
          field = json.currentName();
        } else if (token == JsonToken.START_ARRAY) {
          inside += inside > 0 || field.equals("predictions") || field.equals("data") ? 1 : 0;
        } else if (token == JsonToken.END_ARRAY) {
          inside -= inside > 0 ? 1 : 0;
        } else if (token.isScalarValue() && inside > 0) {
          values.append(json.getText()).append('\n');
        }
      }
    }
    return values.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The bytes of a request of the plain interface: one encoded image. */
  public static byte[] classify(String model, byte[] image) {
    return post("/v1/classify?model=" + model, "Content-Type: image/jpeg\r\n", image);
  }

  /**
   * The bytes of a request of the Open Inference Protocol with one encoded image. It asks for
   * logits, which differ where probabilities are 0 and 1.
   */
  public static byte[] inferImage(String model, String input, byte[] image) {
    ByteBuffer element =
        ByteBuffer.allocate(4 + image.length).order(ByteOrder.LITTLE_ENDIAN).putInt(image.length);
    return binary(model, input, "[1]", "BYTES", element.put(image).array());
  }

  /** The bytes of a request of the Open Inference Protocol with one normalized image. */
  public static byte[] inferPixels(String model, String input, String shape, float[] values) {
    ByteBuffer tensor =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      tensor.putFloat(value);
    }
    return binary(model, input, shape, "FP32", tensor.array());
  }

  /** The same with numbers in JSON. */
  public static byte[] inferNumbers(String model, String input, String shape, float[] values) {
    String json =
        """
        {"inputs":[{"name":"%s","shape":%s,"datatype":"FP32","data":%s}],\
        "outputs":[{"name":"logits"}]}"""
            .formatted(input, shape, Arrays.toString(values));
    return post(
        "/v2/models/" + model + "/infer",
        "Content-Type: application/json\r\n",
        json.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] binary(
      String model, String input, String shape, String type, byte[] tensor) {
    byte[] json =
        """
        {"inputs":[{"name":"%s","shape":%s,"datatype":"%s","parameters":{"binary_data_size":%d}}],\
        "outputs":[{"name":"logits"}],"parameters":{"binary_data_output":true}}"""
            .formatted(input, shape, type, tensor.length)
            .getBytes(StandardCharsets.UTF_8);
    byte[] body = Arrays.copyOf(json, json.length + tensor.length);
    System.arraycopy(tensor, 0, body, json.length, tensor.length);
    return post(
        "/v2/models/" + model + "/infer",
        "Content-Type: application/octet-stream\r\nInference-Header-Content-Length: "
            + json.length
            + "\r\n",
        body);
  }

  /** The bytes of a request without a body. */
  public static byte[] get(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] post(String path, String headers, byte[] body) {
    byte[] head =
        ("POST "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\n"
                + headers
                + "Content-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    return all;
  }
}
