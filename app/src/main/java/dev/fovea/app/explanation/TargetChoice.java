package dev.fovea.app.explanation;

import dev.fovea.app.console.UsageException;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.eval.Prediction;
import dev.fovea.explanation.BoxAnnotations;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.ExplanationTarget.Best;
import dev.fovea.explanation.ExplanationTarget.Difference;
import dev.fovea.explanation.ExplanationTarget.OfClass;
import dev.fovea.explanation.LabeledBox;
import dev.fovea.explanation.Localization;
import dev.fovea.explanation.LocalizedImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Which class is explained in which image.
 *
 * @param classes of the model
 * @param target for all images whose boxes have no label
 * @param rival the class that the most probable other one is compared with, if no class was asked
 *     for
 * @param boxes given by the user
 * @param byLabel whether a label decides
 */
public record TargetChoice(
    ClassChoice classes,
    ExplanationTarget target,
    OptionalInt rival,
    Optional<BoxAnnotations> boxes,
    boolean byLabel) {

  /**
   * Understands what the user asked for.
   *
   * @throws UsageException if a name is no class of the model
   */
  public static TargetChoice of(
      ClassChoice classes,
      Optional<String> wanted,
      Optional<String> versus,
      Optional<BoxAnnotations> boxes) {
    OptionalInt other =
        versus.isEmpty()
            ? OptionalInt.empty()
            : OptionalInt.of(classes.index("--versus", versus.get()));
    if (wanted.isEmpty()) {
      return new TargetChoice(classes, new Best(), other, boxes, other.isEmpty());
    }
    int index = classes.index("--class", wanted.get());
    if (other.isPresent() && other.getAsInt() == index) {
      throw new UsageException("--class and --versus are the same class; name two");
    }
    ExplanationTarget target =
        other.isPresent() ? new Difference(index, other.getAsInt()) : new OfClass(index);
    return new TargetChoice(classes, target, OptionalInt.empty(), boxes, false);
  }

  /** Whether the target of an image depends on its prediction in a way that methods do not know. */
  boolean needsPrediction() {
    return rival.isPresent();
  }

  /** The target when the prediction is known. */
  ExplanationTarget against(Prediction prediction) {
    int index =
        prediction.guesses().stream()
            .mapToInt(Prediction.Guess::index)
            .filter(i -> i != rival.getAsInt())
            .findFirst()
            .orElseThrow(() -> new UsageException("--versus: the model has only this class"));
    return new Difference(index, rival.getAsInt());
  }

  /** The target of an image. */
  ExplanationTarget of(String image) {
    OptionalInt label = label(image);
    return byLabel && label.isPresent() ? new OfClass(label.getAsInt()) : target;
  }

  /** The class of the image's boxes; empty without boxes, or if they have no label. */
  OptionalInt label(String image) {
    return boxes(image).stream()
        .filter(b -> b.label().isPresent())
        .findFirst()
        .map(b -> OptionalInt.of(index(b)))
        .orElse(OptionalInt.empty());
  }

  /**
   * Checks the boxes of all images, so that mistakes are told before anything is computed.
   *
   * @throws UsageException if a label is no class of the model
   * @throws dev.fovea.data.image.DataException if no image has a box
   */
  public void check(UnlabeledImages images) {
    List<String> names = IntStream.range(0, images.size()).mapToObj(images::name).toList();
    boxes.ifPresent(b -> b.requireAny(names));
    names.forEach(
        name -> boxes(name).stream().filter(b -> b.label().isPresent()).forEach(this::index));
  }

  private int index(LabeledBox box) {
    return classes.index(box.source() + ": the label", box.label().orElseThrow());
  }

  private List<LabeledBox> boxes(String image) {
    return boxes.map(b -> b.of(image)).orElse(List.of());
  }

  /** What the map of an image found, if somebody drew boxes around the explained class. */
  Optional<LocalizedImage> localized(String image, Explanation explanation) {
    List<LabeledBox> drawn =
        boxes(image).stream()
            .filter(b -> b.label().isEmpty() || index(b) == explanation.classIndex())
            .toList();
    return drawn.isEmpty()
        ? Optional.empty()
        : Optional.of(LocalizedImage.of(explanation, drawn, Localization.SHARE));
  }
}
