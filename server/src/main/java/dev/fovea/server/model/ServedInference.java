package dev.fovea.server.model;

import dev.fovea.InferenceResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The images of one request, all of which one version of a model answers.
 *
 * @param model what answers
 * @param answers in the order of the images; each fails alone, as {@link
 *     dev.fovea.Classifier#infer(dev.fovea.InferenceRequest)} says
 */
public record ServedInference(
    ModelDescription model, List<CompletableFuture<InferenceResponse>> answers) {
  /** Copies the list. */
  public ServedInference {
    answers = List.copyOf(answers);
  }
}
