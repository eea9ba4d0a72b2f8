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
 * Which parts of a network are trained more, less, or not at all.
 *
 * <p>Parts are written as a module and all that is in it ({@code layer1}, {@code layer4.0.bn1}), a
 * name with wildcards ({@code *.bias}), {@code head} for the last layer of every classifier, or
 * {@code trunk} for all else. Where several parts of a list hold a parameter, the last one counts.
 *
 * @param freeze parts that stay as they are
 * @param lrScale parts whose learning rate is multiplied by a factor: {@code layer1=0.1}
 * @param partDecay parts with a weight decay of their own, which then holds for norms and biases
 *     too: {@code head=0.001}
 * @param layerDecay what the learning rate is multiplied with once more for every stage that lies
 *     between a parameter and the head, see {@link #stages}; 1 for the same rate everywhere
 */
public record FineTuning(
    List<String> freeze, List<PartValue> lrScale, List<PartValue> partDecay, double layerDecay) {

  /** Copies the lists and checks the range. */
  public FineTuning {
    freeze = List.copyOf(freeze);
    lrScale = List.copyOf(lrScale);
    partDecay = List.copyOf(partDecay);
    OptimException.check(
        layerDecay > 0 && layerDecay <= 1, "a layer decay above 0 and at most 1", layerDecay);
  }

  /** Everything is trained alike. */
  public static FineTuning none() {
    return new FineTuning(List.of(), List.of(), List.of(), 1);
  }

  /** This with other factors of the learning rate. */
  public FineTuning withLrScale(PartValue... factors) {
    return new FineTuning(freeze, List.of(factors), partDecay, layerDecay);
  }

  /**
   * What {@code groups} and this say about every trainable parameter of {@code graph}, by its name.
   *
   * @throws OptimException if a part is nowhere in the network
   */
  Map<String, ParameterPolicy> of(Graph graph, ParameterGroups groups) {
    List<ParamSpec> specs = graph.params().stream().filter(p -> p.role().trainable()).toList();
    Set<String> head = new HashSet<>();
    graph.outputs().forEach(o -> o.node().params().forEach(p -> head.add(p.name())));
    Map<String, Integer> depth = depths(graph);
    Map<String, Double> rate = values(lrScale, specs, head, "lr_scale");
    Map<String, Double> decay = values(partDecay, specs, head, "part_decay");
    Set<String> frozen = new HashSet<>();
    freeze.forEach(part -> frozen.addAll(matching(part, specs, head, "freeze")));
    int last = depth.values().stream().max(Integer::compare).orElse(0);
    Map<String, ParameterPolicy> all = new LinkedHashMap<>();
    for (ParamSpec p : specs) {
      double factor = Math.pow(layerDecay, last - depth.getOrDefault(p.name(), last));
      all.put(
          p.name(),
          new ParameterPolicy(
              factor * rate.getOrDefault(p.name(), 1.0),
              decay.getOrDefault(p.name(), groups.decayOf(p)),
              frozen.contains(p.name())));
    }
    return all;
  }

  /**
   * The stages of a network from the images to the head, which is the last: every top-level module
   * with weights ({@code conv1}, {@code layer1}, ..., {@code fc}). Norms and biases that stand
   * alone belong to the stage before them ({@code bn1} to {@code conv1}); auxiliary classifiers to
   * none.
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
      boolean in =
          switch (part) {
            case "head" -> head.contains(p.name());
            case "trunk" -> !head.contains(p.name());
            default -> holds(part, p.name());
          };
      if (in) {
        names.add(p.name());
      }
    }
    if (names.isEmpty()) {
      Set<String> modules = new LinkedHashSet<>();
      specs.forEach(p -> modules.add(module(p.name())));
      throw new OptimException(
          what
              + ": no parameter of this network is in '"
              + part
              + "'; it has trunk, head, "
              + String.join(", ", modules));
    }
    return names;
  }

  private static boolean holds(String part, String name) {
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
