package dev.fovea.eval;

import dev.fovea.api.Api;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The predicted classes of one image, most probable first.
 *
 * <pre>{@code
 * Prediction prediction = classifier.predict(Path.of("cat.jpg"));
 * for (Prediction.Guess guess : prediction.top(3)) {
 *   System.out.println(guess.name() + " " + guess.probability());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public record Prediction(List<Guess> guesses) {
  /** A class and its probability; {@code index} is the class's position among the logits. */
  public record Guess(int index, String name, double probability) {
    /** For example {@code tabby 93.1 %}. */
    @Override
    public String toString() {
      return name + String.format(Locale.ROOT, " %.1f %%", 100 * probability);
    }
  }

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

  /** The probabilities of all classes, in the order of the model's classes. */
  public double[] probabilities() {
    double[] all = new double[guesses.size()];
    guesses.forEach(g -> all[g.index()] = g.probability());
    return all;
  }

  /**
   * The probability of a class.
   *
   * @throws IllegalArgumentException if the model has no such class
   */
  public double probability(String name) {
    return guesses.stream()
        .filter(g -> g.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no class '"
                        + name
                        + "'; the model has "
                        + guesses.size()
                        + " others"))
        .probability();
  }
}
