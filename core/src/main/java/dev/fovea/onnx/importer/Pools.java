package dev.fovea.onnx.importer;

import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onnx.importer.Value.Axis;
import dev.fovea.onnx.importer.Windows.Sides;
import java.util.ArrayList;
import java.util.List;

/** Reads poolings; means over all cells become global pools, however they are spelled. */
final class Pools {
  private Pools() {}

  static Value global(Reading r, boolean max) {
    Value.Map m = LayerOperators.nchw(r);
    return m.with(all(m.layer(), max));
  }

  private static Layer all(Layer x, boolean max) {
    Op op =
        max
            ? new Op.MaxPool(Window.of(x.height(), x.width()), false)
            : new Op.GlobalAvgPool();
    return Layer.of(op, List.of(x), x.channels(), 1, 1);
  }

  static Value reduced(Reading r, boolean max) {
    Value.Map m = r.map(0);
    List<Long> axes = r.listOrInput("axes", 1).orElse(List.of());
    int rank = m.axes().size();
    List<Integer> over = axes.stream().map(a -> ConstantOperators.axis(a, rank)).sorted().toList();
    List<Axis> joined =
        over.stream()
            .flatMap(a -> m.axes().get(a).stream())
            .filter(a -> a == Axis.N || m.size(a) > 1)
            .sorted()
            .toList();
    List<Axis> cells =
        List.of(Axis.H, Axis.W).stream().filter(a -> m.size(a) > 1).toList();
    if (!joined.equals(cells) || over.isEmpty()) {
      throw new Unsupported(
          "it reduces the axes " + joined + "; Fovea reduces rows and columns together");
    }
    Layer pooled = all(m.layer(), max);
    List<List<Axis>> kept = new ArrayList<>();
    boolean keep = r.whole("keepdims", 1) != 0;
    for (int i = 0; i < rank; i++) {
      if (keep || !over.contains(i)) {
        kept.add(m.axes().get(i));
      }
    }
    return new Value.Map(pooled, kept, m.batch());
  }

  static Value windowed(Reading r) {
    Value.Map m = LayerOperators.nchw(r);
    List<Integer> kernel = r.small("kernel_shape", List.of(), 2);
    boolean ceil = r.whole("ceil_mode", 0) != 0;
    Sides s = Windows.sides(r, m.layer(), kernel.get(0), kernel.get(1));
    int h = s.outH(ceil);
    int w = s.outW(ceil);
    Layer x = s.input();
    boolean max = r.node().operator().equals("MaxPool");
    boolean counted = !max && r.whole("count_include_pad", 0) != 0;
    boolean padFirst = s.input() != m.layer();
    boolean padded = s.pads()[0] + s.pads()[1] + s.pads()[2] + s.pads()[3] > 0;
    if (kernel.equals(List.of(1, 1)) && s.strideH() == 1 && s.strideW() == 1 && !padded) {
      return m;
    }
    if (max && padFirst) {
      requireNeutral(s, x);
    }
    boolean all = h == 1 && w == 1 && covers(s.kernelH(), x.height(), s.pads()[0]);
    all &= covers(s.kernelW(), x.width(), s.pads()[1]);
    boolean divides = !counted && !padFirst || !padded;
    if (!max && all && divides) {
      return m.with(all(x, false));
    }
    if (!max && (s.value() != 0 || s.edge())) {
      throw new Unsupported("the padding before it is not 0");
    }
    if (!max && padded) {
      requireSameOnBothSides(r, m.layer(), counted);
    }
    // Padding that a node of its own made is part of the image, so it counts.
    boolean counts = counted || padFirst;
    return m.with(pool(s, x, max, counts, h, w));
  }

  private static boolean covers(int kernel, int size, int begin) {
    return kernel - begin >= size;
  }

  private static void requireNeutral(Sides s, Layer x) {
    // A repeated edge is in the same window as the edge itself.
    boolean neutral =
        s.edge() || s.value() <= -Float.MAX_VALUE || s.value() == 0 && x.isNonNegative();
    if (!neutral) {
      throw new Unsupported(
          "the padding before it, " + s.value() + ", could be the maximum; expected -infinity");
    }
  }

  /**
   * In Fovea's averages the padding that counts is the same on both sides; what extends past it
   * does not count.
   */
  private static void requireSameOnBothSides(Reading r, Layer before, boolean counted) {
    List<Integer> own = r.small("pads", List.of(0, 0, 0, 0), 4);
    boolean exact;
    if (before.step() instanceof Layer.Step.Pad p) {
      boolean even = p.top() == p.bottom() && p.left() == p.right();
      boolean beyond = own.get(0) == 0 && own.get(1) == 0 && !counted;
      exact = even && (beyond || isEven(own) && counted);
    } else {
      exact = !counted || isEven(own);
    }
    if (!exact) {
      throw new Unsupported(
          "it counts padding that differs on both sides, which Fovea's averages do not");
    }
  }

  private static boolean isEven(List<Integer> pads) {
    return pads.get(0).equals(pads.get(2)) && pads.get(1).equals(pads.get(3));
  }

  private static Layer pool(Sides s, Layer x, boolean max, boolean counts, int h, int w) {
    Window window =
        new Window(s.kernelH(), s.kernelW(), s.strideH(), s.strideW(), s.pads()[0], s.pads()[1]);
    for (boolean ceil : new boolean[] {false, true}) {
      if (window.outH(x.height(), ceil) == h && window.outW(x.width(), ceil) == w) {
        Op op = max ? new Op.MaxPool(window, ceil) : new Op.AvgPool(window, ceil, counts);
        return Layer.of(op, List.of(x), x.channels(), h, w);
      }
    }
    throw new Unsupported("its paddings of both sides differ by more than its stride");
  }
}
