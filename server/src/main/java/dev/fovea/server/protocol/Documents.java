package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** What a server says of itself and its models, as JSON in UTF-8. */
public final class Documents {
  /** The extensions beyond the protocol, by the names of Triton's documents where it has them. */
  private static final List<String> EXTENSIONS =
      List.of(
          "binary_tensor_data",
          "classification",
          "statistics",
          "model_repository",
          "schedule_policy",
          "fovea_bytes_images",
          "fovea_classify",
          "fovea_explain");

  private static final JsonFactory JSON = new JsonFactory();
  private static final int ANY = -1;

  private Documents() {}

  /** Writes the fields of an object. */
  public interface Fields {
    /** Called once, between the braces. */
    void write(JsonGenerator json) throws IOException;
  }

  /** Writes the body of an object. */
  public static byte[] object(Fields fields) {
    return written(
        json -> {
          json.writeStartObject();
          fields.write(json);
          json.writeEndObject();
        });
  }

  /** The body of an answer that is an error. */
  public static byte[] error(String line) {
    return object(json -> json.writeStringField("error", line));
  }

  /** The metadata of the server. */
  public static byte[] server(String version, InferLimits limits, long bodyBytes) {
    return object(
        json -> {
          json.writeStringField("name", "fovea");
          json.writeStringField("version", version);
          json.writeArrayFieldStart("extensions");
          for (String extension : EXTENSIONS) {
            json.writeString(extension);
          }
          json.writeEndArray();
          json.writeObjectFieldStart("limits");
          json.writeNumberField("body_bytes", bodyBytes);
          json.writeNumberField("images", limits.images());
          json.writeNumberField("pixels", limits.pixels());
          json.writeEndObject();
        });
  }

  /** Whether the server lives, or is ready. */
  public static byte[] state(String field, boolean holds) {
    return object(json -> json.writeBooleanField(field, holds));
  }

  /** Whether a model is ready. */
  public static byte[] modelReady(ModelSignature model, boolean ready) {
    return object(
        json -> {
          json.writeStringField("name", model.name());
          json.writeBooleanField("ready", ready);
        });
  }

  /** The metadata of a model. */
  public static byte[] model(ModelSignature model) {
    return object(
        json -> {
          json.writeStringField("name", model.name());
          json.writeArrayFieldStart("versions");
          json.writeString(model.version());
          json.writeEndArray();
          json.writeStringField("platform", "fovea");
          json.writeArrayFieldStart("inputs");
          int[] image = {ANY, model.channels(), model.height(), model.width()};
          tensor(json, ModelSignature.INPUT, image);
          json.writeEndArray();
          json.writeArrayFieldStart("outputs");
          int[] row = {ANY, model.classes().size()};
          tensor(json, ModelSignature.PROBABILITIES, row);
          tensor(json, ModelSignature.LOGITS, row);
          json.writeEndArray();
        });
  }

  private static void tensor(JsonGenerator json, String name, int[] shape) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", name);
    json.writeStringField("datatype", "FP32");
    json.writeFieldName("shape");
    json.writeArray(shape, 0, shape.length);
    json.writeEndObject();
  }

  /**
   * A model in the lists of the server.
   *
   * @param ready whether it answers
   * @param reason why it does not
   */
  public record Listed(ModelSignature model, boolean ready, Optional<String> reason) {}

  /** The models of the server, for people and the page. */
  public static byte[] models(List<Listed> models) {
    return object(
        json -> {
          json.writeArrayFieldStart("models");
          for (Listed listed : models) {
            ModelSignature model = listed.model();
            json.writeStartObject();
            json.writeStringField("name", model.name());
            json.writeStringField("version", model.version());
            json.writeBooleanField("ready", listed.ready());
            json.writeStringField("network", model.network());
            json.writeNumberField("classes", model.classes().size());
            json.writeFieldName("input");
            json.writeArray(new int[] {model.channels(), model.height(), model.width()}, 0, 3);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** The index of the repository, as Triton's clients read it. */
  public static byte[] index(List<Listed> models) {
    return written(
        json -> {
          json.writeStartArray();
          for (Listed listed : models) {
            json.writeStartObject();
            json.writeStringField("name", listed.model().name());
            json.writeStringField("version", listed.model().version());
            json.writeStringField("state", listed.ready() ? "READY" : "UNAVAILABLE");
            json.writeStringField("reason", listed.reason().orElse(""));
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** A count, and the nanoseconds that went by in all. */
  public record Total(long count, long nanoseconds) {}

  /** Runs of the network with so many images, and the nanoseconds of all of them. */
  public record Batches(int images, long count, long nanoseconds) {}

  /**
   * What a model has done since it was opened, counted in images.
   *
   * @param lastInference milliseconds since 1970 at the last answer; 0 if there was none
   * @param executions runs of the network
   */
  public record Statistics(
      long lastInference,
      long executions,
      Total success,
      Total failure,
      Total queue,
      Total decoding,
      Total computing,
      List<Batches> batches) {
    /** Copies the list. */
    public Statistics {
      batches = List.copyOf(batches);
    }
  }

  /** A model with its statistics. */
  public record Counted(ModelSignature model, Statistics statistics) {}

  /** Statistics in Triton's form. */
  public static byte[] statistics(List<Counted> models) {
    return object(
        json -> {
          json.writeArrayFieldStart("model_stats");
          for (Counted counted : models) {
            json.writeStartObject();
            statistics(json, counted);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void statistics(JsonGenerator json, Counted counted) throws IOException {
    Statistics s = counted.statistics();
    json.writeStringField("name", counted.model().name());
    json.writeStringField("version", counted.model().version());
    json.writeNumberField("last_inference", s.lastInference());
    json.writeNumberField("inference_count", s.success().count());
    json.writeNumberField("execution_count", s.executions());
    json.writeObjectFieldStart("inference_stats");
    total(json, "success", s.success());
    total(json, "fail", s.failure());
    total(json, "queue", s.queue());
    total(json, "compute_input", s.decoding());
    total(json, "compute_infer", s.computing());
    // Writing the answer takes no time that anybody could measure.
    total(json, "compute_output", new Total(s.computing().count(), 0));
    json.writeEndObject();
    json.writeArrayFieldStart("batch_stats");
    for (Batches batches : s.batches()) {
      json.writeStartObject();
      json.writeNumberField("batch_size", batches.images());
      total(json, "compute_input", new Total(batches.count(), 0));
      total(json, "compute_infer", new Total(batches.count(), batches.nanoseconds()));
      total(json, "compute_output", new Total(batches.count(), 0));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void total(JsonGenerator json, String name, Total total) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("count", total.count());
    json.writeNumberField("ns", total.nanoseconds());
    json.writeEndObject();
  }

  private static byte[] written(Fields value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      value.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
