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

/**
 * From the names in a file to the names of a network, under the conventions of the publishers.
 *
 * <p>A network's own names are torchvision's, timm's, Cadene's or akamaster's already; what is left
 * are wrappers ({@code module.}), other names of the classifier, and tensors without {@code
 * .weight}.
 */
final class Names {
  /** What DataParallel, torch.compile and Lightning put before every name. */
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "model.");

  /** What publishers call the classifier. */
  private static final List<String> CLASSIFIERS =
      List.of("fc", "last_linear", "linear", "head.fc", "classifier", "head", "classif", "output");

  private static final String COUNTER = ".num_batches_tracked";

  private Names() {}

  /** The tensors without the wrappers' prefixes and without the counters of batch norms. */
  static Map<String, ForeignTensor> plain(Map<String, ForeignTensor> tensors) {
    String prefix = wrapper(tensors.keySet());
    Map<String, ForeignTensor> plain = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          if (!name.endsWith(COUNTER)) {
            plain.put(name.substring(prefix.length()), tensor);
          }
        });
    return plain;
  }

  private static String wrapper(Collection<String> names) {
    String prefix = "";
    boolean longer = !names.isEmpty();
    while (longer) {
      longer = false;
      for (String w : WRAPPERS) {
        String tried = prefix + w;
        if (names.stream().allMatch(n -> n.startsWith(tried))) {
          prefix = tried;
          longer = true;
          break;
        }
      }
    }
    return prefix;
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
