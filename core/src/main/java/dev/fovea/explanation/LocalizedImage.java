package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.eval.Prediction.Guess;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The box that the map of an image gives, beside those that people drew around the explained class.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   Path cat = Path.of("cat.jpg");
 *   Explanation why =
 *       explainer.explain(cat, explainer.method("grad-cam"), explainer.target("tabby"));
 *   BoxAnnotations boxes = BoxAnnotations.read(Path.of("boxes.csv"));
 *   LocalizedImage found =
 *       LocalizedImage.of(why, boxes.of(cat.toString()), Localization.SHARE);
 *   System.out.println(found.iou() + " " + found.isRight(1));
 * }
 * }</pre>
 *
 * @param name of the image
 * @param box made from the map, in pixels of the upright picture; empty if no value is positive
 * @param drawn around objects of the explained class, at least one
 * @param rank the place of the class among the answers, from 1; empty if a box has no label
 * @param remark what is strange about the drawn boxes, as a sentence; empty if nothing is
 */
@Api(Api.Status.EXPERIMENTAL)
public record LocalizedImage(
    String name, Optional<Box> box, List<LabeledBox> drawn, OptionalInt rank, String remark) {
  /** The overlap from which a box counts as right, as in ImageNet's challenge. */
  public static final double RIGHT = 0.5;

  /** Copies the list and checks that there is a box. */
  public LocalizedImage {
    drawn = List.copyOf(drawn);
    if (drawn.isEmpty()) {
      throw new IllegalArgumentException(name + " needs at least one box, got none");
    }
  }

  /**
   * Makes a box of a map.
   *
   * @param drawn boxes of the explained class, at least one
   * @param share of the largest value that belongs to the box, see {@link Localization#box}
   */
  public static LocalizedImage of(Explanation explanation, List<LabeledBox> drawn, double share) {
    return new LocalizedImage(
        explanation.name(),
        Localization.box(explanation, share),
        drawn,
        drawn.stream().allMatch(b -> b.label().isPresent())
            ? OptionalInt.of(rank(explanation))
            : OptionalInt.empty(),
        drawn.stream()
            .map(b -> remark(b, explanation.area()))
            .filter(r -> !r.isEmpty())
            .findFirst()
            .orElse(""));
  }

  private static int rank(Explanation explanation) {
    List<Guess> guesses = explanation.prediction().guesses();
    for (int i = 0; i < guesses.size(); i++) {
      if (guesses.get(i).index() == explanation.classIndex()) {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("the explained class is not among the answers");
  }

  // Boxes are often those of the same picture in another size.
  private static String remark(LabeledBox drawn, SeenArea area) {
    Box b = drawn.box();
    int width = area.pictureWidth();
    int height = area.pictureHeight();
    boolean within =
        b.left() >= -1 && b.top() >= -1 && b.right() <= width + 1 && b.bottom() <= height + 1;
    return within
        ? ""
        : "The given box of "
            + drawn.source()
            + ", reaches beyond the picture, which has "
            + width
            + " x "
            + height
            + " pixels: perhaps it was drawn in another size of it.";
  }

  /** The largest intersection over union with a drawn box; 0 without a box. */
  public double iou() {
    return box.map(b -> drawn.stream().mapToDouble(d -> b.iou(d.box())).max().orElse(0))
        .orElse(0.0);
  }

  /** Whether the box is right, the class being given. */
  public boolean isRight() {
    return iou() >= RIGHT;
  }

  /** Whether the box is right and the class is among so many answers; false without a label. */
  public boolean isRight(int answers) {
    return isRight() && rank.isPresent() && rank.getAsInt() <= answers;
  }
}
