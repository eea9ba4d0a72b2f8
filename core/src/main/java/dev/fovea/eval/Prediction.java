package dev.fovea.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The classes of one image, the most probable first. */
public record Prediction(List<Guess> guesses) {
  /** One class and its probability. */
  public record Guess(int index, String name, double probability) {}

  /** Copies the list. */
  public Prediction {
    guesses = List.copyOf(guesses);
  }

  /**
   * All classes, the most probable first; equal ones by class.
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

  /** The {@code k} most probable classes, or all if there are fewer. */
  public List<Guess> top(int k) {
    return guesses.subList(0, Math.min(k, guesses.size()));
  }
}
