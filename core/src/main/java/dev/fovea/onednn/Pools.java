package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lowers pooling: max, average, global average and adaptive average. */
final class Pools {
  private final LoweringContext ctx;

  Pools(LoweringContext ctx) {
    this.ctx = ctx;
  }

  /** Whether {@code op} is a pooling operation. */
  static boolean lowers(Op op) {
    return op instanceof Op.MaxPool
        || op instanceof Op.AvgPool
        || op instanceof Op.GlobalAvgPool
        || op instanceof Op.AdaptiveAvgPool;
  }

  /**
   * The window whose plain mean a pool computes: over all its cells, or over those inside the
   * image. Empty if the divisor is another one, or windows differ in size.
   */
  static Optional<Window> windowOfMean(Node n) {
    Shape in = n.input().shape();
    if (n.op() instanceof Op.AvgPool o) {
      return o.countPadding() && divisors(n, o.window()).isPresent()
          ? Optional.empty()
          : Optional.of(o.window());
    } else if (n.op() instanceof Op.GlobalAvgPool) {
      return Optional.of(Window.of(in.dim(1), in.dim(2)));
    } else if (n.op() instanceof Op.AdaptiveAvgPool o
        && in.dim(1) % o.outH() == 0
        && in.dim(2) % o.outW() == 0) {
      int h = in.dim(1) / o.outH();
      int w = in.dim(2) / o.outW();
      return Optional.of(new Window(h, w, h, w, 0, 0));
    }
    return Optional.empty();
  }

  Tensor forward(Node n, Tensor x, Activations values) {
    Shape in = n.input().shape();
    if (n.op() instanceof Op.MaxPool o) {
      return windowed(n, x, Descriptions.Pool.MAX, o.window(), null, values);
    } else if (n.op() instanceof Op.AvgPool o) {
      Descriptions.Pool pool =
          o.countPadding()
              ? Descriptions.Pool.MEAN_WITH_PADDING
              : Descriptions.Pool.MEAN_WITHOUT_PADDING;
      return windowed(
          n, x, pool, o.window(), o.countPadding() ? correction(n, o.window()) : null, values);
    } else if (n.op() instanceof Op.GlobalAvgPool) {
      Window all = Window.of(in.dim(1), in.dim(2));
      return windowed(n, x, Descriptions.Pool.MEAN_WITHOUT_PADDING, all, null, values);
    } else if (n.op() instanceof Op.AdaptiveAvgPool) {
      return adaptive(n, x, values);
    }
    throw new ProgramException(
        "node '"
            + n.name()
            + "': operation "
            + n.op().label()
            + " has no lowering to oneDNN; add it to Pools");
  }

  private Tensor windowed(
      Node n,
      Tensor x,
      Descriptions.Pool pool,
      Window w,
      @Nullable Tensor correction,
      Activations values) {
    Descriptions.Geometry g = LoweringContext.geometry(w, n.input().shape(), n.shape());
    MemoryDesc out = ctx.standard(n.shape());
    PrimitiveDesc pd =
        ctx.choose(
            n, List.of(() -> ctx.describe().pool(ctx.differentiates(), pool, x.desc(), out, g)));
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    Tensor dst = ctx.tensor(n.name(), out);
    args.put(Arg.DST, dst);
    MemoryDesc ws = pd.workspace();
    Tensor workspace =
        ctx.differentiates() && ws.size() > 0 ? ctx.tensor(n.name() + " positions", ws) : null;
    if (workspace != null) {
      args.put(Arg.WORKSPACE, workspace);
    }
    ctx.step().primitive(n.name(), "pooling " + n.op().label(), pd, args);
    values.save(n, new SavedForBackward.Pool(pd, pool, g, workspace, correction));
    return correction == null ? dst : correctDivisor(n, dst, correction);
  }

  /** Computes the gradient of the input. */
  void backward(Node n, SavedForBackward saved, Tensor dy, Tensor dx) {
    if (saved instanceof SavedForBackward.Matrix matrix) {
      adaptiveBackward(n, matrix, dy, dx);
    } else {
      windowedBackward(n, (SavedForBackward.Pool) saved, dy, dx);
    }
  }

  private void windowedBackward(Node n, SavedForBackward.Pool saved, Tensor dy, Tensor dx) {
    Tensor from = saved.correction() == null ? dy : correctDivisor(n, dy, saved.correction());
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .poolBackward(
                            saved.pool(),
                            dx.desc(),
                            from.desc(),
                            saved.geometry(),
                            saved.forward())));
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.DIFF_DST, from);
    args.put(Arg.DIFF_SRC, dx);
    if (saved.workspace() != null) {
      args.put(Arg.WORKSPACE, saved.workspace());
    }
    ctx.step().primitive(n.name(), "pooling backward", pd, args);
  }

  private Tensor correctDivisor(Node n, Tensor x, Tensor correction) {
    MemoryDesc plain = ctx.plain(n.shape(), ctx.type());
    Tensor rows = ctx.as(n.name(), x, plain);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().multiply(plain, correction.desc(), plain)));
    Tensor y = ctx.tensor(n.name() + " divisor", plain);
    ctx.step()
        .primitive(
            n.name(),
            "binary divisor",
            pd,
            Map.of(Arg.SRC, rows, Arg.SRC_1, correction, Arg.DST, y));
    return ctx.as(n.name(), y, x.desc());
  }

  // If padding counts, oneDNN divides by the size of the kernel, but a window that extends past the
  // padding must be divided by the number of cells inside it. Empty if no window does.
  private static Optional<float[]> divisors(Node n, Window w) {
    Shape in = n.input().shape();
    Shape out = n.shape();
    float[] factor = new float[out.dim(1) * out.dim(2)];
    boolean needed = false;
    for (int i = 0; i < out.dim(1); i++) {
      for (int j = 0; j < out.dim(2); j++) {
        int rows = Math.min(w.kernelH(), in.dim(1) + 2 * w.padH() - i * w.strideH());
        int columns = Math.min(w.kernelW(), in.dim(2) + 2 * w.padW() - j * w.strideW());
        needed |= rows < w.kernelH() || columns < w.kernelW();
        factor[i * out.dim(2) + j] = (float) w.kernelH() * w.kernelW() / (rows * columns);
      }
    }
    return needed ? Optional.of(factor) : Optional.empty();
  }

  private @Nullable Tensor correction(Node n, Window w) {
    Optional<float[]> factor = divisors(n, w);
    if (factor.isEmpty()) {
      return null;
    }
    Shape out = n.shape();
    long[] dims = {1, 1, out.dim(1), out.dim(2)};
    Tensor t =
        ctx.persistent(
            n.name() + " divisor", MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.ABCD));
    ctx.once().kernel(n.name(), "divisor", List.of(t), fillOnce(t, factor.get()));
    return t;
  }

  private Tensor adaptive(Node n, Tensor x, Activations values) {
    Shape in = n.input().shape();
    Shape out = n.shape();
    int cells = in.dim(1) * in.dim(2);
    int results = out.dim(1) * out.dim(2);
    Tensor matrix = constant(n, cells, results, (c, r) -> share(c, r, in, out));
    Tensor transposed = constant(n, results, cells, (r, c) -> share(c, r, in, out));
    values.save(n, new SavedForBackward.Matrix(matrix, transposed));
    return product(n, x, in, matrix, out);
  }

  private void adaptiveBackward(Node n, SavedForBackward.Matrix saved, Tensor dy, Tensor dx) {
    Tensor result = product(n, dy, n.shape(), saved.transposed(), n.input().shape());
    ctx.copy(ctx.step(), n.name(), result, dx);
  }

  private Tensor product(Node n, Tensor x, Shape in, Tensor matrix, Shape out) {
    Tensor rows = ctx.as(n.name(), x, ctx.plain(in, ctx.type()));
    long planes = (long) ctx.batch() * in.dim(0);
    MemoryDesc a = ctx.desc(new long[] {planes, (long) in.dim(1) * in.dim(2)}, Layout.AB);
    MemoryDesc c = ctx.desc(new long[] {planes, (long) out.dim(1) * out.dim(2)}, Layout.AB);
    PrimitiveDesc pd = ctx.choose(n, List.of(() -> ctx.describe().matmul(a, matrix.desc(), c)));
    Tensor y = ctx.tensor(n.name() + " planar", c);
    ctx.step()
        .primitive(
            n.name(),
            "matmul pooling",
            pd,
            Map.of(Arg.SRC, rows.viewedAs(a), Arg.WEIGHTS, matrix, Arg.DST, y));
    return ctx.as(n.name(), y.viewedAs(ctx.plain(out, ctx.type())), ctx.standard(out));
  }

  private interface Entry {
    float at(int row, int column);
  }

  private Tensor constant(Node n, int rows, int columns, Entry entry) {
    long[] dims = {rows, columns};
    float[] values = rowMajor(rows, columns, entry);
    Tensor exact =
        ctx.persistent(
            n.name() + " matrix", MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.AB));
    ctx.once().kernel(n.name(), "pooling matrix", List.of(exact), fillOnce(exact, values));
    if (ctx.type() == DType.F32) {
      return exact;
    }
    Tensor rounded = ctx.persistent(n.name() + " matrix", ctx.desc(dims, Layout.AB));
    ctx.copy(ctx.once(), n.name(), exact, rounded);
    return rounded;
  }

  private static Instruction.Kernel fillOnce(Tensor constant, float[] values) {
    return memory -> {
      FloatBuffer to = memory.floats(constant);
      return step -> to.put(0, values);
    };
  }

  private static float[] rowMajor(int rows, int columns, Entry entry) {
    float[] values = new float[rows * columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        values[r * columns + c] = entry.at(r, c);
      }
    }
    return values;
  }

  // The weight of input cell `cell` in the mean that is output cell `result`.
  private static float share(int cell, int result, Shape in, Shape out) {
    float rows = share(cell / in.dim(2), result / out.dim(2), in.dim(1), out.dim(1));
    float columns = share(cell % in.dim(2), result % out.dim(2), in.dim(2), out.dim(2));
    return rows * columns;
  }

  private static float share(int cell, int result, int in, int out) {
    int start = result * in / out;
    int end = ((result + 1) * in + out - 1) / out;
    return cell >= start && cell < end ? 1f / (end - start) : 0;
  }
}
