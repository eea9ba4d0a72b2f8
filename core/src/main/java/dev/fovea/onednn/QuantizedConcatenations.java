package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.QuantizedTensors.Held;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.program.Optimization;
import dev.fovea.program.Quantization.Scale;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Lowers concatenations of 8-bit tensors. A branch with the scale of the whole is copied, or written
 * there in the first place; others are rounded again.
 */
final class QuantizedConcatenations {
  private final LoweringContext ctx;
  private final QuantizedTensors values;
  private final Map<Node, Place> places = new IdentityHashMap<>();
  private final Map<Node, Tensor> wholes = new IdentityHashMap<>();

  private record Place(Node concat, int channel) {}

  QuantizedConcatenations(LoweringContext ctx, Graph graph, QuantizedTensors values) {
    this.ctx = ctx;
    this.values = values;
    Consumers consumers = graph.consumers();
    if (ctx.options().with(Optimization.CONCAT_IN_PLACE)) {
      graph.nodes().stream()
          .filter(n -> n.op() instanceof Op.Concat && values.scale(n).isPresent())
          .forEach(n -> find(n, consumers));
    }
  }

  private void find(Node concat, Consumers consumers) {
    int channel = 0;
    for (Node branch : concat.inputs()) {
      if (consumers.of(branch).equals(List.of(concat))
          && values.scale(branch).equals(values.scale(concat))) {
        places.put(branch, new Place(concat, channel));
      }
      channel += branch.shape().dim(0);
    }
  }

  /** The channels of a concatenation that {@code node} may write its output to. */
  Optional<Tensor> place(Node node) {
    return Optional.ofNullable(places.get(node))
        .map(p -> slice(whole(p.concat()), node, p.channel()));
  }

  private Tensor whole(Node concat) {
    return wholes.computeIfAbsent(
        concat, c -> ctx.tensor(c.name(), values.desc(c, values.scale(c).orElseThrow())));
  }

  private Tensor slice(Tensor whole, Node branch, int channel) {
    return whole.viewedAs(ctx.channels(whole.desc(), branch.shape(), channel));
  }

  /** Lowers a concatenation whose result is in 8 bits. */
  boolean lower(Node n) {
    Optional<Scale> to = values.scale(n).or(() -> common(n));
    if (to.isEmpty() || n.shape().rank() != 3) {
      return false;
    }
    List<Optional<Held>> branches = n.inputs().stream().map(values::of).toList();
    boolean alike =
        branches.stream().allMatch(b -> b.isPresent() && b.get().scale().equals(to.get()));
    if (alike && !wholes.containsKey(n)) {
      copyAll(n, to.get(), branches.stream().map(b -> b.orElseThrow().tensor()).toList());
      return true;
    }
    Tensor whole =
        wholes.computeIfAbsent(n, c -> ctx.tensor(c.name(), values.desc(c, to.get())));
    int channel = 0;
    for (int i = 0; i < branches.size(); i++) {
      Node branch = n.inputs().get(i);
      fill(n, branch, slice(whole, branch, channel), to.get());
      channel += branch.shape().dim(0);
    }
    values.put(n, new Held(whole, to.get()));
    return true;
  }

  private void fill(Node n, Node branch, Tensor part, Scale to) {
    Optional<Held> held = values.of(branch);
    if (held.isEmpty()) {
      values.convert(n.name(), "quantize", values.floats(branch), part, 1 / to.step());
    } else if (!held.get().tensor().equals(part)) {
      float ratio = QuantizedTensors.ratio(held.get().scale(), to);
      values.convert(n.name(), "requantize", held.get().tensor(), part, ratio);
    }
  }

  private Optional<Scale> common(Node n) {
    Set<Optional<Scale>> scales =
        n.inputs().stream().map(i -> values.of(i).map(Held::scale)).collect(Collectors.toSet());
    return scales.size() == 1 ? scales.iterator().next() : Optional.empty();
  }

  private void copyAll(Node n, Scale scale, List<Tensor> branches) {
    Tensor dst = ctx.tensor(n.name(), values.desc(n, scale));
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    for (int i = 0; i < branches.size(); i++) {
      args.put(Arg.source(i), branches.get(i));
    }
    args.put(Arg.DST, dst);
    ctx.step()
        .primitive(
            n.name(),
            "concat",
            ctx.describe().concat(dst.desc(), branches.stream().map(Tensor::desc).toList()),
            args);
    values.put(n, new Held(dst, scale));
  }
}
