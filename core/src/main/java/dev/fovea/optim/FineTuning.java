package dev.fovea.optim;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Per-part learning rates and weight decays, and which parts of a network are frozen.
 *
 * <p>A part is a module with everything inside it ({@code layer1}, {@code layer4.0.bn1}), a
 * parameter name with wildcards ({@code *.bias}), {@code head} for the last layer of every
 * classifier, {@code trunk} for everything else, or a kind of parameter: {@code weights} of
 * convolutions and linear layers, {@code filters} of convolutions alone, {@code biases}, {@code
 * norm_scales} and {@code norm_shifts}. A network may have none of a kind. If several parts of a
 * list match a parameter, the last one wins.
 *
 * @param freeze parts that are not trained
 * @param freezeAt parts that are trained at first and frozen later: progressive freezing (Brock,
 *     Lim, Ritchie and Weston 2017, arXiv 1706.04983, "FreezeOut")
 * @param lrScale factors of the learning rate by part, for example {@code layer1=0.1}
 * @param partDecay weight decays by part, which then apply to normalization parameters and biases
 *     too, for example {@code head=0.001}
 * @param layerDecay layer-wise learning rate decay: the factor applied once per stage between a
 *     parameter and the head, see {@link #stages}; 1 for the same rate everywhere
 */
public record FineTuning(
    List<String> freeze,
    List<PartFreeze> freezeAt,
    List<PartValue> lrScale,
    List<PartValue> partDecay,
    double layerDecay) {
  private static final List<String> KINDS =
      List.of("weights", "filters", "biases", "norm_scales", "norm_shifts");

  /** Copies the lists and checks the layer decay. */
  public FineTuning {
    freeze = List.copyOf(freeze);
    freezeAt = List.copyOf(freezeAt);
    lrScale = List.copyOf(lrScale);
    partDecay = List.copyOf(partDecay);
    OptimException.check(
        layerDecay > 0 && layerDecay <= 1, "a layer decay above 0 and at most 1", layerDecay);
  }

  /** Creates settings that freeze nothing later. */
  public FineTuning(
      List<String> freeze, List<PartValue> lrScale, List<PartValue> partDecay, double layerDecay) {
    this(freeze, List.of(), lrScale, partDecay, layerDecay);
  }

  /** Returns settings that train all parts alike. */
  public static FineTuning none() {
    return new FineTuning(List.of(), List.of(), List.of(), 1);
  }

  /** Returns a copy with these learning rate factors. */
  public FineTuning withLrScale(PartValue... factors) {
    return new FineTuning(freeze, freezeAt, List.of(factors), partDecay, layerDecay);
  }

  /**
   * Returns the policy of every trainable parameter of {@code graph}, by parameter name.
   *
   * @throws OptimException if a part matches no parameter of the network
   */
  Map<String, ParameterPolicy> of(Graph graph, ParameterGroups groups) {
    List<ParamSpec> specs = graph.params().stream().filter(p -> p.role().trainable()).toList();
    Set<String> head = graph.headParams();
    Map<String, Integer> depth = depths(graph);
    Map<String, Double> rate = values(lrScale, specs, head, "lr_scale");
    Map<String, Double> decay = values(partDecay, specs, head, "part_decay");
    Set<String> frozen = new HashSet<>();
    freeze.forEach(part -> frozen.addAll(matching(part, specs, head, "freeze")));
    int deepest = depth.values().stream().max(Integer::compare).orElse(0);
    Map<String, ParameterPolicy> all = new LinkedHashMap<>();
    for (ParamSpec p : specs) {
      double factor = Math.pow(layerDecay, deepest - depth.getOrDefault(p.name(), deepest));
      all.put(
          p.name(),
          new ParameterPolicy(
              factor * rate.getOrDefault(p.name(), 1.0),
              decay.getOrDefault(p.name(), groups.decayOf(p)),
              p.fixed() || frozen.contains(p.name())));
    }
    return all;
  }

  /**
   * Returns the names of the parameters that {@link #freezeAt} has frozen in an epoch.
   *
   * @param epoch counted from 0
   * @param epochs of the run
   * @throws OptimException if a part matches no parameter of the network
   */
  Set<String> frozenLater(Graph graph, long epoch, long epochs) {
    List<ParamSpec> specs = graph.params().stream().filter(p -> p.role().trainable()).toList();
    Set<String> head = graph.headParams();
    Set<String> names = new LinkedHashSet<>();
    for (PartFreeze f : freezeAt) {
      List<String> part = matching(f.part(), specs, head, "freeze_at");
      names.addAll(epoch >= f.epoch(epochs) ? part : List.of());
    }
    return names;
  }

  /**
   * Returns the stages of a network from the input to the head: every top-level module with weights
   * ({@code conv1}, {@code layer1}, ..., {@code fc}). Normalization layers and biases at the top
   * level belong to the stage before them ({@code bn1} to {@code conv1}); auxiliary classifiers
   * belong to none.
   */
  public static List<String> stages(Graph graph) {
    Set<String> stages = new LinkedHashSet<>();
    for (ParamSpec p : graph.withoutAuxiliary().params()) {
      if (p.role() == ParamSpec.Role.WEIGHT) {
        stages.add(module(p.name()));
      }
    }
    return List.copyOf(stages);
  }

  private static Map<String, Integer> depths(Graph graph) {
    List<String> stages = stages(graph);
    Map<String, Integer> depths = new LinkedHashMap<>();
    int current = 0;
    for (Node n : graph.withoutAuxiliary().nodes()) {
      for (ParamSpec p : n.params()) {
        int own = stages.indexOf(module(p.name()));
        current = own >= 0 ? own : current;
        depths.put(p.name(), current);
      }
    }
    return depths;
  }

  private static String module(String name) {
    return name.substring(0, name.indexOf('.'));
  }

  private static Map<String, Double> values(
      List<PartValue> pairs, List<ParamSpec> specs, Set<String> head, String what) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (PartValue pair : pairs) {
      matching(pair.part(), specs, head, what).forEach(name -> values.put(name, pair.value()));
    }
    return values;
  }

  private static List<String> matching(
      String part, List<ParamSpec> specs, Set<String> head, String what) {
    List<String> names = new ArrayList<>();
    for (ParamSpec p : specs) {
      boolean matches =
          switch (part) {
            case "head" -> head.contains(p.name());
            case "trunk" -> !head.contains(p.name());
            case "weights" -> p.role() == ParamSpec.Role.WEIGHT;
            case "filters" -> p.role() == ParamSpec.Role.WEIGHT && p.shape().rank() == 4;
            case "biases" -> p.role() == ParamSpec.Role.BIAS;
            case "norm_scales" -> p.role() == ParamSpec.Role.NORM_SCALE;
            case "norm_shifts" -> p.role() == ParamSpec.Role.NORM_SHIFT;
            default -> matches(part, p.name());
          };
      if (matches) {
        names.add(p.name());
      }
    }
    if (names.isEmpty() && !KINDS.contains(part)) {
      Set<String> modules = new LinkedHashSet<>();
      specs.forEach(p -> modules.add(module(p.name())));
      throw new OptimException(
          what
              + ": no parameter of this network matches '"
              + part
              + "'; its parts are trunk, head, "
              + String.join(", ", modules)
              + ", and the kinds "
              + String.join(", ", KINDS));
    }
    return names;
  }

  private static boolean matches(String part, String name) {
    if (part.indexOf('*') < 0 && part.indexOf('?') < 0) {
      return name.equals(part) || name.startsWith(part + ".");
    }
    StringBuilder regex = new StringBuilder();
    part.chars()
        .forEach(
            c ->
                regex.append(
                    c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
    return name.matches(regex.toString());
  }
}
