package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How well boxes made from heat maps fit those that people drew.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   LocalizationResult result =
 *       explainer.localize(
 *           List.of(Path.of("cat.jpg"), Path.of("dog.jpg")),
 *           BoxAnnotations.read(Path.of("boxes.csv")),
 *           explainer.method("grad-cam"),
 *           Localization.SHARE,
 *           new ExplanationListener() {});
 *   System.out.println(result.errorOfBoxes() + " " + result.error(1));
 * }
 * }</pre>
 *
 * @param images in the order in which they were given, at least one
 */
@Api(Api.Status.EXPERIMENTAL)
public record LocalizationResult(List<LocalizedImage> images) {
  /** Copies the list and checks that there are images. */
  public LocalizationResult {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images with boxes to localize in");
    }
  }

  /** The mean intersection over union. */
  public double meanIou() {
    return images.stream().mapToDouble(LocalizedImage::iou).average().orElse(0);
  }

  /** The share of images whose box is wrong, the class being given. */
  public double errorOfBoxes() {
    return error(images, images.stream().filter(LocalizedImage::isRight).count());
  }

  /**
   * Of the images with labels, the share whose box is wrong or whose class is not among so many
   * answers: with 5, what ImageNet's localization challenge scored. Empty without labels.
   */
  public OptionalDouble error(int answers) {
    List<LocalizedImage> labeled = images.stream().filter(i -> i.rank().isPresent()).toList();
    return labeled.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            error(labeled, labeled.stream().filter(i -> i.isRight(answers)).count()));
  }

  private static double error(List<LocalizedImage> of, long right) {
    return 1 - (double) right / of.size();
  }
}
