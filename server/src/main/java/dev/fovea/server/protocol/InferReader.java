package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.server.protocol.InferCall.Wanted;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request for inference.
 *
 * <p>Nothing in it is believed: sizes are multiplied exactly and compared with the model and with
 * what was sent before memory is taken.
 */
public final class InferReader {
  private static final long MOST_MICROSECONDS = 86_400_000_000L;
  private static final int MOST_OUTPUTS = 16;

  private final byte[] body;
  private final ModelSignature model;
  private final InferLimits limits;
  private @Nullable String id;
  private @Nullable TensorHeader input;
  private @Nullable List<Request> requested;
  private @Nullable Duration timeout;
  private boolean binaryOutput;

  /** An output as asked for; {@code binary} is null where the request leaves it to the whole. */
  private record Request(String name, @Nullable Boolean binary, int classes) {}

  private InferReader(byte[] body, ModelSignature model, InferLimits limits) {
    this.body = body;
    this.model = model;
    this.limits = limits;
  }

  /**
   * Reads a request.
   *
   * @param body JSON, and after it the bytes of binary tensors
   * @param jsonBytes how much of it is JSON, as {@code Inference-Header-Content-Length} says; empty
   *     if all is
   * @throws ProtocolException with status 400 if it is not a request that the model can answer
   */
  public static InferCall read(
      byte[] body, OptionalInt jsonBytes, ModelSignature model, InferLimits limits) {
    int length = jsonBytes.orElse(body.length);
    if (length < 0 || length > body.length) {
      throw ProtocolException.badRequest(
          "Inference-Header-Content-Length is "
              + length
              + ", but the body has "
              + body.length
              + " bytes");
    }
    if (length == 0) {
      throw ProtocolException.badRequest("the body is empty; expected a JSON object");
    }
    return new InferReader(body, model, limits).call(length);
  }

  private InferCall call(int length) {
    try (Parser json = new Parser(body, 0, length)) {
      json.next();
      json.expectObject("the body");
      while (json.next() == JsonToken.FIELD_NAME) {
        String key = json.name();
        json.next();
        switch (key) {
          case "id" -> id = json.string(key);
          case "parameters" -> parameters(json);
          case "inputs" -> input = theInput(json);
          case "outputs" -> requested = outputs(json);
          default -> json.skip();
        }
      }
      json.end();
    }
    if (input == null) {
      throw ProtocolException.badRequest(
          "inputs is missing; expected one tensor named " + ModelSignature.INPUT);
    }
    return new InferCall(
        Optional.ofNullable(id),
        new Tensor(body, length, input, model, limits).items(),
        wanted(),
        Optional.ofNullable(timeout));
  }

  private void parameters(Parser json) {
    json.expectObject("parameters");
    while (json.next() == JsonToken.FIELD_NAME) {
      String key = json.name();
      String field = "parameters." + key;
      json.next();
      switch (key) {
        case "binary_data_output" -> binaryOutput = json.bool(field);
        case "timeout" -> timeout = timeout(json, field);
        case "sequence_id", "sequence_start", "sequence_end" ->
            throw ProtocolException.badRequest(
                field + ": the models of this server keep no state; leave it out");
        default -> json.skip();
      }
    }
  }

  // Triton's clients send 0 for no limit, and some send the number as text.
  private static @Nullable Duration timeout(Parser json, String field) {
    long microseconds = json.integer(field, 0, MOST_MICROSECONDS);
    return microseconds == 0 ? null : Duration.of(microseconds, ChronoUnit.MICROS);
  }

  private static TensorHeader theInput(Parser json) {
    json.expectArray("inputs");
    if (json.next() == JsonToken.END_ARRAY) {
      throw ProtocolException.badRequest(
          "inputs is empty; expected one tensor named " + ModelSignature.INPUT);
    }
    TensorHeader input = TensorHeader.read(json, "inputs[0]");
    if (json.next() != JsonToken.END_ARRAY) {
      throw ProtocolException.badRequest(
          "inputs has more than one tensor; expected only one, named " + ModelSignature.INPUT);
    }
    return input;
  }

  private List<Request> outputs(Parser json) {
    json.expectArray("outputs");
    List<Request> outputs = new ArrayList<>();
    while (json.next() != JsonToken.END_ARRAY) {
      String field = "outputs[" + outputs.size() + "]";
      if (outputs.size() == MOST_OUTPUTS) {
        throw ProtocolException.badRequest("outputs has more than " + MOST_OUTPUTS + " entries");
      }
      Request request = output(json, field);
      if (outputs.stream().anyMatch(o -> o.name.equals(request.name))) {
        throw ProtocolException.badRequest(field + ".name is " + request.name + " a second time");
      }
      outputs.add(request);
    }
    return outputs;
  }

  private static Request output(Parser json, String field) {
    json.expectObject(field);
    String name = null;
    Boolean binary = null;
    int classes = 0;
    while (json.next() == JsonToken.FIELD_NAME) {
      String key = json.name();
      json.next();
      if (key.equals("name")) {
        name = json.string(field + ".name");
      } else if (key.equals("parameters")) {
        json.expectObject(field + ".parameters");
        while (json.next() == JsonToken.FIELD_NAME) {
          String parameter = json.name();
          String at = field + ".parameters." + parameter;
          json.next();
          switch (parameter) {
            case "binary_data" -> binary = json.bool(at);
            case "classification" -> classes = (int) json.integer(at, 0, 1_000_000);
            case "shared_memory_region" ->
                throw ProtocolException.badRequest(
                    at + ": this server has no shared memory; take the data from the answer");
            default -> json.skip();
          }
        }
      } else {
        json.skip();
      }
    }
    if (name == null) {
      throw ProtocolException.badRequest(field + ".name is missing");
    }
    if (!name.equals(ModelSignature.PROBABILITIES) && !name.equals(ModelSignature.LOGITS)) {
      throw ProtocolException.badRequest(
          field
              + ".name is "
              + Words.quoted(name)
              + "; the outputs are "
              + ModelSignature.PROBABILITIES
              + " and "
              + ModelSignature.LOGITS);
    }
    return new Request(name, binary, classes);
  }

  private List<Wanted> wanted() {
    if (requested == null || requested.isEmpty()) {
      return List.of(new Wanted(ModelSignature.PROBABILITIES, binaryOutput, 0));
    }
    return requested.stream()
        .map(
            r ->
                new Wanted(
                    r.name,
                    r.binary == null ? binaryOutput : r.binary,
                    Math.min(r.classes, model.classes().size())))
        .toList();
  }
}
