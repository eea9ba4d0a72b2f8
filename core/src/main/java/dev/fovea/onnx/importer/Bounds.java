package dev.fovea.onnx.importer;

import dev.fovea.graph.Op;
import java.util.List;

/** Reads nodes that bound values from below and above, of which ReLU is one. */
final class Bounds {
  private Bounds() {}

  static Value read(Reading r) {
    return switch (r.node().operator()) {
      case "Clip" ->
          bounded(
              r.map(0),
              r.has(1) ? r.number(1) : r.real("min", Double.NEGATIVE_INFINITY),
              r.has(2) ? r.number(2) : r.real("max", Double.POSITIVE_INFINITY));
      case "Max" -> bounded(variable(r), bound(r), Double.POSITIVE_INFINITY);
      default -> bounded(variable(r), Double.NEGATIVE_INFINITY, bound(r));
    };
  }

  private static Value.Map variable(Reading r) {
    return r.input(0) instanceof Value.Map ? r.map(0) : r.map(1);
  }

  private static double bound(Reading r) {
    int constant = r.input(0) instanceof Value.Known ? 0 : 1;
    if (r.inputs().size() != 2) {
      throw new Unsupported("it compares several values; Fovea bounds a value by one number");
    }
    return r.number(constant);
  }

  /**
   * A value between two bounds. Fovea has the ReLU, of which others are sums: ReLU6 is relu(x) -
   * relu(x - 6), exactly so in its gradient, too.
   */
  private static Value.Map bounded(Value.Map m, double low, double high) {
    Layer x = m.layer();
    boolean fromBelow = low > -Float.MAX_VALUE;
    boolean fromAbove = high < Float.MAX_VALUE;
    if (Double.isNaN(low) || Double.isNaN(high) || low > high) {
      throw new Unsupported("it clips to " + low + " to " + high);
    }
    if (fromBelow && !(low == 0 && x.isNonNegative())) {
      x = low == 0 ? x.then(new Op.Relu()) : shifted(shifted(x, -low).then(new Op.Relu()), low);
    }
    if (fromAbove) {
      // What is above the bound is taken off again.
      Layer beyond = shifted(x, -high).then(new Op.Relu()).then(new Op.Affine(-1, 0));
      x = Layer.of(new Op.Add(), List.of(x, beyond), x.channels(), x.height(), x.width());
    }
    return m.with(x);
  }

  private static Layer shifted(Layer x, double by) {
    return x.then(new Op.Affine(1, by));
  }
}
