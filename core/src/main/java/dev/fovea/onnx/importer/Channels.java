package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the nodes that take channels apart, change each by numbers, and put them together again.
 */
final class Channels {
  private static final int MOST = 1 << 12;

  private Channels() {}

  static boolean isOne(Reading r) {
    return r.inputs().stream().anyMatch(v -> v.isPresent() && v.get() instanceof Value.Channel);
  }

  /** A gathering of one channel, or of several in another order. */
  static Value take(Reading r) {
    Value.Map m = r.map(0);
    List<Long> index = r.wholes(1);
    int axis = ConstantOperators.axis(r.whole("axis", 0), m.axes().size());
    int rank = r.constant(1).dims().size();
    int channels = m.layer().channels();
    if (axis != m.channelAxis() || index.isEmpty() || rank > 1 || index.size() > MOST) {
      throw new Unsupported("it gathers a part of " + m.dims() + " that is not channels");
    }
    List<Integer> from = index.stream().map(i -> ConstantOperators.axis(i, channels)).toList();
    if (rank == 1 && from.size() > 1) {
      return selected(m, from);
    }
    return new Value.Channel(m, from.get(0), 1, 0, m.axes().size() - 1 + rank);
  }

  /** A slice of channels, which keeps the axis. */
  static Value slice(Value.Map m, ConstantOperators.Range range) {
    if (range.count() < 1 || range.count() > MOST) {
      throw new Unsupported("it takes " + range.count() + " channels of " + m.dims());
    }
    if (range.count() == 1) {
      return new Value.Channel(m, (int) range.start(), 1, 0, m.axes().size());
    }
    List<Integer> from = new ArrayList<>();
    for (int i = 0; i < range.count(); i++) {
      from.add((int) (range.start() + i * range.step()));
    }
    return selected(m, from);
  }

  /** A split into single channels. */
  static List<Value> split(Reading r) {
    Value.Map m = r.map(0);
    int axis = ConstantOperators.axis(r.whole("axis", 0), m.axes().size());
    int parts = r.node().outputs().size();
    List<Long> sizes = ConstantOperators.parts(r, m.dims().get(axis), parts);
    boolean single = sizes.stream().allMatch(s -> s == 1);
    if (axis != m.channelAxis() || !single) {
      throw new Unsupported(
          "it splits "
              + m.dims()
              + " into "
              + sizes
              + " along axis "
              + axis
              + "; Fovea's layers read all channels of a value");
    }
    List<Value> all = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      all.add(new Value.Channel(m, i, 1, 0, m.axes().size()));
    }
    return all;
  }

  private static Value.Map selected(Value.Map m, List<Integer> from) {
    Layer x = m.layer();
    Step step = new Step.Select(from);
    return m.with(new Layer(step, List.of(x), Map.of(), from.size(), x.height(), x.width()));
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
    if (turned && operator.equals("Div")) {
      throw new Unsupported("it divides a constant by what the image gives; it would take 1/x");
    }
    Value.Channel c = channel(r, turned ? 1 : 0);
    OnnxTensor by = r.reals(turned ? 0 : 1);
    if (by.elements() != 1) {
      throw new Unsupported("its constant has the sizes " + by.dims() + ", expected one number");
    }
    double v = by.floats()[0];
    double sign = turned && operator.equals("Sub") ? -1 : 1;
    return switch (operator) {
      case "Mul" -> changed(c, c.scale() * v, c.shift() * v);
      case "Div" -> changed(c, c.scale() / v, c.shift() / v);
      case "Add" -> changed(c, c.scale(), c.shift() + v);
      default -> changed(c, sign * c.scale(), sign * (c.shift() - v));
    };
  }

  private static Value.Channel changed(Value.Channel c, double scale, double shift) {
    return new Value.Channel(c.whole(), c.channel(), scale, shift, c.rank());
  }

  private static Value together(Reading r) {
    Value.Map whole = channel(r, 0).whole();
    Layer x = whole.layer();
    int n = r.inputs().size();
    double[] scale = new double[n];
    double[] shift = new double[n];
    List<Integer> from = new ArrayList<>();
    int axis = ConstantOperators.axis(r.whole("axis", 1), whole.axes().size());
    boolean fits = axis == whole.channelAxis() && n <= MOST;
    for (int i = 0; fits && i < n; i++) {
      Value.Channel c = channel(r, i);
      fits = c.whole().layer() == x && c.rank() == whole.axes().size();
      from.add(c.channel());
      scale[i] = c.scale();
      shift[i] = c.shift();
    }
    if (!fits) {
      throw new Unsupported("it puts channels of different values together");
    }
    Value.Map same = inOrder(from, x.channels()) ? whole : selected(whole, from);
    Step step = new Step.Affine(new double[n], scale, shift, false);
    return same.with(new Layer(step, List.of(same.layer()), Map.of(), n, x.height(), x.width()));
  }

  private static boolean inOrder(List<Integer> from, int channels) {
    for (int i = 0; i < from.size(); i++) {
      if (from.get(i) != i) {
        return false;
      }
    }
    return from.size() == channels;
  }
}
