package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lookahead (Zhang, Lucas, Hinton and Ba 2019): slow weights that follow the optimizer's, and to
 * which the optimizer returns every few steps.
 *
 * <pre>
 * after every k-th step t of T:  s = d·s + (1 - d)·w,  w = s,   with d = decay·(t / T)^power
 * after the last step:           w = s
 * </pre>
 *
 * <p>Batch-norm running statistics follow as weights do. The paper's α is 1 - decay with power 0;
 * with decay 0.95^5, power 3 and k = 5 this is what airbench94 does: the slow weights become an
 * average over more and more steps as the run ends.
 *
 * @param every k, the steps between two returns; 0 for none
 * @param decay how much of the slow weights is kept, in [0, 1)
 * @param power of the share of the run that is over; 0 for a constant decay
 */
public record Lookahead(int every, double decay, double power) {
  /** The name of the slow weights in files. */
  public static final String STATE_NAME = "slow";

  /** Checks the constants. */
  public Lookahead {
    OptimException.check(every >= 0, "0 or more steps between two returns", every);
    OptimException.check(decay >= 0 && decay < 1, "a decay of slow weights in [0, 1)", decay);
    OptimException.check(
        power >= 0 && power < Double.POSITIVE_INFINITY, "a power of at least 0", power);
  }

  /** Returns no lookahead, which takes no memory. */
  public static Lookahead none() {
    return new Lookahead(0, 0.5, 0);
  }

  /** Whether there are slow weights. */
  public boolean active() {
    return every > 0;
  }

  /** Whether the weights return to the slow ones after {@code steps} steps. */
  boolean returnsAfter(long steps) {
    return active() && steps % every == 0;
  }

  /** The decay after {@code steps} steps. */
  double decayAfter(long steps, RunLength run) {
    double over = Math.min(1, (double) steps / run.totalSteps());
    return decay * Math.pow(over, power);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("every", (double) every);
    map.put("decay", decay);
    map.put("power", power);
    return map;
  }

  static Lookahead of(Map<String, ?> map) {
    Settings s = new Settings("lookahead", map);
    return s.end(new Lookahead(s.whole("every", 0), s.number("decay", 0.5), s.number("power", 0)));
  }
}
