package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.server.protocol.InferCall.Wanted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Writes the answer to a request for inference. */
public final class InferWriter {
  private static final JsonFactory JSON = new JsonFactory();

  private final ModelSignature model;
  private final InferCall call;
  private final List<Scores> rows;

  /** What the network says of one image: numbers in class order. */
  public record Scores(float[] logits, float[] probabilities) {}

  /**
   * The body of an answer.
   *
   * @param jsonBytes how much of it is JSON, for {@code Inference-Header-Content-Length}; empty if
   *     all is
   */
  public record Body(byte[] bytes, OptionalInt jsonBytes) {}

  private InferWriter(ModelSignature model, InferCall call, List<Scores> rows) {
    this.model = model;
    this.call = call;
    this.rows = rows;
  }

  /** The answer to a call, one row per image. */
  public static Body write(ModelSignature model, InferCall call, List<Scores> rows) {
    return new InferWriter(model, call, rows).body();
  }

  private Body body() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    List<byte[]> tails = new ArrayList<>();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("model_name", model.name());
      json.writeStringField("model_version", model.version());
      if (call.id().isPresent()) {
        json.writeStringField("id", call.id().get());
      }
      json.writeArrayFieldStart("outputs");
      for (Wanted wanted : call.outputs()) {
        output(json, wanted, tails);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (tails.isEmpty()) {
      return new Body(text.toByteArray(), OptionalInt.empty());
    }
    int jsonBytes = text.size();
    tails.forEach(text::writeBytes);
    return new Body(text.toByteArray(), OptionalInt.of(jsonBytes));
  }

  private void output(JsonGenerator json, Wanted wanted, List<byte[]> tails) throws IOException {
    boolean named = wanted.classes() > 0;
    int columns = named ? wanted.classes() : model.classes().size();
    json.writeStartObject();
    json.writeStringField("name", wanted.name());
    json.writeStringField("datatype", named ? "BYTES" : "FP32");
    json.writeFieldName("shape");
    json.writeArray(new int[] {rows.size(), columns}, 0, 2);
    if (wanted.binary()) {
      byte[] tail = named ? binary(labels(wanted)) : binary(wanted, columns);
      tails.add(tail);
      json.writeObjectFieldStart("parameters");
      json.writeNumberField("binary_data_size", tail.length);
      json.writeEndObject();
    } else {
      json.writeArrayFieldStart("data");
      if (named) {
        for (String label : labels(wanted)) {
          json.writeString(label);
        }
      } else {
        for (Scores row : rows) {
          for (float value : values(row, wanted)) {
            json.writeNumber(value);
          }
        }
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private static float[] values(Scores row, Wanted wanted) {
    return wanted.name().equals(ModelSignature.LOGITS) ? row.logits() : row.probabilities();
  }

  private byte[] binary(Wanted wanted, int columns) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(4 * columns, rows.size()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (Scores row : rows) {
      for (float value : values(row, wanted)) {
        bytes.putFloat(value);
      }
    }
    return bytes.array();
  }

  private static byte[] binary(List<String> labels) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : labels) {
      byte[] text = label.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(text.length).array());
      out.writeBytes(text);
    }
    return out.toByteArray();
  }

  private List<String> labels(Wanted wanted) {
    List<String> labels = new ArrayList<>();
    for (Scores row : rows) {
      float[] values = values(row, wanted);
      Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
      // The logits decide, since probabilities that round to the same float may differ.
      Arrays.sort(order, Comparator.comparingDouble(k -> -row.logits()[k]));
      for (int i = 0; i < wanted.classes(); i++) {
        int k = order[i];
        labels.add(String.format(Locale.ROOT, "%f:%d:%s", values[k], k, model.classes().get(k)));
      }
    }
    return labels;
  }
}
