package dev.fovea.app.explanation;

import dev.fovea.app.console.Json;
import dev.fovea.explanation.Box;
import dev.fovea.tensor.Decimals;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The box that a map gives beside the boxes that somebody drew, in pixels of the upright picture.
 *
 * @param found the box from the map; empty if no value of the map is positive
 * @param given what was drawn, at least one
 * @param inTop1 whether the class of the given boxes is the most probable one
 * @param inTop5 whether it is among the five most probable ones
 */
public record Located(Optional<Box> found, List<Box> given, boolean inTop1, boolean inTop5) {
  /** Overlap from which on the localization challenges counted a box as right. */
  public static final double RIGHT = 0.5;

  /** Copies the list. */
  public Located {
    given = List.copyOf(given);
  }

  /** The largest intersection over union with a given box; 0 without a box. */
  public double iou() {
    return found
        .map(f -> given.stream().mapToDouble(f::iou).max().orElse(0))
        .orElse(0.0);
  }

  /** The given box that overlaps most. */
  Box nearest() {
    return given.stream()
        .max(Comparator.comparingDouble(g -> found.map(g::iou).orElse(0.0)))
        .orElseThrow();
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
