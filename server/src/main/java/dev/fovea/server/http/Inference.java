package dev.fovea.server.http;

import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.data.image.Image;
import dev.fovea.server.model.ModelDescription;
import dev.fovea.server.model.ServedInference;
import dev.fovea.server.model.ServedModel;
import dev.fovea.server.protocol.Documents;
import dev.fovea.server.protocol.InferCall;
import dev.fovea.server.protocol.InferLimits;
import dev.fovea.server.protocol.InferReader;
import dev.fovea.server.protocol.InferWriter;
import dev.fovea.server.protocol.ModelSignature;
import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Answers requests for predictions: those of the protocol, and the plain one. */
final class Inference {
  private static final String LENGTH = "Inference-Header-Content-Length";
  private static final int TOP = 5;

  // The last is what curl -d says of whatever it sends.
  private static final Set<String> TYPES =
      Set.of(
          "",
          "application/json",
          "application/octet-stream",
          "application/vnd.triton.binary+json",
          "application/x-www-form-urlencoded");

  private final Catalog catalog;
  private final InferLimits limits;
  private final Duration timeout;

  Inference(Catalog catalog, InferLimits limits, Duration timeout) {
    this.catalog = catalog;
    this.limits = limits;
    this.timeout = timeout;
  }

  /** Answers a request of the Open Inference Protocol. */
  CompletableFuture<Reply> infer(Call call) {
    ServedModel model = catalog.named(call);
    if (!TYPES.contains(call.mediaType())) {
      throw new ProtocolException(
          415,
          "the content type is "
              + Words.quoted(call.mediaType())
              + "; expected application/json, or application/octet-stream with "
              + LENGTH
              + "; POST /v1/classify takes images as they are");
    }
    InferCall wanted =
        InferReader.read(call.body(), jsonBytes(call), Catalog.signature(model), limits);
    Duration limit = wanted.timeout().filter(t -> t.compareTo(timeout) < 0).orElse(timeout);
    List<InferenceRequest> requests = new ArrayList<>();
    for (int i = 0; i < wanted.images().size(); i++) {
      String name = "image " + i + " of inputs[0]";
      requests.add(request(wanted.images().get(i)).named(name).within(limit));
    }
    ServedInference inference = model.infer(requests);
    ModelDescription answering = inference.model();
    // It may have been replaced since it was looked up.
    Catalog.requireVersion(call, model.name(), answering.version());
    return all(inference.answers())
        .thenApply(answers -> reply(Catalog.signature(model.name(), answering), wanted, answers));
  }

  private static InferenceRequest request(InferCall.Item item) {
    if (item instanceof InferCall.Item.Encoded encoded) {
      return InferenceRequest.ofImage(encoded.file());
    } else if (item instanceof InferCall.Item.Pixels pixels) {
      return InferenceRequest.ofPicture(new Image(pixels.width(), pixels.height(), pixels.rgb()));
    } else if (item instanceof InferCall.Item.Normalized normalized) {
      return InferenceRequest.ofPixels(normalized.values());
    }
    throw new IllegalStateException("an image of a kind that nobody knows");
  }

  private static Reply reply(
      ModelSignature model, InferCall wanted, List<InferenceResponse> answers) {
    List<InferWriter.Scores> rows = answers.stream().map(Inference::scores).toList();
    InferWriter.Body body = InferWriter.write(model, wanted, rows);
    return body.jsonBytes().isEmpty()
        ? Reply.json(body.bytes())
        : Reply.binary(body.bytes()).with(LENGTH, "" + body.jsonBytes().getAsInt());
  }

  private static InferWriter.Scores scores(InferenceResponse answer) {
    double[] exact = answer.probabilities();
    float[] probabilities = new float[exact.length];
    for (int k = 0; k < exact.length; k++) {
      probabilities[k] = (float) exact[k];
    }
    return new InferWriter.Scores(answer.logits(), probabilities);
  }

  private static OptionalInt jsonBytes(Call call) {
    Optional<String> given = call.header(LENGTH);
    if (given.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(given.get().strip()));
    } catch (NumberFormatException e) {
      throw ProtocolException.badRequest(
          LENGTH + " is " + Words.quoted(given.get()) + "; expected a number of bytes");
    }
  }

  /** Answers with the best classes of one image, by one or several models. */
  CompletableFuture<Reply> classify(Call call) {
    call.onlyKnows(Set.of("model", "top"));
    long begun = System.nanoTime();
    int top = call.one("top").map(Inference::top).orElse(TOP);
    List<ServedModel> models = catalog.wanted(call);
    InferenceRequest request =
        InferenceRequest.ofImage(ImageBody.of(call)).named("the image").within(timeout);
    List<CompletableFuture<Classified>> answers = new ArrayList<>();
    for (ServedModel model : models) {
      ServedInference inference = model.infer(List.of(request));
      String network = inference.model().network();
      CompletableFuture<InferenceResponse> asked = inference.answers().get(0);
      CompletableFuture<Classified> answer =
          asked.thenApply(
              response ->
                  new Classified(
                      model.name(), network, response, (System.nanoTime() - begun) / 1e6));
      CompletableFuture<?> unused = answer.whenComplete((c, failure) -> asked.cancel(false));
      answers.add(answer);
    }
    return all(answers).thenApply(classified -> Reply.json(written(classified, top)));
  }

  private record Classified(
      String model, String network, InferenceResponse answer, double milliseconds) {}

  private static int top(String text) {
    try {
      int top = Integer.parseInt(text);
      if (top >= 1) {
        return top;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw ProtocolException.badRequest(
        "the query parameter top is " + Words.quoted(text) + "; expected a number from 1");
  }

  private static byte[] written(List<Classified> classified, int top) {
    return Documents.object(
        json -> {
          json.writeArrayFieldStart("models");
          for (Classified one : classified) {
            json.writeStartObject();
            json.writeStringField("model", one.model());
            json.writeStringField("network", one.network());
            json.writeArrayFieldStart("predictions");
            for (var guess : one.answer().prediction().top(top)) {
              json.writeStartObject();
              json.writeStringField("class", guess.name());
              json.writeNumberField("index", guess.index());
              json.writeNumberField("probability", guess.probability());
              json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberField("milliseconds", Math.round(one.milliseconds() * 1e3) / 1e3);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** All results, or the first failure; then the others are not computed any more. */
  private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
    CompletableFuture<List<T>> result =
        CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
            .thenApply(done -> futures.stream().map(CompletableFuture::join).toList());
    for (CompletableFuture<T> future : futures) {
      CompletableFuture<?> unused =
          future.whenComplete(
              (value, failure) -> {
                if (failure != null && result.completeExceptionally(failure)) {
                  futures.forEach(other -> other.cancel(false));
                }
              });
    }
    return result;
  }
}
