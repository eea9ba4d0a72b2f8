package dev.fovea;

import dev.fovea.api.Api;
import java.nio.file.Path;
import java.util.List;

/**
 * What came out of a run.
 *
 * <pre>{@code
 * TrainingResult result = Training.on(images).epochs(5).run();
 * try (Classifier classifier = Classifier.open(result.model())) {
 *   System.out.println(result.top1() + " " + classifier.classes());
 * }
 * }</pre>
 *
 * @param folder where its files are
 * @param model the model file with the best weights; missing if no epoch was finished
 * @param finished whether all steps are done; otherwise {@link Training#resume} goes on
 * @param top1 the best fraction of validation images whose class was found; NaN if no epoch was
 *     evaluated
 * @param epochs all epochs so far
 */
@Api(Api.Status.STABLE)
public record TrainingResult(
    Path folder, Path model, boolean finished, double top1, List<TrainingEpoch> epochs) {
  /** Copies the list. */
  public TrainingResult {
    epochs = List.copyOf(epochs);
  }
}
