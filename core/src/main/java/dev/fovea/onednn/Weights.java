package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.MemoryDesc;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parameters of a program during lowering: master weights in the pinned layout, their
 * gradients, and the copies in other layouts or formats that individual primitives need.
 */
final class Weights {
  private final LoweringContext ctx;
  private final ParameterLayout layout;
  private final Set<String> frozen;
  private final Map<String, Tensor> masters = new LinkedHashMap<>();
  private final Map<String, Tensor> gradients = new LinkedHashMap<>();
  private final Map<String, List<Tensor>> copies = new LinkedHashMap<>();

  Weights(LoweringContext ctx, ParameterLayout layout) {
    this(ctx, layout, Set.of());
  }

  /** Creates the parameters; those named in {@code frozen} are not trained. */
  Weights(LoweringContext ctx, ParameterLayout layout, Set<String> frozen) {
    this.ctx = ctx;
    this.layout = layout;
    this.frozen = frozen;
  }

  /** Whether no parameter of {@code node} is trained. */
  boolean isFrozen(Node node) {
    return node.params().stream().filter(p -> p.role().trainable()).allMatch(this::isFrozen);
  }

  /** Whether the parameter is trainable, but frozen. */
  boolean isFrozen(ParamSpec parameter) {
    return frozen.contains(parameter.name());
  }

  ParameterLayout layout() {
    return layout;
  }

  /** Pins a parameter's layout, unless it is already pinned. */
  void pin(ParamSpec spec, long[] dims, MemoryDesc desc) {
    layout.pin(spec, dims, desc);
  }

  /** The master values of a pinned parameter. */
  Tensor master(ParamSpec spec) {
    return masters.computeIfAbsent(
        spec.name(), n -> at(n, layout.slot(n).desc(), Buffer.Storage.WEIGHTS));
  }

  /** The master values of a vector, which has only one possible layout. */
  Tensor vector(ParamSpec spec) {
    pin(spec, ParameterLayout.dims(spec), ctx.vector(spec.shape().dim(0)));
    return master(spec);
  }

  /**
   * The master values of several contiguous vectors, as one tensor; pins those that are not pinned
   * yet.
   *
   * @throws IllegalStateException if they were pinned apart or their lengths leave gaps
   */
  Tensor masters(List<ParamSpec> vectors) {
    return at(vectors.get(0).name(), joined(vectors), Buffer.Storage.WEIGHTS);
  }

  /** The gradients of several contiguous vectors, as one tensor. */
  Tensor gradients(List<ParamSpec> vectors) {
    return at(vectors.get(0).name(), joined(vectors), Buffer.Storage.GRADIENTS);
  }

  private MemoryDesc joined(List<ParamSpec> vectors) {
    int length = 0;
    for (ParamSpec v : vectors) {
      pin(v, ParameterLayout.dims(v), ctx.vector(v.shape().dim(0)));
      long start = layout.slot(vectors.get(0).name()).offset();
      if (layout.slot(v.name()).offset() != start + (long) length * Float.BYTES) {
        throw new IllegalStateException(
            "parameter '" + v.name() + "' is not contiguous with those it is joined with");
      }
      length += v.shape().dim(0);
    }
    return ctx.vector(length);
  }

  /** The gradient of a pinned parameter; a temporary tensor if the parameter is frozen. */
  Tensor gradient(ParamSpec spec) {
    if (frozen.contains(spec.name())) {
      return ctx.tensor("unused gradient of " + spec.name(), layout.slot(spec.name()).desc());
    }
    return gradients.computeIfAbsent(
        spec.name(), n -> at(n, layout.slot(n).desc(), Buffer.Storage.GRADIENTS));
  }

  private static Tensor at(String first, MemoryDesc desc, Buffer.Storage storage) {
    return new Tensor(desc, new Buffer(first, desc.size(), storage));
  }

  /** The arguments of the primitive that computes the gradients of a node's weight and bias. */
  Map<Arg, Tensor> gradientArguments(Node n, Tensor x, Tensor dy) {
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.DIFF_DST, dy);
    args.put(Arg.DIFF_WEIGHTS, gradient(n.param(Role.WEIGHT).orElseThrow()));
    n.param(Role.BIAS).ifPresent(bias -> args.put(Arg.DIFF_BIAS, gradient(bias)));
    return args;
  }

  /**
   * The values in the layout and format that a primitive needs: the master itself, or a copy of it.
   *
   * <p>Trained weights change in every step, so their copies are made within the step, shortly
   * before the first use, and live in the arena. Other copies are made when the weights have
   * changed, and are persistent.
   */
  Tensor as(ParamSpec spec, MemoryDesc wanted) {
    Tensor master = master(spec);
    if (master.desc().sameAs(wanted)) {
      return master;
    }
    List<Tensor> made = copies.computeIfAbsent(spec.name(), name -> new ArrayList<>());
    for (Tensor copy : made) {
      if (copy.desc().sameAs(wanted)) {
        return copy;
      }
    }
    Tensor copy = copy("copy of " + spec.name(), spec, master, wanted);
    made.add(copy);
    return copy;
  }

  private Tensor copy(String purpose, ParamSpec spec, Tensor from, MemoryDesc wanted) {
    Tensor copy = ctx.trains() ? ctx.tensor(purpose, wanted) : ctx.persistent(purpose, wanted);
    ctx.copy(ctx.trains() ? ctx.step() : ctx.refresh(), spec.name(), from, copy);
    return copy;
  }

  /** A copy of a convolution's weight with input and output channels swapped. */
  Tensor transposed(ParamSpec spec, MemoryDesc wanted) {
    Tensor master = master(spec);
    Tensor view = master.viewedAs(MemoryDesc.transposed(ctx.owner(), master.desc()));
    return copy("transposed copy of " + spec.name(), spec, view, wanted);
  }
}
