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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What lowering of the forward and of the backward pass share: descriptors, buffers, the lists that
 * instructions are added to, copies between orders, and the choice among implementations.
 *
 * <p>It lives while a program is compiled; the program keeps nothing of it.
 *
 * <p>Activations lie in blocks of 16 channels (8 without AVX-512), the fastest order for every
 * primitive; the images of the first convolution stay planar, for which oneDNN has special code.
 */
final class LoweringContext {
  private final Owner owner;
  private final Descriptions describe;
  private final MemoryPlan plan = new MemoryPlan();
  private final InstructionList once = new InstructionList(plan, Buffer.Storage.LASTING);
  private final InstructionList refresh = new InstructionList(plan, Buffer.Storage.LASTING);
  private final InstructionList step = new InstructionList(plan, Buffer.Storage.ARENA);
  private final CompileOptions options;
  private final int batch;
  private final DType type;
  private final boolean training;
  private final Layout blocked;

  LoweringContext(Owner owner, CompileOptions options, boolean training) {
    this.owner = owner;
    this.describe = new Descriptions(owner);
    this.options = options;
    this.batch = options.batch();
    this.type = options.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
    this.training = training;
    this.blocked = NativeLibrary.get().isa().avx512() ? Layout.BLOCKED_16 : Layout.BLOCKED_8;
  }

  Owner owner() {
    return owner;
  }

  Descriptions describe() {
    return describe;
  }

  /**
   * Where all buffers lie that were made so far.
   *
   * @param results what is read after the step's end
   */
  MemoryLayout layOut(List<Tensor> results) {
    return plan.layOut(step.instructions(), results);
  }

  /** Runs once after compilation: constants. */
  InstructionList once() {
    return once;
  }

  /**
   * Runs whenever an inference program's weights have changed: folding, and copies in other orders.
   */
  InstructionList refresh() {
    return refresh;
  }

  /** Runs at every step. */
  InstructionList step() {
    return step;
  }

  DType type() {
    return type;
  }

  boolean training() {
    return training;
  }

  CompileOptions options() {
    return options;
  }

  /** Channels in one block of the standard order. */
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

  /** The order that activations of this shape have between nodes. */
  MemoryDesc standard(Shape shape) {
    return desc(dims(shape), shape.rank() == 3 ? blocked : Layout.AB);
  }

  /**
   * The same memory as {@link #standard} of an image, seen as whole blocks of channels: the
   * padding, which is zero, becomes channels that are zero.
   */
  MemoryDesc wholeBlocks(Shape shape) {
    long[] dims = dims(shape);
    dims[1] = (dims[1] + block() - 1) / block() * block();
    return desc(dims, blocked);
  }

  /** Whether every branch fills whole blocks, so that all lie side by side in blocked order. */
  boolean fillsWholeBlocks(Node concat) {
    return concat.inputs().stream().allMatch(i -> i.shape().dim(0) % block() == 0);
  }

  /** Row-major order. */
  MemoryDesc plain(Shape shape, DType as) {
    return MemoryDesc.of(owner, dims(shape), as, Layout.plain(shape.rank() + 1));
  }

  MemoryDesc desc(long[] dims, Layout layout) {
    return MemoryDesc.of(owner, dims, type, layout);
  }

  /**
   * The channels of {@code whole} from {@code from} on, as many as {@code part} has; they start
   * where the whole does, the descriptor holds how far behind.
   */
  MemoryDesc channels(MemoryDesc whole, Shape part, long from) {
    return MemoryDesc.part(owner, whole, dims(part), new long[] {0, from, 0, 0});
  }

  /** A vector of binary32, for what is kept per channel. */
  MemoryDesc vector(int n) {
    return MemoryDesc.of(owner, new long[] {n}, DType.F32, Layout.A);
  }

  /** A new tensor in the arena. */
  Tensor tensor(String purpose, MemoryDesc desc) {
    return new Tensor(desc, plan.buffer(purpose, desc.size(), Buffer.Storage.ARENA));
  }

  /** A new tensor with memory of its own. */
  Tensor lasting(String purpose, MemoryDesc desc) {
    return new Tensor(desc, plan.buffer(purpose, desc.size(), Buffer.Storage.LASTING));
  }

  /** A new tensor in the staging area, whose contents the next one overwrites. */
  Tensor staging(String purpose, MemoryDesc desc) {
    return new Tensor(desc, plan.buffer(purpose, desc.size(), Buffer.Storage.STAGING));
  }

  /** {@code from} in the wanted order; itself if it has it already, else a recorded copy. */
  Tensor as(String node, Tensor from, MemoryDesc wanted) {
    if (from.desc().sameAs(wanted)) {
      return from;
    }
    Tensor to = tensor(node + " reordered", wanted);
    copy(step, node, from, to);
    return to;
  }

  /** Records a copy. */
  void copy(InstructionList list, String node, Tensor from, Tensor to) {
    list.primitive(
        node,
        "reorder",
        describe.reorder(from.desc(), to.desc()),
        Map.of(Arg.SRC, from, Arg.DST, to));
  }

  /**
   * The first of several descriptions that oneDNN has fast code for; a slow reference loop only if
   * none has.
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

  /** The description, if oneDNN has fast code for it. */
  static Optional<PrimitiveDesc> ifFast(Supplier<PrimitiveDesc> candidate) {
    try {
      PrimitiveDesc pd = candidate.get();
      return pd.isReference() ? Optional.empty() : Optional.of(pd);
    } catch (NativeException e) {
      return Optional.empty();
    }
  }

  /** A window in oneDNN's terms, with the padding at the far end that yields {@code out}. */
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
