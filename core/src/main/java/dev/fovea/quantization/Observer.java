package dev.fovea.quantization;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the step of a value follows from the magnitudes that it had during calibration. */
public enum Observer {
  /** The largest magnitude is the largest integer: nothing is clipped. */
  MIN_MAX {
    @Override
    double bound(Histogram seen, int levels) {
      return seen.largest();
    }
  },
  /** One magnitude in 10,000 is clipped. */
  PERCENTILE {
    @Override
    double bound(Histogram seen, int levels) {
      return seen.quantile(KEPT);
    }
  },
  /** Clips where the mean squared error of rounding and clipping together is least. */
  MSE {
    @Override
    double bound(Histogram seen, int levels) {
      double best = seen.largest();
      double least = Double.POSITIVE_INFINITY;
      for (int i = 0; i <= CANDIDATES; i++) {
        double bound = seen.largest() * Math.pow(2, -(double) i / PER_OCTAVE);
        double error = seen.squaredError(bound / levels, levels);
        if (error < least) {
          least = error;
          best = bound;
        }
      }
      return best;
    }
  };

  private static final double KEPT = 0.9999;
  private static final int PER_OCTAVE = 16;
  private static final int CANDIDATES = 6 * PER_OCTAVE;

  /** Its spelling in options and files: {@code min-max}, {@code percentile}, {@code mse}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The observer with this label. */
  public static Optional<Observer> of(String label) {
    return Arrays.stream(values()).filter(o -> o.label().equals(label)).findFirst();
  }

  /**
   * The largest magnitude that is not clipped.
   *
   * @param levels the largest integer
   */
  abstract double bound(Histogram seen, int levels);

  /** The step of a value that had these magnitudes; 1 if all were zero. */
  final float step(Histogram seen, int levels) {
    return seen.largest() < Float.MIN_NORMAL * levels ? 1 : (float) (bound(seen, levels) / levels);
  }
}
