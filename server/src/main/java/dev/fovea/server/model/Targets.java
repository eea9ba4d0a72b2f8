package dev.fovea.server.model;

import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.tensor.Decimals;
import java.util.List;

/** Which classes a request means. */
final class Targets {
  private Targets() {}

  /**
   * What is to be explained.
   *
   * @throws IllegalArgumentException if there is no such class, or both are the same
   */
  static ExplanationTarget of(ExplanationRequest request, List<String> classes) {
    if (request.target().isEmpty()) {
      if (request.versus().isPresent()) {
        throw new IllegalArgumentException(
            "a class to compare with needs one that is compared; give both");
      }
      return new ExplanationTarget.Best();
    }
    int index = index(request.target().get(), classes);
    return request
        .versus()
        .map(name -> difference(index, index(name, classes)))
        .orElseGet(() -> new ExplanationTarget.OfClass(index));
  }

  private static ExplanationTarget difference(int index, int versus) {
    return new ExplanationTarget.Difference(index, versus);
  }

  private static int index(String name, List<String> classes) {
    int index = classes.indexOf(name);
    if (index < 0 && name.matches("[0-9]{1,9}") && Integer.parseInt(name) < classes.size()) {
      index = Integer.parseInt(name);
    }
    if (index < 0) {
      throw new IllegalArgumentException(
          "there is no class '"
              + name
              + "'; give the name of one of the model's "
              + Decimals.count(classes.size(), "class")
              + ", or its index from 0 to "
              + (classes.size() - 1));
    }
    return index;
  }
}
