package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.eval.Evaluation;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What came out of a {@link Finetuning}.
 *
 * <pre>{@code
 * FinetuningResult result = Finetuning.from(Path.of("model.onnx")).run(images);
 * System.out.println(
 *     result.lastLayer().orElseThrow().top1() + " -> " + result.evaluation().orElseThrow().top1());
 * }</pre>
 *
 * @param folder where its files are
 * @param model the model file with the better network; missing if it was stopped before the last
 *     layer was fitted
 * @param finished whether everything is done; otherwise it was stopped, and the same run in the
 *     same folder goes on, or its second stage failed
 * @param lastLayer the first stage's network on the validation images
 * @param wholeNetwork the second stage's; empty if there was none
 * @param wholeIsKept whether the model file holds the second stage's network: the better one by
 *     training images that were held back
 * @param epochs of the second stage; their accuracies are those on the held-back images
 * @param failure why the second stage failed, if it did; the model is then the first stage's
 */
@Api(Api.Status.EXPERIMENTAL)
public record FinetuningResult(
    Path folder,
    Path model,
    boolean finished,
    Optional<Evaluation> lastLayer,
    Optional<Evaluation> wholeNetwork,
    boolean wholeIsKept,
    List<TrainingEpoch> epochs,
    Optional<Throwable> failure) {
  /** Copies the list. */
  public FinetuningResult {
    epochs = List.copyOf(epochs);
  }

  /** Returns the evaluation of the network in the model file; empty if there is none yet. */
  public Optional<Evaluation> evaluation() {
    return wholeIsKept ? wholeNetwork : lastLayer;
  }
}
