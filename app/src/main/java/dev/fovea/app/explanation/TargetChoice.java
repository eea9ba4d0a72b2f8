package dev.fovea.app.explanation;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.explanation.BoxFile.Labeled;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.eval.Prediction;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.ExplanationTarget.Best;
import dev.fovea.explanation.ExplanationTarget.Difference;
import dev.fovea.explanation.ExplanationTarget.OfClass;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

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
    Optional<BoxFile> boxes,
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
      Optional<BoxFile> boxes) {
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
    for (Labeled box : boxes(image)) {
      if (!box.label().isEmpty()) {
        return OptionalInt.of(index(box));
      }
    }
    return OptionalInt.empty();
  }

  /**
   * Checks the boxes of all images, so that mistakes are told before anything is computed.
   *
   * @throws UsageException if a label is no class of the model
   * @throws CommandException if no image has a box
   */
  public void check(UnlabeledImages images) {
    if (boxes.isEmpty()) {
      return;
    }
    boolean any = false;
    for (int i = 0; i < images.size(); i++) {
      for (Labeled box : boxes(images.name(i))) {
        any = true;
        if (!box.label().isEmpty()) {
          index(box);
        }
      }
    }
    if (!any && images.size() > 0) {
      BoxFile file = boxes.get();
      throw new CommandException(
          file.file()
              + ": holds no box of the images; it names images such as "
              + file.example()
              + ", and the first one here is "
              + images.name(0)
              + "; paths must end alike");
    }
  }

  /** The class of a box's label. */
  int index(Labeled box) {
    String where = boxes.orElseThrow().file() + ": line " + box.line() + ": the label";
    return classes.index(where, box.label());
  }

  /** The boxes of an image. */
  List<Labeled> boxes(String image) {
    return boxes.map(b -> b.of(image)).orElse(List.of());
  }
}
