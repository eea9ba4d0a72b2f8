package dev.fovea.app.explanation;

import dev.fovea.app.console.Json;
import dev.fovea.app.explanation.BoxFile.Labeled;
import dev.fovea.eval.Prediction.Guess;
import dev.fovea.explanation.Box;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.Localization;
import dev.fovea.tensor.Decimals;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The box that a map gives beside the boxes that somebody drew, in pixels of the upright picture.
 *
 * @param found the box from the map; empty if no value of the map is positive
 * @param given what was drawn around objects of the explained class, at least one
 * @param doubt what is strange about the given boxes, as a sentence; empty if nothing is
 * @param rank the place of the class among the answers, from 1; empty if the boxes have no label
 */
public record Located(Optional<Box> found, List<Box> given, String doubt, OptionalInt rank) {
  /** Overlap from which on the localization challenges counted a box as right. */
  static final double RIGHT = 0.5;

  /** Copies the list. */
  public Located {
    given = List.copyOf(given);
  }

  /** What the map of an image found, if somebody drew boxes around its class. */
  static Optional<Located> of(String image, Explanation e, TargetChoice targets) {
    List<Labeled> drawn =
        targets.boxes(image).stream()
            .filter(b -> b.label().isEmpty() || targets.index(b) == e.classIndex())
            .toList();
    if (drawn.isEmpty()) {
      return Optional.empty();
    }
    boolean labeled = drawn.stream().noneMatch(b -> b.label().isEmpty());
    return Optional.of(
        new Located(
            Localization.box(e, Localization.SHARE),
            drawn.stream().map(Labeled::box).toList(),
            drawn.stream().map(b -> doubt(b, e)).filter(d -> !d.isEmpty()).findFirst().orElse(""),
            labeled ? OptionalInt.of(rank(e)) : OptionalInt.empty()));
  }

  /** Boxes are often those of the same picture in another size. */
  private static String doubt(Labeled drawn, Explanation e) {
    Box b = drawn.box();
    int width = e.area().pictureWidth();
    int height = e.area().pictureHeight();
    boolean within =
        b.left() >= -1 && b.top() >= -1 && b.right() <= width + 1 && b.bottom() <= height + 1;
    return within
        ? ""
        : "The given box of line "
            + drawn.line()
            + " reaches beyond the picture, which has "
            + width
            + " x "
            + height
            + " pixels: perhaps it was drawn in another size of it.";
  }

  private static int rank(Explanation e) {
    List<Guess> guesses = e.prediction().guesses();
    for (int i = 0; i < guesses.size(); i++) {
      if (guesses.get(i).index() == e.classIndex()) {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("the explained class is not among the answers");
  }

  /** The largest intersection over union with a given box; 0 without a box. */
  double iou() {
    return found.map(f -> given.stream().mapToDouble(f::iou).max().orElse(0)).orElse(0.0);
  }

  /** Whether the box counts as right in the localization challenges. */
  boolean isRight() {
    return iou() >= RIGHT;
  }

  /** Whether the image counts as right when so many answers are allowed. */
  boolean isRight(int answers) {
    return isRight() && rank.isPresent() && rank.getAsInt() <= answers;
  }

  String text() {
    return found.isEmpty() ? "no box" : Decimals.format("IoU %.3f", iou());
  }

  void put(Json json) {
    found.ifPresent(f -> json.put("box", edges(f)));
    json.put("boxes", given.stream().map(Located::edges).toList()).put("iou", iou());
  }

  private static List<Double> edges(Box b) {
    return List.of(b.left(), b.top(), b.right(), b.bottom());
  }
}
