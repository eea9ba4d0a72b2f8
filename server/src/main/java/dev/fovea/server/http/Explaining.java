package dev.fovea.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.eval.Prediction;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.HeatMap;
import dev.fovea.explanation.Overlay;
import dev.fovea.graph.GraphException;
import dev.fovea.server.model.Causes;
import dev.fovea.server.model.ExplanationRequest;
import dev.fovea.server.model.ServedExplanation;
import dev.fovea.server.model.ServedModel;
import dev.fovea.server.protocol.Documents;
import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.tensor.Decimals;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Answers why a model answers what it answers: a heat map, and pictures of it. */
final class Explaining {
  private static final String METHOD = "grad-cam";

  private final Catalog catalog;
  private final Duration timeout;

  Explaining(Catalog catalog, Duration timeout) {
    this.catalog = catalog;
    this.timeout = timeout;
  }

  /** Explains by the model that the query names. */
  CompletableFuture<Reply> queried(Call call) {
    call.onlyKnows(Set.of("model", "method", "class", "versus"));
    List<ServedModel> models = catalog.wanted(call);
    if (models.size() != 1) {
      throw ProtocolException.badRequest(
          "the query names "
              + Decimals.count(models.size(), "model")
              + "; ask each in a request of its own");
    }
    return explain(models.get(0), call);
  }

  /** Explains by the model in the path. */
  CompletableFuture<Reply> named(Call call) {
    call.onlyKnows(Set.of("method", "class", "versus"));
    return explain(catalog.named(call), call);
  }

  private CompletableFuture<Reply> explain(ServedModel model, Call call) {
    long begun = System.nanoTime();
    ExplanationRequest request =
        new ExplanationRequest(
            ImageBody.of(call),
            call.one("method").orElse(METHOD),
            call.one("class"),
            call.one("versus"),
            Optional.of(timeout));
    return model
        .explain(request)
        .handle(
            (explained, failure) -> {
              if (failure == null) {
                return Reply.json(written(model.name(), explained, begun));
              }
              Throwable cause = Causes.of(failure);
              // No such method or class, or a network that the method cannot explain.
              boolean theirs =
                  cause instanceof IllegalArgumentException || cause instanceof GraphException;
              throw theirs
                  ? ProtocolException.badRequest(String.valueOf(cause.getMessage()))
                  : new CompletionException(cause);
            });
  }

  private static byte[] written(String model, ServedExplanation served, long begun) {
    Explanation why = served.explanation();
    HeatMap drawn = Overlay.map(why);
    return Documents.object(
        json -> {
          json.writeStringField("model", model);
          json.writeStringField("network", served.model().network());
          json.writeStringField("method", why.method().label());
          guess(json, guess(why, why.classIndex()));
          if (why.target() instanceof ExplanationTarget.Difference difference) {
            json.writeObjectFieldStart("versus");
            guess(json, guess(why, difference.versus()));
            json.writeEndObject();
          }
          json.writeNumberField("score", why.score());
          map(json, drawn);
          if (!why.layer().isEmpty()) {
            json.writeStringField("layer", why.layer());
          }
          if (!why.remark().isEmpty()) {
            json.writeStringField("remark", why.remark());
          }
          if (why.completenessError().isPresent()) {
            json.writeNumberField("completeness_error", why.completenessError().getAsDouble());
          }
          json.writeFieldName("seen");
          json.writeBinary(PngEncoder.encode(why.seen()));
          json.writeFieldName("overlay");
          json.writeBinary(
              PngEncoder.encode(Overlay.of(why.seen(), drawn, Overlay.full(drawn), 1)));
          json.writeNumberField(
              "milliseconds", Math.round((System.nanoTime() - begun) / 1e3) / 1e3);
        });
  }

  private static Prediction.Guess guess(Explanation why, int index) {
    return why.prediction().guesses().stream()
        .filter(g -> g.index() == index)
        .findFirst()
        .orElseThrow();
  }

  private static void guess(JsonGenerator json, Prediction.Guess guess) throws IOException {
    json.writeStringField("class", guess.name());
    json.writeNumberField("index", guess.index());
    json.writeNumberField("probability", guess.probability());
  }

  private static void map(JsonGenerator json, HeatMap map) throws IOException {
    json.writeObjectFieldStart("map");
    json.writeNumberField("height", map.height());
    json.writeNumberField("width", map.width());
    json.writeNumberField("min", map.min());
    json.writeNumberField("max", map.max());
    json.writeArrayFieldStart("values");
    for (float value : map.values()) {
      json.writeNumber(value);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
