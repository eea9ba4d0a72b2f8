package dev.fovea.onnx.importer;

import dev.fovea.graph.Op;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.importer.Layer.Step;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads sums and products: of two values, or of a value and constants for each channel. */
final class Arithmetic {
  /** Before this opset a constant says itself to which axis it belongs. */
  private static final int BROADCAST_FROM_THE_END = 7;

  private Arithmetic() {}

  static Value read(Reading r) {
    String operator = r.node().operator();
    if (r.inputs().size() == 1) {
      return r.map(0);
    } else if (operator.equals("Sum")) {
      Value sum = r.input(0);
      for (int i = 1; i < r.inputs().size(); i++) {
        sum = two("Add", sum, r.input(i));
      }
      return sum;
    } else if (r.inputs().size() > 2) {
      throw new Unsupported("it has " + r.inputs().size() + " inputs, expected 2");
    } else if (r.opset() < BROADCAST_FROM_THE_END
        && r.input(0) instanceof Value.Map m
        && r.input(1) instanceof Value.Known k) {
      return affine(operator, m, aligned(r, m, real(k)));
    }
    return two(operator, r.input(0), r.input(1));
  }

  private static OnnxTensor aligned(Reading r, Value.Map m, OnnxTensor by) {
    int rank = m.axes().size();
    int axis = r.small("axis", rank - by.dims().size());
    List<Long> dims = new ArrayList<>(by.dims());
    int after = rank - (axis < 0 ? axis + rank : axis) - dims.size();
    dims.addAll(Collections.nCopies(Math.max(0, after), 1L));
    return Constants.reshaped(by, dims);
  }

  private static Value two(String operator, Value first, Value second) {
    if (first instanceof Value.GeluFactor || second instanceof Value.GeluFactor) {
      return Gelus.arithmetic(operator, first, second);
    } else if (first instanceof Value.Map a && second instanceof Value.Map b) {
      if (operator.equals("Mul")) {
        Optional<Value> activation = Gelus.product(a, b);
        if (activation.isPresent()) {
          return activation.get();
        }
      }
      return maps(operator, a, b);
    } else if (first instanceof Value.Map a && second instanceof Value.Known k) {
      return affine(operator, a, real(k));
    } else if (first instanceof Value.Known k && second instanceof Value.Map b) {
      return switch (operator) {
        case "Add", "Mul" -> affine(operator, b, real(k));
        case "Sub" -> affine("Add", negative(b), real(k));
        default ->
            throw new Unsupported(
                "it divides a constant by what the image gives; it would take 1/x");
      };
    } else if (first instanceof Value.Known k && second instanceof Value.Known l) {
      return new Value.Known(Constants.binary(k.tensor(), l.tensor(), Double::sum, Long::sum));
    }
    throw new Unsupported("it combines values that cannot be combined");
  }

  private static OnnxTensor real(Value.Known k) {
    if (!k.tensor().type().isReal()) {
      throw new Unsupported("its constant has elements of type " + k.tensor().type());
    }
    return k.tensor();
  }

  static Value.Map negative(Value.Map m) {
    double[] scale = new double[m.layer().channels()];
    Arrays.fill(scale, -1);
    return affine(m, new double[scale.length], scale, new double[scale.length], true);
  }

  /** x to the power of 1, 2 or 3, as a product. */
  static Value power(Reading r) {
    double exponent = r.number(1);
    Value.Map x = r.map(0);
    if (exponent != 1 && exponent != 2 && exponent != 3) {
      throw new Unsupported(
          "it raises what the image gives to the power of " + exponent + "; Fovea has 1, 2 and 3");
    }
    Value result = x;
    for (int i = 1; i < exponent; i++) {
      result = maps("Mul", x, (Value.Map) result);
    }
    return result;
  }

  private static Value maps(String operator, Value.Map a, Value.Map b) {
    boolean same =
        a.order().equals(b.order())
            && a.axes().size() == b.axes().size()
            && a.layer().channels() == b.layer().channels()
            && a.layer().height() == b.layer().height()
            && a.layer().width() == b.layer().width();
    boolean sum = operator.equals("Add");
    if (!same || !sum && !operator.equals("Mul")) {
      throw new Unsupported(
          "it combines values of "
              + a.dims()
              + " and "
              + b.dims()
              + " by "
              + operator
              + "; Fovea adds and multiplies values of the same sizes, and weighs no channels by"
              + " what the image gives (squeeze and excitation)");
    }
    Op op = sum ? new Op.Add() : new Op.Multiply();
    Layer x = a.layer();
    return a.with(Layer.of(op, List.of(x, b.layer()), x.channels(), x.height(), x.width()));
  }

  static Value.Map affine(String operator, Value.Map m, OnnxTensor by) {
    int channels = m.layer().channels();
    double[] v = perChannel(m, by, channels);
    double[] mean = new double[channels];
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    Arrays.fill(scale, 1);
    switch (operator) {
      case "Add" -> System.arraycopy(v, 0, shift, 0, channels);
      case "Sub" -> System.arraycopy(v, 0, mean, 0, channels);
      case "Mul" -> System.arraycopy(v, 0, scale, 0, channels);
      default -> {
        for (int c = 0; c < channels; c++) {
          scale[c] = 1 / v[c];
        }
      }
    }
    return affine(m, mean, scale, shift, by.elements() == 1);
  }

  private static Value.Map affine(
      Value.Map m, double[] mean, double[] scale, double[] shift, boolean single) {
    Layer x = m.layer();
    Step step = new Step.Affine(mean, scale, shift, single);
    return m.with(new Layer(step, List.of(x), Map.of(), x.channels(), x.height(), x.width()));
  }

  /** A constant with one value, or one for each channel along the channels' axis. */
  private static double[] perChannel(Value.Map m, OnnxTensor t, int channels) {
    double[] all = new double[channels];
    if (t.elements() == 1) {
      Arrays.fill(all, Double.parseDouble(Float.toString(t.floats()[0])));
      return all;
    }
    int axis = m.channelAxis() - (m.axes().size() - t.dims().size());
    boolean fits = m.channelAxis() >= 0 && axis >= 0 && t.dims().get(axis) == channels;
    if (!fits || t.elements() > (long) channels * m.layer().height() * m.layer().width()) {
      throw unfitting(m, t, channels, "");
    }
    // A mean image that is the same in each cell is a mean.
    int each = (int) (t.elements() / channels);
    int inner =
        (int)
            t.dims().subList(axis + 1, t.dims().size()).stream()
                .mapToLong(Long::longValue)
                .reduce(1, Math::multiplyExact);
    float[] values = t.floats();
    for (int c = 0; c < channels; c++) {
      all[c] = values[c * inner];
      for (int i = 0; i < each; i++) {
        int at = (i / inner * channels + c) * inner + i % inner;
        if (values[at] != values[c * inner]) {
          throw unfitting(m, t, channels, " that differ from cell to cell");
        }
      }
    }
    return all;
  }

  private static Unsupported unfitting(Value.Map m, OnnxTensor t, int channels, String kind) {
    return new Unsupported(
        "its constant has the sizes "
            + t.dims()
            + " for a value of "
            + m.dims()
            + ", with values"
            + kind
            + "; expected one number, or one for each of "
            + Decimals.count(channels, "channel"));
  }
}
