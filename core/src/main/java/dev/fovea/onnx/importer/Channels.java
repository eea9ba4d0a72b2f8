package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.List;
import java.util.Map;

/**
 * Reads the nodes that take channels apart, change each by numbers, and put them together again.
 */
final class Channels {
  private Channels() {}

  static boolean isOne(Reading r) {
    return r.inputs().stream().anyMatch(v -> v.isPresent() && v.get() instanceof Value.Channel);
  }

  /** A gathering of one channel. */
  static Value take(Reading r) {
    Value.Map m = r.map(0);
    List<Long> index = r.wholes(1);
    int axis = ConstantOperators.axis(r.whole("axis", 0), m.axes().size());
    boolean channel = axis == m.channelAxis() && index.size() == 1;
    long at = channel ? index.get(0) : 0;
    at = at < 0 ? at + m.layer().channels() : at;
    if (!channel || at < 0 || at >= m.layer().channels()) {
      throw new Unsupported("it gathers a part of " + m.dims() + " that is not one channel");
    }
    int rank = m.axes().size() - 1 + r.constant(1).dims().size();
    return new Value.Channel(m, (int) at, 1, 0, rank);
  }

  /** A slice of one channel, which keeps the axis. */
  static Value slice(Value.Map m, ConstantOperators.Range range) {
    return new Value.Channel(m, (int) range.start(), 1, 0, m.axes().size());
  }

  static Value read(Reading r) {
    String operator = r.node().operator();
    return switch (operator) {
      case "Unsqueeze" -> {
        Value.Channel c = channel(r, 0);
        int rank = c.rank() + ConstantOperators.axes(r).size();
        yield new Value.Channel(c.whole(), c.channel(), c.scale(), c.shift(), rank);
      }
      case "Mul", "Div", "Add", "Sub" -> arithmetic(r, operator);
      case "Concat" -> together(r);
      default -> throw new Unsupported("it reads one channel alone, which Fovea cannot do");
    };
  }

  private static Value.Channel channel(Reading r, int i) {
    if (r.input(i) instanceof Value.Channel c) {
      return c;
    }
    throw new Unsupported("it mixes one channel with other values");
  }

  private static Value arithmetic(Reading r, String operator) {
    boolean turned = r.input(0) instanceof Value.Known;
    if (turned && !operator.equals("Add") && !operator.equals("Mul")) {
      throw new Unsupported("a constant comes first, and only sums and products may be turned");
    }
    Value.Channel c = channel(r, turned ? 1 : 0);
    OnnxTensor by = r.reals(turned ? 0 : 1);
    if (by.elements() != 1) {
      throw new Unsupported("its constant has the sizes " + by.dims() + ", expected one number");
    }
    double v = by.floats()[0];
    return switch (operator) {
      case "Mul" ->
          new Value.Channel(c.whole(), c.channel(), c.scale() * v, c.shift() * v, c.rank());
      case "Div" ->
          new Value.Channel(c.whole(), c.channel(), c.scale() / v, c.shift() / v, c.rank());
      case "Add" -> new Value.Channel(c.whole(), c.channel(), c.scale(), c.shift() + v, c.rank());
      default -> new Value.Channel(c.whole(), c.channel(), c.scale(), c.shift() - v, c.rank());
    };
  }

  private static Value together(Reading r) {
    Value.Map whole = channel(r, 0).whole();
    Layer x = whole.layer();
    int n = x.channels();
    double[] scale = new double[n];
    double[] shift = new double[n];
    int axis = ConstantOperators.axis(r.whole("axis", 1), whole.axes().size());
    boolean fits = r.inputs().size() == n && axis == whole.channelAxis();
    for (int i = 0; fits && i < n; i++) {
      Value.Channel c = channel(r, i);
      fits = c.whole().layer() == x && c.channel() == i && c.rank() == whole.axes().size();
      scale[i] = c.scale();
      shift[i] = c.shift();
    }
    if (!fits) {
      throw new Unsupported("it puts channels together in another order or number than before");
    }
    Step step = new Step.Affine(new double[n], scale, shift, false);
    return whole.with(new Layer(step, List.of(x), Map.of(), n, x.height(), x.width()));
  }
}
