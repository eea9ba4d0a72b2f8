package dev.fovea.data.source;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/**
 * An image that could not be read or decoded.
 *
 * @param index its index in the data set
 * @param name its path in the source
 * @param reason the error message, which names the image
 */
public record BadImage(int index, String name, String reason) {
  /**
   * The unreadable images of a selection, by their numbers in it.
   *
   * @param found those of the whole set
   * @param size the number of images selected
   * @param place the number in the whole set of each image selected
   */
  static List<BadImage> among(List<BadImage> found, int size, IntUnaryOperator place) {
    if (found.isEmpty()) {
      return List.of();
    }
    Map<Integer, BadImage> byIndex = new HashMap<>();
    found.forEach(bad -> byIndex.put(bad.index(), bad));
    List<BadImage> selected = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      BadImage bad = byIndex.get(place.applyAsInt(i));
      if (bad != null) {
        selected.add(new BadImage(i, bad.name, bad.reason));
      }
    }
    return List.copyOf(selected);
  }
}
