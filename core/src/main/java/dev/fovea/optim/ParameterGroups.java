package dev.fovea.optim;

import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How parameters differ: which weights are decayed, and how much, and which parts of the network
 * are trained less or not at all.
 *
 * @param weightDecay the L2 factor, added as weightDecay·w to the gradient
 * @param decayNorms whether scales and shifts of normalisations are decayed too
 * @param decayBiases whether biases of convolutions and linear layers are decayed too
 * @param tuning the parts of the network with rates and decays of their own
 */
public record ParameterGroups(
    double weightDecay, boolean decayNorms, boolean decayBiases, FineTuning tuning) {

  /** Checks that the factor is at least 0. */
  public ParameterGroups {
    OptimException.check(
        weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
        "a weight decay of at least 0",
        weightDecay);
  }

  /** All parts of the network alike. */
  public ParameterGroups(double weightDecay, boolean decayNorms, boolean decayBiases) {
    this(weightDecay, decayNorms, decayBiases, FineTuning.none());
  }

  /** The same decay for every parameter, as PyTorch's optimizers have it. */
  public static ParameterGroups decayAll(double weightDecay) {
    return new ParameterGroups(weightDecay, true, true);
  }

  /** Decay for the weights of convolutions and linear layers alone. */
  public static ParameterGroups decayWeights(double weightDecay) {
    return new ParameterGroups(weightDecay, false, false);
  }

  /** This with another factor of weight decay. */
  public ParameterGroups withWeightDecay(double factor) {
    return new ParameterGroups(factor, decayNorms, decayBiases, tuning);
  }

  /** This with parts of the network treated in their own way. */
  public ParameterGroups with(FineTuning tuning) {
    return new ParameterGroups(weightDecay, decayNorms, decayBiases, tuning);
  }

  /**
   * How every trainable parameter of {@code graph} is trained, by its name.
   *
   * @throws OptimException if a part of the fine-tuning is nowhere in the network
   */
  public Map<String, ParameterPolicy> on(Graph graph) {
    return tuning.of(graph, this);
  }

  /** The decay of one parameter, unless its part of the network has another. */
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
    map.put("decay_norms", decayNorms);
    map.put("decay_biases", decayBiases);
    map.put("freeze", tuning.freeze());
    map.put("lr_scale", tuning.lrScale().stream().map(PartValue::toString).toList());
    map.put("layer_decay", tuning.layerDecay());
    map.put("part_decay", tuning.partDecay().stream().map(PartValue::toString).toList());
    return map;
  }

  static ParameterGroups of(Map<String, ?> map) {
    Settings s = new Settings("parameter groups", map);
    return s.end(
        new ParameterGroups(
            s.number("weight_decay", 0),
            s.flag("decay_norms", true),
            s.flag("decay_biases", true),
            new FineTuning(
                s.texts("freeze"),
                s.texts("lr_scale").stream().map(PartValue::parse).toList(),
                s.texts("part_decay").stream().map(PartValue::parse).toList(),
                s.number("layer_decay", 1))));
  }
}
