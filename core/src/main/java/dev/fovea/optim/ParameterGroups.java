package dev.fovea.optim;

import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which parameters are decayed, by how much, and which parts of the network have their own rates or
 * are frozen.
 *
 * @param weightDecay the L2 factor, added as weightDecay·w to the gradient
 * @param decayNorms whether scales and shifts of normalization layers are decayed too
 * @param decayBiases whether biases of convolutions and linear layers are decayed too
 * @param tuning rates and decays by part of the network, and frozen parts
 */
public record ParameterGroups(
    double weightDecay, boolean decayNorms, boolean decayBiases, FineTuning tuning) {

  /** Checks that the weight decay is at least 0. */
  public ParameterGroups {
    OptimException.check(
        weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
        "a weight decay of at least 0",
        weightDecay);
  }

  /** Creates groups that train all parts of the network alike. */
  public ParameterGroups(double weightDecay, boolean decayNorms, boolean decayBiases) {
    this(weightDecay, decayNorms, decayBiases, FineTuning.none());
  }

  /** Returns groups with the same decay for every parameter, like PyTorch's optimizers. */
  public static ParameterGroups decayAll(double weightDecay) {
    return new ParameterGroups(weightDecay, true, true);
  }

  /** Returns groups that decay only the weights of convolutions and linear layers. */
  public static ParameterGroups decayWeights(double weightDecay) {
    return new ParameterGroups(weightDecay, false, false);
  }

  /** Returns a copy with this weight decay. */
  public ParameterGroups withWeightDecay(double factor) {
    return new ParameterGroups(factor, decayNorms, decayBiases, tuning);
  }

  /** Returns a copy with these settings by part of the network. */
  public ParameterGroups with(FineTuning tuning) {
    return new ParameterGroups(weightDecay, decayNorms, decayBiases, tuning);
  }

  /**
   * Returns the policy of every trainable parameter of {@code graph}, by parameter name.
   *
   * @throws OptimException if a part named in the fine-tuning matches no parameter
   */
  public Map<String, ParameterPolicy> on(Graph graph) {
    return tuning.of(graph, this);
  }

  /**
   * Returns the names of the parameters that are frozen in an epoch.
   *
   * @param epoch counted from 0
   * @param epochs of the run
   * @throws OptimException if a part named in the fine-tuning matches no parameter
   */
  public Set<String> frozen(Graph graph, long epoch, long epochs) {
    Set<String> names = new LinkedHashSet<>(tuning.frozenLater(graph, epoch, epochs));
    on(graph).forEach((name, policy) -> names.addAll(policy.frozen() ? Set.of(name) : Set.of()));
    return names;
  }

  /** Returns the weight decay of a parameter, ignoring decays by part. */
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
    map.put("freeze_at", tuning.freezeAt().stream().map(PartFreeze::toString).toList());
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
                s.texts("freeze_at").stream().map(PartFreeze::parse).toList(),
                s.texts("lr_scale").stream().map(PartValue::parse).toList(),
                s.texts("part_decay").stream().map(PartValue::parse).toList(),
                s.number("layer_decay", 1))));
  }
}
