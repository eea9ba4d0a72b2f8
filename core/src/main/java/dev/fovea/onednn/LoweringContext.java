package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.NativeException;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * State and helpers shared by all lowering code: descriptors, buffers, the instruction lists,
 * copies between layouts, and the choice among oneDNN's implementations.
 *
 * <p>It lives only while a program is compiled; the program keeps no reference to it.
 *
 * <p>Activations are stored in blocks of 16 channels (8 without AVX-512), the fastest layout for
 * every primitive; the images stay planar, for which oneDNN's first convolution has special code.
 */
final class LoweringContext {
  private final Owner owner;
  private final Descriptions describe;
  private final MemoryPlan plan = new MemoryPlan();
  private final InstructionList once = new InstructionList(plan, Buffer.Storage.PERSISTENT);
  private final InstructionList refresh = new InstructionList(plan, Buffer.Storage.PERSISTENT);
  private final InstructionList step = new InstructionList(plan, Buffer.Storage.ARENA);
  private final CompileOptions options;
  private final int batch;
  private final DType type;
  private final Purpose purpose;
  private final Layout blocked;

  LoweringContext(Owner owner, CompileOptions options, Purpose purpose) {
    this.owner = owner;
    this.describe = new Descriptions(owner);
    this.options = options;
    this.batch = options.batch();
    this.type = options.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
    this.purpose = purpose;
    this.blocked = NativeLibrary.get().isa().avx512() ? Layout.BLOCKED_16 : Layout.BLOCKED_8;
  }

  Owner owner() {
    return owner;
  }

  Descriptions describe() {
    return describe;
  }

  /**
   * Lays out all buffers created so far.
   *
   * @param results tensors that are read after the end of the step
   */
  MemoryLayout layOut(List<Tensor> results) {
    return plan.layOut(step.instructions(), results);
  }

  /** Instructions that run once, after compilation: constants. */
  InstructionList once() {
    return once;
  }

  /**
   * Instructions that run whenever the weights of a program that does not train them have changed:
   * folding, and copies in other layouts.
   */
  InstructionList refresh() {
    return refresh;
  }

  /** Instructions that run in every step. */
  InstructionList step() {
    return step;
  }

  DType type() {
    return type;
  }

  /** Whether the weights change with every step. */
  boolean trains() {
    return purpose == Purpose.TRAINING;
  }

  /** Whether a backward pass follows, for which values must be kept. */
  boolean differentiates() {
    return purpose != Purpose.INFERENCE;
  }

  CompileOptions options() {
    return options;
  }

  /** Channels per block of the standard layout. */
  int block() {
    return blocked == Layout.BLOCKED_16 ? 16 : 8;
  }

  int batch() {
    return batch;
  }

  /** The dimensions of a batch of this shape: (N, C, H, W) or (N, F). */
  long[] dims(Shape shape) {
    long[] dims = new long[shape.rank() + 1];
    dims[0] = batch;
    for (int i = 0; i < shape.rank(); i++) {
      dims[i + 1] = shape.dim(i);
    }
    return dims;
  }

  /** The standard layout, in which activations of this shape are passed between nodes. */
  MemoryDesc standard(Shape shape) {
    return standardOf(dims(shape));
  }

  /** The standard layout of a tensor of four or two dimensions. */
  MemoryDesc standardOf(long[] dims) {
    return desc(dims, dims.length == 4 ? blocked : Layout.AB);
  }

  /**
   * The memory of {@link #standard}, viewed as whole blocks of channels: the zero padding becomes
   * zero channels.
   */
  MemoryDesc wholeBlocks(Shape shape) {
    long[] dims = dims(shape);
    dims[1] = (dims[1] + block() - 1) / block() * block();
    return desc(dims, blocked);
  }

  /**
   * Whether every branch fills whole blocks, so that branches can be concatenated in blocked
   * layout.
   */
  boolean fillsWholeBlocks(Node concat) {
    return concat.inputs().stream().allMatch(i -> i.shape().dim(0) % block() == 0);
  }

  /** Row-major layout. */
  MemoryDesc plain(Shape shape, DType as) {
    return MemoryDesc.of(owner, dims(shape), as, Layout.plain(shape.rank() + 1));
  }

  /** Channels last, or a matrix for vectors: the layout of 8-bit tensors. */
  MemoryDesc channelsLast(Shape shape, DType as) {
    return MemoryDesc.of(owner, dims(shape), as, shape.rank() == 3 ? Layout.ACDB : Layout.AB);
  }

  MemoryDesc desc(long[] dims, Layout layout) {
    return MemoryDesc.of(owner, dims, type, layout);
  }

  /**
   * Describes as many channels of {@code whole}, starting at channel {@code from}, as {@code part}
   * has. The address of the slice is that of the whole; the offset is part of the descriptor.
   */
  MemoryDesc channels(MemoryDesc whole, Shape part, long from) {
    return MemoryDesc.part(owner, whole, dims(part), new long[] {0, from, 0, 0});
  }

  /** A vector of binary32: one value per channel. */
  MemoryDesc vector(int n) {
    return MemoryDesc.of(owner, new long[] {n}, DType.F32, Layout.A);
  }

  /**
   * One binary32 value per channel of a tensor of this shape, in its layout, as a factor or summand
   * of all values of the channel: dense, with padding up to a whole block.
   */
  MemoryDesc perChannel(Shape shape) {
    long[] dims = new long[shape.rank() + 1];
    Arrays.fill(dims, 1);
    dims[1] = shape.dim(0);
    return MemoryDesc.of(owner, dims, DType.F32, dims.length == 4 ? blocked : Layout.AB);
  }

  /** Allocates a tensor in the arena. */
  Tensor tensor(String purpose, MemoryDesc desc) {
    return new Tensor(desc, plan.buffer(purpose, desc.size(), Buffer.Storage.ARENA));
  }

  /** Allocates a tensor with dedicated, persistent memory. */
  Tensor persistent(String purpose, MemoryDesc desc) {
    return new Tensor(desc, plan.buffer(purpose, desc.size(), Buffer.Storage.PERSISTENT));
  }

  /** Allocates a tensor in the staging area, which the next one overwrites. */
  Tensor staging(String purpose, MemoryDesc desc) {
    return new Tensor(desc, plan.buffer(purpose, desc.size(), Buffer.Storage.STAGING));
  }

  /**
   * {@code from} in the requested layout: itself if it already has it, else a copy that the step
   * makes.
   */
  Tensor as(String node, Tensor from, MemoryDesc wanted) {
    if (from.desc().sameAs(wanted)) {
      return from;
    }
    Tensor to = tensor(node + " reordered", wanted);
    copy(step, node, from, to);
    return to;
  }

  /** Appends a copy. */
  void copy(InstructionList list, String node, Tensor from, Tensor to) {
    list.primitive(
        node,
        "reorder",
        describe.reorder(from.desc(), to.desc()),
        Map.of(Arg.SRC, from, Arg.DST, to));
  }

  /**
   * The first candidate for which oneDNN has fast code; a slow reference loop only if there is
   * none.
   */
  PrimitiveDesc choose(Node node, List<Supplier<PrimitiveDesc>> candidates) {
    @Nullable PrimitiveDesc slow = null;
    @Nullable NativeException refused = null;
    for (Supplier<PrimitiveDesc> candidate : candidates) {
      try {
        PrimitiveDesc pd = candidate.get();
        if (!pd.isReference()) {
          return pd;
        }
        slow = slow == null ? pd : slow;
      } catch (NativeException e) {
        refused = e;
      }
    }
    if (slow != null) {
      return slow;
    }
    throw new ProgramException(
        "node '"
            + node.name()
            + "': oneDNN has no implementation for "
            + node.op()
            + " on "
            + type
            + (refused == null ? "" : " (" + refused.getMessage() + ")")
            + "; set engine.precision to f32");
  }

  /** The candidate, if oneDNN has fast code for it. */
  static Optional<PrimitiveDesc> ifFast(Supplier<PrimitiveDesc> candidate) {
    try {
      PrimitiveDesc pd = candidate.get();
      return pd.isReference() ? Optional.empty() : Optional.of(pd);
    } catch (NativeException e) {
      return Optional.empty();
    }
  }

  /** A window in oneDNN's terms, with the far padding that yields {@code out}. */
  static Descriptions.Geometry geometry(Window w, Shape in, Shape out) {
    return new Descriptions.Geometry(
        new long[] {w.kernelH(), w.kernelW()},
        new long[] {w.strideH(), w.strideW()},
        new long[] {w.padH(), w.padW()},
        new long[] {
          far(in.dim(1), out.dim(1), w.kernelH(), w.strideH(), w.padH()),
          far(in.dim(2), out.dim(2), w.kernelW(), w.strideW(), w.padW())
        });
  }

  private static long far(int in, int out, int kernel, int stride, int pad) {
    return (long) (out - 1) * stride + kernel - in - pad;
  }
}
