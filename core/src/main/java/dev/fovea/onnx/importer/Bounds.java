package dev.fovea.onnx.importer;

import dev.fovea.graph.Op;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.Optional;

/** Reads nodes that bound values from below and above, of which ReLU is one. */
final class Bounds {
  private Bounds() {}

  static Value read(Reading r) {
    return switch (r.node().operator()) {
      case "Clip" ->
          bounded(
              r.map(0),
              r.has(1) ? r.reals(1).floats()[0] : r.real("min", Double.NEGATIVE_INFINITY),
              r.has(2) ? r.reals(2).floats()[0] : r.real("max", Double.POSITIVE_INFINITY));
      case "Max" -> bounded(variable(r), bound(r), Double.POSITIVE_INFINITY);
      default -> bounded(variable(r), Double.NEGATIVE_INFINITY, bound(r));
    };
  }

  private static Value.Map variable(Reading r) {
    return r.input(0) instanceof Value.Map ? r.map(0) : r.map(1);
  }

  private static double bound(Reading r) {
    int constant = r.input(0) instanceof Value.Known ? 0 : 1;
    if (r.inputs().size() != 2 || r.reals(constant).elements() != 1) {
      throw new Unsupported("it compares several values; Fovea bounds a value by one number");
    }
    return r.reals(constant).floats()[0];
  }

  private static Value.Map bounded(Value.Map m, double low, double high) {
    Layer x = m.layer();
    if (low <= -Float.MAX_VALUE && high >= Float.MAX_VALUE || low == 0 && high >= Float.MAX_VALUE && x.is(Op.Relu.class)) {
      return m;
    } else if (low == 0 && high >= Float.MAX_VALUE) {
      return m.with(x.then(new Op.Relu()));
    }
    throw new Unsupported(
        "it clips to " + low + " to " + high + ", and Fovea has only the ReLU, 0 to infinity");
  }
}
