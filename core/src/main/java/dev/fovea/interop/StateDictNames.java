package dev.fovea.interop;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * From the names in a file to the names of a network, under the conventions of the publishers.
 *
 * <p>A network's own names are torchvision's, timm's, Cadene's or akamaster's already; what is left
 * are prefixes ({@code module.}, {@code backbone.}), other names of the classifier, tensors without
 * {@code .weight}, and what profilers leave behind.
 */
final class StateDictNames {
  /** What publishers call the classifier. */
  private static final List<String> CLASSIFIERS =
      List.of("fc", "last_linear", "linear", "head.fc", "classifier", "head", "classif", "output");

  private static final String COUNTER = "num_batches_tracked";

  /** What thop's profiler registers in every module, and torch's AveragedModel in the first. */
  private static final Set<String> FOREIGN = Set.of("total_ops", "total_params", "n_averaged");

  private StateDictNames() {}

  /**
   * The tensors without counters of batch norms and of profilers, and without what stands before
   * every name: the prefix of a wrapper ({@code module.} of DataParallel, {@code _orig_mod.} of
   * torch.compile, {@code model.} of Lightning) or of the place in a larger module ({@code
   * backbone.}). The classifier need not have it.
   *
   * @param notes says what was left out, but for the counters of batch norms
   */
  static Map<String, ForeignTensor> plain(
      Map<String, ForeignTensor> tensors, Graph graph, List<String> notes) {
    Map<String, ForeignTensor> named = new LinkedHashMap<>();
    Set<String> left = new TreeSet<>();
    tensors.forEach(
        (name, tensor) -> {
          String last = name.substring(name.lastIndexOf('.') + 1);
          if (FOREIGN.contains(last)) {
            left.add(last);
          } else if (!last.equals(COUNTER)) {
            named.put(name, tensor);
          }
        });
    if (!left.isEmpty()) {
      notes.add(
          "left out, as no weights but figures of a profiler or counter: "
              + String.join(", ", left));
    }
    String prefix = prefix(named.keySet(), graph);
    if (prefix.isEmpty()) {
      return named;
    }
    notes.add("the prefix '" + InteropException.shown(prefix) + "' of the names was left out");
    Map<String, ForeignTensor> plain = new LinkedHashMap<>();
    named.forEach(
        (name, tensor) -> {
          String rest = without(prefix, name);
          plain.put(named.containsKey(rest) ? name : rest, tensor);
        });
    return plain;
  }

  private static String without(String prefix, String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  /** The shortest prefix of all names, part by part, behind which the network's names begin. */
  private static String prefix(Collection<String> names, Graph graph) {
    Set<String> wanted = new HashSet<>();
    graph.params().forEach(p -> wanted.add(p.name()));
    Set<String> trunk = new LinkedHashSet<>(names);
    String prefix = "";
    while (!trunk.isEmpty() && trunk.stream().noneMatch(n -> isWanted(n, wanted))) {
      Optional<String> next = head(trunk);
      if (next.isEmpty() && prefix.isEmpty() && trunk.removeIf(StateDictNames::isClassifier)) {
        continue;
      } else if (next.isEmpty()) {
        return "";
      }
      String part = next.get();
      prefix += part;
      trunk = trunk.stream().map(n -> n.substring(part.length())).collect(Collectors.toSet());
    }
    return trunk.isEmpty() ? "" : prefix;
  }

  private static boolean isWanted(String name, Set<String> wanted) {
    return wanted.contains(name) || wanted.contains(name + ".weight");
  }

  private static boolean isClassifier(String name) {
    return CLASSIFIERS.stream().anyMatch(c -> isBelow(name, c));
  }

  /** The part up to the first dot that all names begin with. */
  private static Optional<String> head(Set<String> names) {
    String first = names.iterator().next();
    String part = first.substring(0, first.indexOf('.') + 1);
    return part.isEmpty() || !names.stream().allMatch(n -> n.startsWith(part))
        ? Optional.empty()
        : Optional.of(part);
  }

  /**
   * The prefixes behind which at least half of the network's parameters stand, where several parts
   * of a larger module lie in one file, for example {@code student} and {@code teacher}.
   */
  static List<String> networksIn(Collection<String> names, Graph graph) {
    Set<String> wanted = new HashSet<>();
    graph.params().forEach(p -> wanted.add(p.name()));
    Map<String, Integer> hits = new TreeMap<>();
    for (String name : names) {
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        if (wanted.contains(name.substring(dot + 1))) {
          hits.merge(name.substring(0, dot), 1, Integer::sum);
        }
      }
    }
    return hits.entrySet().stream()
        .filter(e -> e.getValue() >= wanted.size() / 2)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The same tensors under the names that the network has for them, where it has one. */
  static Map<String, ForeignTensor> renamed(Map<String, ForeignTensor> tensors, Graph graph) {
    Set<String> wanted = new HashSet<>();
    graph.params().forEach(p -> wanted.add(p.name()));
    String head = heads(graph).get(0).name();
    Optional<String> alias = alias(tensors, wanted, head);
    Map<String, ForeignTensor> renamed = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String ours = name;
          if (alias.isPresent() && isBelow(name, alias.get())) {
            ours = head + name.substring(alias.get().length());
          } else if (!wanted.contains(name) && wanted.contains(name + ".weight")) {
            ours = name + ".weight";
          }
          renamed.put(tensors.containsKey(ours) ? name : ours, tensor);
        });
    return renamed;
  }

  private static Optional<String> alias(
      Map<String, ForeignTensor> tensors, Set<String> wanted, String head) {
    if (tensors.containsKey(head + ".weight")) {
      return Optional.empty();
    }
    return CLASSIFIERS.stream()
        .filter(c -> tensors.containsKey(c + ".weight") && !wanted.contains(c + ".weight"))
        .findFirst();
  }

  static boolean isBelow(String name, String module) {
    return name.startsWith(module + ".");
  }

  /** The layers that make the logits: the main classifier first, then the auxiliary ones. */
  static List<Node> heads(Graph graph) {
    List<Node> heads = new ArrayList<>();
    for (Graph.Output output : graph.outputs()) {
      Node node = output.node();
      while (node.params().isEmpty()) {
        node = node.input();
      }
      heads.add(node);
    }
    return heads;
  }

  /** The modules that only the auxiliary classifiers need, for example {@code aux1}. */
  static Set<String> auxiliary(Graph graph) {
    Set<String> main = new HashSet<>();
    graph.withoutAuxiliary().params().forEach(p -> main.add(p.name()));
    Set<String> modules = new LinkedHashSet<>();
    for (ParamSpec p : graph.params()) {
      if (!main.contains(p.name())) {
        modules.add(p.name().substring(0, p.name().indexOf('.')));
      }
    }
    return modules;
  }
}
