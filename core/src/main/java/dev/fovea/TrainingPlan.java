package dev.fovea;

import dev.fovea.api.Api;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run is going to do.
 *
 * <pre>{@code
 * class Announcement implements TrainingListener {
 *   public void started(TrainingPlan plan) {
 *     System.out.println(plan.steps() + " steps with " + plan.trainingImages() + " images");
 *   }
 * }
 * }</pre>
 *
 * @param folder where its files are
 * @param network the network's name
 * @param classes the names of the classes, in their order
 * @param trainingImages images that are trained on
 * @param validationImages images that are held out
 * @param steps of the whole run
 * @param done steps that are done already; 0 for a new run
 */
@Api(Api.Status.STABLE)
public record TrainingPlan(
    Path folder,
    String network,
    List<String> classes,
    int trainingImages,
    int validationImages,
    long steps,
    long done) {
  /** Copies the list. */
  public TrainingPlan {
    classes = List.copyOf(classes);
  }
}
