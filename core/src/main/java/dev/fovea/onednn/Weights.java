package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.MemoryDesc;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a program while it is lowered: master weights in the pinned order, their
 * gradients, and the copies in other orders or formats that single primitives want.
 */
final class Weights {
  private final LoweringContext lowering;
  private final ParameterLayout layout;
  private final Set<String> frozen;
  private final Map<String, Tensor> masters = new LinkedHashMap<>();
  private final Map<String, Tensor> gradients = new LinkedHashMap<>();
  private final Map<String, Tensor> copies = new LinkedHashMap<>();
  private @Nullable OneDnnParameters values;

  Weights(LoweringContext lowering, ParameterLayout layout) {
    this(lowering, layout, Set.of());
  }

  /** Parameters of which those of the names in {@code frozen} are not trained. */
  Weights(LoweringContext lowering, ParameterLayout layout, Set<String> frozen) {
    this.lowering = lowering;
    this.layout = layout;
    this.frozen = frozen;
  }

  /** Whether no parameter of {@code node} is trained. */
  boolean isFrozen(Node node) {
    return node.params().stream().filter(p -> p.role().trainable()).allMatch(this::isFrozen);
  }

  /** Whether the parameter would be trained, but is to stay as it is. */
  boolean isFrozen(ParamSpec parameter) {
    return frozen.contains(parameter.name());
  }

  ParameterLayout layout() {
    return layout;
  }

  /** Pins a parameter's order, unless it is pinned already. */
  void pin(ParamSpec spec, long[] dims, MemoryDesc desc) {
    layout.pin(spec, dims, desc);
  }

  /** The master values of a pinned parameter. */
  Tensor master(ParamSpec spec) {
    return masters.computeIfAbsent(
        spec.name(),
        n -> new Tensor(layout.slot(n).desc(), new Buffer(n, layout.slot(n).desc().size(), true)));
  }

  /**
   * The values of several vectors that follow each other in memory, as one; pins those that are not
   * pinned yet.
   *
   * @throws IllegalStateException if they were pinned apart, or their lengths leave gaps
   */
  Tensor masters(List<ParamSpec> vectors) {
    MemoryDesc all = joined(vectors);
    return master(vectors.get(0)).viewedAs(all);
  }

  /** Where the gradients of such vectors go, as one. */
  Tensor gradients(List<ParamSpec> vectors) {
    MemoryDesc all = joined(vectors);
    return gradient(vectors.get(0)).viewedAs(all);
  }

  private MemoryDesc joined(List<ParamSpec> vectors) {
    int length = 0;
    for (ParamSpec v : vectors) {
      pin(v, ParameterLayout.dims(v), lowering.vector(v.shape().dim(0)));
      long start = layout.slot(vectors.get(0).name()).offset();
      if (layout.slot(v.name()).offset() != start + (long) length * Float.BYTES) {
        throw new IllegalStateException(
            "parameter '" + v.name() + "' does not lie right behind those it is joined with");
      }
      length += v.shape().dim(0);
    }
    return lowering.vector(length);
  }

  /** Where a pinned parameter's gradient goes; nowhere that lasts if it is frozen. */
  Tensor gradient(ParamSpec spec) {
    if (frozen.contains(spec.name())) {
      return lowering.tensor("unused gradient of " + spec.name(), layout.slot(spec.name()).desc());
    }
    return gradients.computeIfAbsent(
        spec.name(),
        n ->
            new Tensor(
                layout.slot(n).desc(),
                new Buffer("gradient of " + n, layout.slot(n).desc().size(), true)));
  }

  /**
   * The values in the order and format that a primitive wants: the master itself, or a copy of it.
   *
   * <p>Weights that are trained change at every step: there the copy is made in the step, shortly
   * before its first use, and lives in the arena. For inference it is made once and lasts.
   */
  Tensor as(ParamSpec spec, MemoryDesc wanted) {
    Tensor master = master(spec);
    if (master.desc().sameAs(wanted)) {
      return master;
    }
    for (Map.Entry<String, Tensor> e : copies.entrySet()) {
      if (e.getKey().startsWith(spec.name() + "#") && e.getValue().desc().sameAs(wanted)) {
        return e.getValue();
      }
    }
    String purpose = "copy of " + spec.name();
    boolean training = lowering.training();
    Tensor copy = training ? lowering.tensor(purpose, wanted) : lowering.lasting(purpose, wanted);
    copies.put(spec.name() + "#" + copies.size(), copy);
    lowering.copy(training ? lowering.step() : lowering.refresh(), spec.name(), master, copy);
    return copy;
  }

  /**
   * A copy of a convolution's weight with input and output channels exchanged, for use in training.
   */
  Tensor transposed(ParamSpec spec, MemoryDesc wanted) {
    Tensor master = master(spec);
    Tensor view =
        new Tensor(MemoryDesc.transposed(lowering.owner(), master.desc()), master.buffer());
    Tensor copy = lowering.tensor("transposed copy of " + spec.name(), wanted);
    lowering.copy(lowering.step(), spec.name(), view, copy);
    return copy;
  }

  /** The values themselves; only once they are placed. */
  OneDnnParameters values() {
    return java.util.Objects.requireNonNull(values, "parameters are not placed yet");
  }

  /** Gives masters and gradients their addresses. */
  void place(OneDnnParameters values, @Nullable OneDnnParameters grads) {
    this.values = values;
    masters.forEach((name, t) -> t.buffer().place(values.address(name)));
    if (grads != null) {
      gradients.forEach((name, t) -> t.buffer().place(grads.address(name)));
    }
  }
}
