package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.eval.Prediction;
import java.util.List;
import java.util.Optional;

/**
 * How well boxes made from heat maps fit those that people drew.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   List<BoxedImage> images = BoxedImage.ofCsv(Path.of("boxes.csv"));
 *   LocalizationResult result =
 *       explainer.localize(
 *           images,
 *           explainer.method("grad-cam"),
 *           Localization.SHARE,
 *           new ExplanationListener() {});
 *   System.out.println(result.accuracy() + " " + result.knownAccuracy());
 * }
 * }</pre>
 *
 * @param images in the order in which they were given, at least one
 */
@Api(Api.Status.EXPERIMENTAL)
public record LocalizationResult(List<Found> images) {
  /** The overlap from which a box counts as right, as in ImageNet's challenge. */
  public static final double RIGHT = 0.5;

  /** Copies the list and checks that there are images. */
  public LocalizationResult {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images with boxes to localize in");
    }
  }

  /**
   * What was found in one image.
   *
   * @param image with the given boxes
   * @param prediction of the model
   * @param box made from the map of the image's class, or of the best class if it has none, in
   *     pixels of the picture; empty if no value was positive
   * @param iou the largest intersection over union with a given box; 0 without a box
   * @param classified whether the best class is the image's, or the image has none
   */
  public record Found(
      BoxedImage image, Prediction prediction, Optional<Box> box, double iou, boolean classified) {}

  /** The share of images whose class and box are both right: top-1 localization accuracy. */
  public double accuracy() {
    return share(images.stream().filter(f -> f.classified() && f.iou() >= RIGHT).count());
  }

  /** The share of images whose box is right, the class being given. */
  public double knownAccuracy() {
    return share(images.stream().filter(f -> f.iou() >= RIGHT).count());
  }

  /** The mean intersection over union. */
  public double meanIou() {
    return images.stream().mapToDouble(Found::iou).average().orElse(0);
  }

  private double share(long count) {
    return (double) count / images.size();
  }
}
