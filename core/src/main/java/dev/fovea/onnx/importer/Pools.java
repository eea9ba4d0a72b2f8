package dev.fovea.onnx.importer;

import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onnx.importer.Value.Axis;
import dev.fovea.onnx.importer.Windows.Sides;
import java.util.ArrayList;
import java.util.List;

/** Reads poolings; means over all cells become global pools, however they are spelled. */
final class Pools {
  private static final int MOST_ZEROS = 32;

  private Pools() {}

  static Value global(Reading r, boolean max) {
    Value.Map m = LayerOperators.nchw(r);
    return m.with(all(m.layer(), max));
  }

  private static Layer all(Layer x, boolean max) {
    Op op = max ? new Op.MaxPool(Window.of(x.height(), x.width()), false) : new Op.GlobalAvgPool();
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
    List<Axis> cells = List.of(Axis.H, Axis.W).stream().filter(a -> m.size(a) > 1).toList();
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
    if (!Windows.dilations(r).equals(List.of(1, 1))) {
      throw new Unsupported("its window is dilated, which Fovea's pools are not");
    }
    boolean ceil = r.whole("ceil_mode", 0) != 0;
    Sides s = Windows.sides(r, m.layer(), kernel.get(0), kernel.get(1));
    boolean max = r.node().operator().equals("MaxPool");
    boolean counted = !max && r.whole("count_include_pad", 0) != 0;
    boolean padFirst = s.input() != m.layer();
    int h = s.outH(ceil);
    int w = s.outW(ceil);
    if (kernel.equals(List.of(1, 1)) && s.strideH() == 1 && s.strideW() == 1 && !isPadded(s)) {
      return m;
    } else if (max) {
      Sides exact = !padFirst || isNeutral(s, s.input()) ? s : spelledOut(s);
      return m.with(pool(exact, true, false, h, w));
    }
    boolean all = h == 1 && w == 1 && covers(s.kernelH(), s.input().height(), s.pads()[0]);
    all &= covers(s.kernelW(), s.input().width(), s.pads()[1]);
    if (all && (!counted && !padFirst || !isPadded(s))) {
      return m.with(all(s.input(), false));
    }
    // Padding that a node of its own made is part of the image, so it counts.
    boolean counts = counted || padFirst;
    Sides exact = !isPadded(s) || isSameOnBothSides(r, m.layer(), counted) ? s : spelledOut(s);
    return m.with(pool(exact, false, counts, h, w));
  }

  private static boolean isPadded(Sides s) {
    return s.pads()[0] + s.pads()[1] + s.pads()[2] + s.pads()[3] > 0;
  }

  private static Sides spelledOut(Sides s) {
    if (s.value() != 0
        || s.edge()
        || s.pads()[0] + s.pads()[2] > MOST_ZEROS
        || s.pads()[1] + s.pads()[3] > MOST_ZEROS) {
      throw new Unsupported(
          "the padding before it, "
              + (s.edge() ? "of repeated edges" : "" + s.value())
              + ", is none that Fovea's pools have; expected up to "
              + MOST_ZEROS
              + " zeros");
    }
    return s.spelledOut();
  }

  private static boolean covers(int kernel, int size, int begin) {
    return kernel - begin >= size;
  }

  private static boolean isNeutral(Sides s, Layer x) {
    // A repeated edge is in the same window as the edge itself.
    return s.edge() || s.value() <= -Float.MAX_VALUE || s.value() == 0 && x.isNonNegative();
  }

  /**
   * In Fovea's averages the padding that counts is the same on both sides; what extends past it
   * does not count.
   */
  private static boolean isSameOnBothSides(Reading r, Layer before, boolean counted) {
    List<Integer> own = r.small("pads", List.of(0, 0, 0, 0), 4);
    if (before.step() instanceof Layer.Step.Pad p) {
      boolean even = p.top() == p.bottom() && p.left() == p.right();
      boolean beyond = own.get(0) == 0 && own.get(1) == 0 && !counted;
      return p.value() == 0 && !p.edge() && even && (beyond || isEven(own) && counted);
    }
    return !counted || isEven(own);
  }

  private static boolean isEven(List<Integer> pads) {
    return pads.get(0).equals(pads.get(2)) && pads.get(1).equals(pads.get(3));
  }

  private static Layer pool(Sides s, boolean max, boolean counts, int h, int w) {
    Layer x = s.input();
    boolean fits = s.pads()[0] < s.kernelH() && s.pads()[1] < s.kernelW();
    if (fits) {
      Window window =
          new Window(s.kernelH(), s.kernelW(), s.strideH(), s.strideW(), s.pads()[0], s.pads()[1]);
      for (boolean ceil : new boolean[] {false, true}) {
        if (window.outH(x.height(), ceil) == h && window.outW(x.width(), ceil) == w) {
          Op op = max ? new Op.MaxPool(window, ceil) : new Op.AvgPool(window, ceil, counts);
          return Layer.of(op, List.of(x), x.channels(), h, w);
        }
      }
    }
    if (isPadded(s) && (max ? x.isNonNegative() : counts)) {
      return pool(spelledOut(s), max, counts, h, w);
    }
    throw new Unsupported("its paddings of both sides differ by more than its stride");
  }
}
