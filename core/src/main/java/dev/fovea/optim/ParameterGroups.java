package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which parameters are decayed, and how much.
 *
 * @param weightDecay the L2 factor, added as weightDecay·w to the gradient
 * @param decayNorms whether scales and shifts of normalisations are decayed too
 * @param decayBiases whether biases of convolutions and linear layers are decayed too
 */
public record ParameterGroups(double weightDecay, boolean decayNorms, boolean decayBiases) {

  /** Checks that the factor is at least 0. */
  public ParameterGroups {
    OptimException.check(
        weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
        "a weight decay of at least 0",
        weightDecay);
  }

  /** The same decay for every parameter, as PyTorch's optimizers have it. */
  public static ParameterGroups decayAll(double weightDecay) {
    return new ParameterGroups(weightDecay, true, true);
  }

  /** Decay for the weights of convolutions and linear layers alone. */
  public static ParameterGroups decayWeights(double weightDecay) {
    return new ParameterGroups(weightDecay, false, false);
  }

  /** The decay of one parameter. */
  public double decayOf(ParamSpec spec) {
    boolean decayed =
        switch (spec.role()) {
          case WEIGHT -> true;
          case BIAS -> decayBiases;
          case NORM_SCALE, NORM_SHIFT -> decayNorms;
          case RUNNING_MEAN, RUNNING_VAR -> false;
        };
    return decayed ? weightDecay : 0;
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("weight_decay", weightDecay);
    map.put("norms", decayNorms);
    map.put("biases", decayBiases);
    return map;
  }

  static ParameterGroups of(Map<String, ?> map) {
    Settings s = new Settings("weight decay", map);
    return s.end(
        new ParameterGroups(
            s.number("weight_decay", 0), s.flag("norms", true), s.flag("biases", true)));
  }
}
