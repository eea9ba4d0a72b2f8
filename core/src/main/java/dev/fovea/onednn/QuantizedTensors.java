package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions.Attributes;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.Quantization;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The outputs of nodes that are held in 8 bits during lowering, channels last, and their conversion
 * to and from binary32.
 *
 * <p>A node that is absent from the quantization is held in 8 bits, too, if its values are
 * multiples of its input's step: a maximum, for example.
 */
final class QuantizedTensors {
  private final LoweringContext ctx;
  private final Quantization quantization;
  private final Activations floats;
  private final Consumers consumers;
  private final Map<Node, Held> held = new IdentityHashMap<>();
  private final Set<Node> inFloats = new HashSet<>();
  private final Set<Node> shared = new HashSet<>();
  private final Set<Node> lowered = new HashSet<>();
  private final Map<Float, Tensor> constants = new HashMap<>();

  /**
   * A tensor in 8 bits.
   *
   * @param tensor channels last, or (N, F)
   */
  record Held(Tensor tensor, Scale scale) {
    DType type() {
      return typeOf(scale);
    }
  }

  QuantizedTensors(
      LoweringContext ctx, Graph graph, Quantization quantization, Activations floats) {
    this.ctx = ctx;
    this.quantization = quantization;
    this.floats = floats;
    this.consumers = graph.consumers();
  }

  static DType typeOf(Scale scale) {
    return scale.signed() ? DType.S8 : DType.U8;
  }

  /** How a node's values are to be kept, if in 8 bits. */
  Optional<Scale> scale(Node n) {
    return Optional.ofNullable(quantization.values().get(n.name()));
  }

  /** The output of a node, if it is held in 8 bits. */
  Optional<Held> of(Node n) {
    return Optional.ofNullable(held.get(n));
  }

  /** Records an output in 8 bits, as the quantization wants it. */
  void put(Node n, Held output) {
    lowered.add(n);
    held.put(n, scale(n).map(to -> as(n, output, to)).orElse(output));
  }

  /** Records an output that shares its memory with that of the input. */
  void share(Node n, Held output) {
    shared.add(n.input());
    shared.add(n);
    put(n, output);
  }

  /** Records an output in binary32, and rounds it if the quantization wants that. */
  void putFloats(Node n, Tensor output) {
    lowered.add(n);
    Optional<Scale> to = scale(n);
    if (to.isPresent()) {
      Held bytes = new Held(ctx.tensor(n.name(), desc(n, to.get())), to.get());
      convert(n.name(), "quantize", output, bytes.tensor(), 1 / to.get().step());
      held.put(n, bytes);
    } else {
      floats.put(n, output);
      inFloats.add(n);
    }
  }

  /** Marks nodes that another one computes as lowered. */
  void absorbed(Node n) {
    lowered.add(n);
  }

  /** Provides the output of {@code n} in binary32. */
  void requireFloats(Node n) {
    if (inFloats.add(n)) {
      Held bytes = Objects.requireNonNull(held.get(n), n.name());
      Tensor real = ctx.tensor(n.name() + " in binary32", standard(n));
      convert(n.name(), "dequantize", bytes.tensor(), real, bytes.scale().step());
      floats.put(n, real);
    }
  }

  /** The output of {@code n} in binary32, channels last. */
  Tensor channelsLast(Node reader, Node n) {
    Optional<Held> bytes = of(n);
    Tensor real = ctx.tensor(n.name() + " in binary32", ctx.channelsLast(n.shape(), DType.F32));
    if (bytes.isPresent()) {
      convert(reader.name(), "dequantize", bytes.get().tensor(), real, bytes.get().scale().step());
      return real;
    }
    return ctx.as(reader.name(), floats.of(n), real.desc());
  }

  /** The output of {@code n}, which is held in binary32 only. */
  Tensor floats(Node n) {
    return floats.of(n);
  }

  /** The output of {@code n} in binary32, in standard layout. */
  Tensor standard(Node reader, Node n) {
    requireFloats(n);
    return ctx.as(reader.name(), floats.of(n), standard(n));
  }

  /** The layout in which outputs in binary32 are passed between nodes. */
  MemoryDesc standard(Node n) {
    return n.shape().rank() == 3 ? ctx.standard(n.shape()) : ctx.plain(n.shape(), DType.F32);
  }

  /** The same values with another scale; rounded, unless it has that already. */
  Held as(Node n, Held from, Scale to) {
    if (from.scale().equals(to)) {
      return from;
    }
    Held rounded = new Held(ctx.tensor(n.name() + " rescaled", desc(n, to)), to);
    convert(n.name(), "requantize", from.tensor(), rounded.tensor(), ratio(from.scale(), to));
    return rounded;
  }

  /** How many steps of {@code to} a step of {@code from} is. */
  static float ratio(Scale from, Scale to) {
    return (float) ((double) from.step() / to.step());
  }

  /** The layout of a node's output in 8 bits. */
  MemoryDesc desc(Node n, Scale scale) {
    return ctx.channelsLast(n.shape(), typeOf(scale));
  }

  /**
   * Whether {@code reader} may overwrite the output of {@code n}: nothing else reads the memory,
   * now or later.
   */
  boolean mayOverwrite(Node n, Node reader) {
    return !shared.contains(n)
        && !Activations.isView(n)
        && !(n.op() instanceof Op.Input)
        && consumers.of(n).stream().allMatch(c -> c == reader || lowered.contains(c));
  }

  /** Copies {@code from} times {@code scale} to {@code to}, rounded and clamped if in 8 bits. */
  void convert(String node, String kind, Tensor from, Tensor to, float scale) {
    PrimitiveDesc pd =
        ctx.describe()
            .reorder(
                from.desc(), to.desc(), new Attributes(List.of(), Map.of(Arg.SRC, Attributes.ONE)));
    ctx.step()
        .primitive(
            node,
            kind,
            pd,
            Map.of(Arg.SRC, from, Arg.DST, to, Arg.scales(Arg.SRC), constant(scale)));
  }

  /** A constant of one element. */
  Tensor constant(float value) {
    return constants.computeIfAbsent(
        value,
        v -> {
          Tensor t = ctx.persistent("constant " + v, ctx.vector(1));
          ctx.once()
              .kernel(
                  "constant",
                  "constant",
                  List.of(t),
                  memory -> {
                    FloatBuffer at = memory.floats(t);
                    return step -> at.put(0, v);
                  });
          return t;
        });
  }
}
