package dev.fovea.logistic;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The strength of the regularization that cross-validation chooses: every image is answered by a
 * classifier that saw neither it nor its mirror image.
 *
 * <p>A strength belongs to a number of images. What a fit minimizes, L̄ + (λ/2)·|V|² with the mean
 * loss L̄ of n images, is 1/n of ΣL + (nλ/2)·|V|²: the negative logarithm of the posterior of
 * weights that have variance 1/(nλ) before any image is seen. What is plausible before does not
 * depend on how many images follow. So nλ is what is chosen, and λ·m/n regularizes a fit to n
 * images as λ did fits to m. (scikit-learn's C is 1/(nλ).)
 *
 * @param strength for fits to {@code images} images, the one with the lowest mean loss
 * @param images that the classifiers of the cross-validation were fitted to, on average
 * @param loss mean over the images when they were left out
 * @param top1 of the same; a fraction
 * @param end whether the best strength is the last one that is tried
 */
public record StrengthChoice(double strength, int images, double loss, double top1, End end) {
  // From strong to weak, so that each fit begins near its end.
  private static final double[] STRENGTHS = {
    1000, 300, 100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6,
    1e-6
  };

  /** The first to be tried; stronger ones are, where it is the best of it and weaker ones. */
  private static final int FIRST = 6;

  /** Where no image can be left out. */
  private static final int MIDDLE = 8;

  // Near enough to the minimum to compare losses.
  private static final int ITERATIONS = 60;
  private static final double GRADIENT = 3e-4;

  /** Multiplications above which fewer images are used, so that the choice takes seconds. */
  private static final double MOST_PRODUCTS = 4e7;

  /** Losses that differ by less do not tell strengths apart. */
  private static final double RESOLUTION = 1e-3;

  /** A loss that is this much higher is past the bottom of the valley. */
  private static final double PAST = 1.02;

  /** How the choice ended. */
  public enum End {
    /** Stronger and weaker regularization is worse. */
    INSIDE,
    /** The strongest that is tried is the best. */
    STRONGEST,
    /** The weakest that is tried is the best. */
    WEAKEST,
    /** No class has two images, so that nothing could be compared. */
    UNKNOWN
  }

  /** Chooses. */
  public static StrengthChoice of(FeatureSet all, int classes, int threads, BooleanSupplier stop) {
    double products = (double) all.views() * all.width() * classes;
    int most = (int) Math.min(all.size(), Math.ceil(MOST_PRODUCTS / products));
    Folds folds = Folds.of(all, classes, most);
    List<Fold> fits = new ArrayList<>();
    for (int f = 0; f < Folds.NUMBER; f++) {
      FeatureSet answered = folds.answered(f);
      if (answered.size() > 0) {
        fits.add(Fold.of(folds.fitted(f), answered, classes, threads));
      }
    }
    if (fits.isEmpty()) {
      // As a guess would answer.
      return new StrengthChoice(
          STRENGTHS[MIDDLE], all.size(), Math.log(classes), 1.0 / classes, End.UNKNOWN);
    }
    return new Search(fits, stop).run();
  }

  /** The strength with which a fit to this many images is regularized as much. */
  public double forImages(int number) {
    return strength * images / number;
  }

  /** The same choice, said for fits to this many images. */
  public StrengthChoice at(int number) {
    return new StrengthChoice(forImages(number), number, loss, top1, end);
  }

  /** What the user should know of a choice that has an end. */
  public Optional<String> note() {
    return switch (end) {
      case INSIDE -> Optional.empty();
      case STRONGEST ->
          Optional.of(
              "the strongest L2 regularization that is tried is the best in cross-validation: the"
                  + " network's features say little about these classes");
      case WEAKEST ->
          Optional.of(
              "the weakest L2 regularization that is tried is the best in cross-validation: the"
                  + " network's features tell these classes apart as they are");
      case UNKNOWN ->
          Optional.of(
              "no class has two training images, so that none can be left out to choose the"
                  + " strength of L2 regularization by; it is "
                  + strength);
    };
  }

  /**
   * A part of the images, and what is fitted to the others.
   *
   * @param fitted the number of the others
   */
  private record Fold(LogisticRegression regression, int fitted, FeatureSet answered) {
    static Fold of(FeatureSet others, FeatureSet answered, int classes, int threads) {
      return new Fold(new LogisticRegression(others, classes, threads), others.size(), answered);
    }
  }

  /** What the images are answered with at one strength, and the fits of the folds. */
  private record Tried(int place, double loss, double top1, List<LogisticRegression.Fit> fits) {}

  private record Search(List<Fold> folds, BooleanSupplier stop) {
    StrengthChoice run() {
      Tried first = attempt(FIRST, Optional.empty());
      Tried best = weaker(first);
      if (best.place == first.place) {
        best = stronger(first);
      }
      int last = STRENGTHS.length - 1;
      End end = best.place == 0 ? End.STRONGEST : best.place == last ? End.WEAKEST : End.INSIDE;
      double fitted = folds.stream().mapToInt(f -> f.fitted).average().orElseThrow();
      return new StrengthChoice(
          STRENGTHS[best.place], (int) Math.round(fitted), best.loss, best.top1, end);
    }

    // The loss is a valley over the strengths, with a flat bottom.
    private Tried weaker(Tried first) {
      Tried best = first;
      Tried last = first;
      while (last.place + 1 < STRENGTHS.length
          && last.place - best.place < 2
          && last.loss <= PAST * best.loss
          && !stop.getAsBoolean()) {
        last = attempt(last.place + 1, Optional.of(last));
        best = last.loss < (1 - RESOLUTION) * best.loss ? last : best;
      }
      return best;
    }

    private Tried stronger(Tried first) {
      Tried best = first;
      for (Tried last = first;
          last.place == best.place && last.place > 0 && !stop.getAsBoolean(); ) {
        last = attempt(last.place - 1, Optional.of(last));
        best = last.loss < best.loss ? last : best;
      }
      return best;
    }

    private Tried attempt(int place, Optional<Tried> from) {
      Stopping stopping = new Stopping(ITERATIONS, GRADIENT, stop);
      List<LogisticRegression.Fit> fits = new ArrayList<>();
      double loss = 0;
      double right = 0;
      int images = 0;
      for (int f = 0; f < folds.size(); f++) {
        Fold fold = folds.get(f);
        LogisticRegression.Fit fit =
            from.isPresent()
                ? fold.regression.fit(STRENGTHS[place], from.get().fits.get(f), stopping)
                : fold.regression.fit(STRENGTHS[place], stopping);
        LinearClassifier classifier = fold.regression.classifier(fit);
        for (int i = 0; i < fold.answered.size(); i++) {
          double[] answer = classifier.answer(fold.answered, i);
          int label = fold.answered.labels()[i];
          loss -= answer[label];
          right += LinearClassifier.isRight(answer, label) ? 1 : 0;
        }
        images += fold.answered.size();
        fits.add(fit);
      }
      return new Tried(place, loss / images, right / images, fits);
    }
  }
}
