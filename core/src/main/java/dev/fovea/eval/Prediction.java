package dev.fovea.eval;

import dev.fovea.api.Api;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The predicted classes of one image, most probable first. */
@Api(Api.Status.STABLE)
public record Prediction(List<Guess> guesses) {
  /** A class and its probability; {@code index} is the class's position among the logits. */
  @Api(Api.Status.STABLE)
  public record Guess(int index, String name, double probability) {}

  /** Copies the list. */
  public Prediction {
    guesses = List.copyOf(guesses);
  }

  /**
   * Ranks all classes, most probable first; ties in class order.
   *
   * @param logProbabilities natural logarithms, one per class
   */
  public static Prediction of(List<String> classes, double[] logProbabilities) {
    List<Guess> guesses = new ArrayList<>();
    for (int k = 0; k < classes.size(); k++) {
      guesses.add(new Guess(k, classes.get(k), StrictMath.exp(logProbabilities[k])));
    }
    guesses.sort(Comparator.comparingDouble((Guess g) -> logProbabilities[g.index()]).reversed());
    return new Prediction(guesses);
  }

  /** The most probable class. */
  public Guess best() {
    return guesses.get(0);
  }

  /** The {@code k} most probable classes; all if there are fewer than {@code k}. */
  public List<Guess> top(int k) {
    return guesses.subList(0, Math.min(k, guesses.size()));
  }
}
