package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The memory layout of a network's parameters: one layout per parameter, fixed for the lifetime of
 * a program, that weights, gradients and all optimizer state share.
 *
 * <p>A convolution's weight has the layout in which oneDNN computes its gradient, so that updates
 * are element-wise; padding in blocked layouts is zero and stays zero.
 */
final class ParameterLayout {

  /**
   * The place of one parameter in a set.
   *
   * @param dims its dimensions in oneDNN, where grouped weights have one more
   * @param offset offset in bytes from the start of a set
   */
  record Slot(ParamSpec spec, long[] dims, MemoryDesc desc, long offset) {
    long floats() {
      return desc.size() / Float.BYTES;
    }
  }

  /** Alignment of every parameter in bytes: a cache line. */
  static final int ALIGNMENT = 64;

  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private long bytes;

  /** Fixes the layout of a parameter and appends it to the set. */
  void pin(ParamSpec spec, long[] dims, MemoryDesc desc) {
    if (slots.containsKey(spec.name())) {
      return;
    }
    slots.put(spec.name(), new Slot(spec, dims, desc, bytes));
    bytes += (desc.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Row-major layout for all parameters. */
  static ParameterLayout plain(Owner owner, Graph graph) {
    ParameterLayout layout = new ParameterLayout();
    for (Node n : graph.nodes()) {
      int groups = n.op() instanceof Op.Conv2d conv ? conv.groups() : 1;
      for (ParamSpec spec : n.params()) {
        long[] dims = spec.role() == ParamSpec.Role.WEIGHT ? weightDims(spec, groups) : dims(spec);
        layout.pin(spec, dims, plainDesc(owner, dims, DType.F32));
      }
    }
    return layout;
  }

  /** A weight's dimensions in oneDNN: (G, O/G, I/G, R, S) if there are groups. */
  static long[] weightDims(ParamSpec weight, int groups) {
    long[] d = dims(weight);
    return groups == 1 ? d : new long[] {groups, d[0] / groups, d[1], d[2], d[3]};
  }

  boolean has(String name) {
    return slots.containsKey(name);
  }

  Slot slot(String name) {
    Slot slot = slots.get(name);
    if (slot == null) {
      throw new IllegalArgumentException(
          "there is no parameter '" + name + "'; known are " + slots.keySet());
    }
    return slot;
  }

  List<Slot> slots() {
    return List.copyOf(slots.values());
  }

  long bytes() {
    return bytes;
  }

  static long[] dims(ParamSpec spec) {
    long[] dims = new long[spec.shape().rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = spec.shape().dim(i);
    }
    return dims;
  }

  static MemoryDesc plainDesc(Owner owner, long[] dims, DType type) {
    return MemoryDesc.of(owner, dims, type, Layout.plain(dims.length));
  }
}
