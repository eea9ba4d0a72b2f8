package dev.fovea.optim;

import dev.fovea.program.BlockKernel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An exponential moving average of weights and running statistics, which models are evaluated and
 * saved with: a = d·a + (1 - d)·w after every step, starting from the first weights.
 *
 * @param decay d, in [0, 1); 0 averages nothing and keeps no state
 * @param warmUp whether step t, counted from 0, uses min(d, (1 + t) / (10 + t)) so that the first
 *     weights are soon forgotten (TensorFlow's rule)
 */
public record WeightAverage(double decay, boolean warmUp) {

  /** The name of the averaged weights in files. */
  public static final String STATE_NAME = "average";

  /** Checks the decay. */
  public WeightAverage {
    OptimException.check(decay >= 0 && decay < 1, "an average decay in [0, 1)", decay);
  }

  /** No average. */
  public static WeightAverage none() {
    return new WeightAverage(0, true);
  }

  /** Whether there is an average at all. */
  public boolean wanted() {
    return decay > 0;
  }

  /** The decay of step {@code t}, counted from 0. */
  public double decayAt(long t) {
    return warmUp ? Math.min(decay, (1.0 + t) / (10.0 + t)) : decay;
  }

  BlockKernel kernel(long step) {
    float part = (float) (1 - decayAt(step));
    return (spec, blocks, n) -> approach(blocks[0], blocks[1], part, n);
  }

  private static void approach(float[] average, float[] w, float part, int n) {
    for (int i = 0; i < n; i++) {
      average[i] += part * (w[i] - average[i]);
    }
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("decay", decay);
    map.put("warm_up", warmUp);
    return map;
  }

  static WeightAverage of(Map<String, ?> map) {
    Settings s = new Settings("weight average", map);
    return s.end(new WeightAverage(s.number("decay", 0), s.flag("warm_up", true)));
  }
}
