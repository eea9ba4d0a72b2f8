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
 * Maps the tensor names of a file to the parameter names of a network, following the conventions of
 * the publishers.
 *
 * <p>The networks already use the names of torchvision, timm, Cadene or akamaster. What remains are
 * prefixes ({@code module.}, {@code backbone.}), other names for the classifier, tensors without
 * {@code .weight}, and counters of profilers.
 */
final class StateDictNames {
  /** The names that publishers use for the classifier. */
  private static final List<String> CLASSIFIERS =
      List.of("fc", "last_linear", "linear", "head.fc", "classifier", "head", "classif", "output");

  private static final String COUNTER = "num_batches_tracked";

  /** Counters that thop registers in every module, and PyTorch's AveragedModel at the top level. */
  private static final Set<String> FOREIGN = Set.of("total_ops", "total_params", "n_averaged");

  private StateDictNames() {}

  /**
   * Drops the counters of batch norm and of profilers, and the common prefix of the names: that of
   * a wrapper ({@code module.} of DataParallel, {@code _orig_mod.} of torch.compile, {@code model.}
   * of Lightning) or of a larger module ({@code backbone.}). The classifier need not have the
   * prefix.
   *
   * @param notes receives what was dropped, except the counters of batch norm
   */
  static Map<String, ForeignTensor> dropPrefixAndCounters(
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
      notes.add("ignored counters that are not weights: " + String.join(", ", left));
    }
    String prefix = prefix(named.keySet(), graph);
    if (prefix.isEmpty()) {
      return named;
    }
    notes.add(
        "removed the prefix '" + InteropException.printable(prefix) + "' from the tensor names");
    Map<String, ForeignTensor> plain = new LinkedHashMap<>();
    named.forEach(
        (name, tensor) -> {
          String rest = stripPrefix(prefix, name);
          plain.put(named.containsKey(rest) ? name : rest, tensor);
        });
    return plain;
  }

  private static String stripPrefix(String prefix, String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  /** The shortest common prefix of the names after which the network's own names start. */
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

  /** The part up to the first dot, if all names share it. */
  private static Optional<String> head(Set<String> names) {
    String first = names.iterator().next();
    String part = first.substring(0, first.indexOf('.') + 1);
    return part.isEmpty() || !names.stream().allMatch(n -> n.startsWith(part))
        ? Optional.empty()
        : Optional.of(part);
  }

  /**
   * The prefixes under which at least half of the network's parameters are found, for files that
   * contain several networks, for example {@code student} and {@code teacher}.
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

  /** Renames the tensors to the network's parameter names where there is one. */
  static Map<String, ForeignTensor> rename(Map<String, ForeignTensor> tensors, Graph graph) {
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

  /** The layers that compute logits: the main classifier first, then the auxiliary ones. */
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

  /** The modules that only the auxiliary classifiers use, for example {@code aux1}. */
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
