package dev.fovea.optim;

import dev.fovea.program.BlockKernel;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gradient clipping: how large gradients are reduced before a step. */
public sealed interface Clipping {

  /** No clipping. */
  record None() implements Clipping {}

  /**
   * Scales all gradients by min(1, max / (norm + 1e-6)), where norm is their global L2 norm, like
   * torch.nn.utils.clip_grad_norm_.
   */
  record GlobalNorm(double max) implements Clipping {
    /** Checks that the norm is above 0. */
    public GlobalNorm {
      OptimException.check(
          max > 0 && max < Double.POSITIVE_INFINITY, "a maximum gradient norm above 0", max);
    }

    double scale(double norm) {
      return Math.min(1, max / (norm + 1e-6));
    }
  }

  /** Clamps every gradient element to [-limit, limit], like torch.nn.utils.clip_grad_value_. */
  record Value(double limit) implements Clipping {
    /** Checks that the limit is above 0. */
    public Value {
      OptimException.check(
          limit > 0 && limit < Double.POSITIVE_INFINITY, "a gradient limit above 0", limit);
    }

    BlockKernel kernel() {
      float bound = (float) limit;
      return (spec, blocks, n) -> clamp(blocks[0], bound, n);
    }

    private static void clamp(float[] g, float bound, int n) {
      for (int i = 0; i < n; i++) {
        g[i] = Math.max(-bound, Math.min(bound, g[i]));
      }
    }
  }

  /** Returns the settings as plain text and numbers, as recipes store them. */
  default Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    if (this instanceof GlobalNorm c) {
      map.put("norm", c.max());
    } else if (this instanceof Value c) {
      map.put("value", c.limit());
    }
    return map;
  }

  /**
   * Reads what {@link #toMap} wrote: {@code norm}, {@code value} or neither; 0 disables clipping.
   *
   * @throws OptimException if both are given or one is out of range
   */
  static Clipping of(Map<String, ?> map) {
    Settings s = new Settings("clipping", map);
    double norm = s.number("norm", 0);
    double value = s.number("value", 0);
    OptimException.check(norm == 0 || value == 0, "clipping by norm or by value", "both");
    return s.end(norm != 0 ? new GlobalNorm(norm) : value != 0 ? new Value(value) : new None());
  }
}
