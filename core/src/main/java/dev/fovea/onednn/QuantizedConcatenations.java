package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.QuantizedTensors.Held;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.program.Quantization.Scale;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lowers concatenations of 8-bit tensors. Branches with the scale of the whole are copied; others
 * are rounded again. One that only another of the same scale reads is part of that.
 */
final class QuantizedConcatenations {
  private final LoweringContext ctx;
  private final QuantizedTensors values;
  private final Set<Node> nested = new HashSet<>();

  QuantizedConcatenations(LoweringContext ctx, Graph graph, QuantizedTensors values) {
    this.ctx = ctx;
    this.values = values;
    Consumers consumers = graph.consumers();
    for (Node n : graph.nodes()) {
      List<Node> readers = consumers.of(n);
      if (n.op() instanceof Op.Concat
          && n.shape().rank() == 3
          && readers.size() == 1
          && readers.get(0).op() instanceof Op.Concat
          && values.scale(n).isPresent()
          && values.scale(n).equals(values.scale(readers.get(0)))) {
        nested.add(n);
      }
    }
  }

  /** Lowers a concatenation whose result is in 8 bits. */
  boolean lower(Node n) {
    if (nested.contains(n)) {
      values.absorbed(n);
      return true;
    }
    List<Node> inputs = leaves(n).toList();
    Optional<Scale> to = values.scale(n).or(() -> common(inputs));
    if (to.isEmpty() || n.shape().rank() != 3) {
      return false;
    }
    List<Optional<Held>> branches = inputs.stream().map(values::of).toList();
    Tensor whole = ctx.tensor(n.name(), values.desc(n, to.get()));
    if (branches.stream().allMatch(b -> b.isPresent() && b.get().scale().equals(to.get()))) {
      copyAll(n, whole, branches.stream().map(b -> b.orElseThrow().tensor()).toList());
    } else {
      int channel = 0;
      for (Node branch : inputs) {
        fill(
            n,
            branch,
            whole.viewedAs(ctx.channels(whole.desc(), branch.shape(), channel)),
            to.get());
        channel += branch.shape().dim(0);
      }
    }
    values.put(n, new Held(whole, to.get()));
    return true;
  }

  private void fill(Node n, Node branch, Tensor part, Scale to) {
    Optional<Held> held = values.of(branch);
    if (held.isPresent()) {
      float ratio = QuantizedTensors.ratio(held.get().scale(), to);
      values.convert(n.name(), "requantize", held.get().tensor(), part, ratio);
    } else {
      values.convert(n.name(), "quantize", values.floats(branch), part, 1 / to.step());
    }
  }

  private Stream<Node> leaves(Node concat) {
    return concat.inputs().stream().flatMap(i -> nested.contains(i) ? leaves(i) : Stream.of(i));
  }

  private Optional<Scale> common(List<Node> inputs) {
    Set<Optional<Scale>> scales =
        inputs.stream().map(i -> values.of(i).map(Held::scale)).collect(Collectors.toSet());
    return scales.size() == 1 ? scales.iterator().next() : Optional.empty();
  }

  private void copyAll(Node n, Tensor whole, List<Tensor> branches) {
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    for (int i = 0; i < branches.size(); i++) {
      args.put(Arg.source(i), branches.get(i));
    }
    args.put(Arg.DST, whole);
    ctx.step()
        .primitive(
            n.name(),
            "concat",
            ctx.describe().concat(whole.desc(), branches.stream().map(Tensor::desc).toList()),
            args);
  }
}
