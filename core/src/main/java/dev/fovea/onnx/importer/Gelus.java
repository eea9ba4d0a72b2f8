package dev.fovea.onnx.importer;

import dev.fovea.graph.Op;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.List;
import java.util.Optional;

/**
 * Reads GELU and SiLU: the operators of newer files, and the sums and products by which exporters
 * spell them out before opset 20.
 */
final class Gelus {
  /** What is wrong with a node that reads a part of a GELU. */
  static final String ALONE =
      "it reads erf by itself, which Fovea has only as part of GELU, x·(1 + erf(x/√2))/2";

  private static final double SCALE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  /** Constants of files are rounded to binary32, and some twice. */
  private static final double NEAR = 2e-6;

  private Gelus() {}

  static Value whole(Reading r) {
    String form = r.text("approximate", "none");
    return switch (form) {
      case "none" -> then(r.map(0), new Op.Gelu(), 1);
      case "tanh" -> then(r.map(0), new Op.Gelu(Op.Gelu.Approximation.TANH), 1);
      default ->
          throw new Unsupported("its approximate is '" + form + "', expected 'none' or 'tanh'");
    };
  }

  /** x·sigmoid(alpha·x), which is silu(alpha·x) / alpha. */
  static Value swish(Reading r) {
    double alpha = r.real("alpha", 1);
    if (alpha == 1) {
      return then(r.map(0), new Op.Silu(), 1);
    } else if (alpha == 0 || !Double.isFinite(alpha)) {
      throw new Unsupported("its alpha is " + alpha);
    }
    Value.Map m = r.map(0);
    return then(m.with(m.layer().then(new Op.Affine(alpha, 0))), new Op.Silu(), 1 / alpha);
  }

  static Value erf(Reading r) {
    Value.Map argument = r.map(0);
    Scaled scaled = Scaled.of(argument.layer());
    if (scaled.shift() != 0 || !near(scaled.scale(), Math.sqrt(0.5))) {
      throw new Unsupported(ALONE);
    }
    return new Value.GeluFactor(argument.with(scaled.of()), 1, 0, false);
  }

  /** A sum or product of which one part is the factor of a GELU. */
  static Value arithmetic(String operator, Value first, Value second) {
    boolean swapped = second instanceof Value.GeluFactor;
    Value.GeluFactor f = (Value.GeluFactor) (swapped ? second : first);
    Value other = swapped ? first : second;
    if (other instanceof Value.Known k) {
      return new Known(single(k.tensor()), swapped).apply(operator, f);
    } else if (other instanceof Value.Map m && operator.equals("Mul")) {
      return gelu(m, f).orElseThrow(() -> new Unsupported(ALONE));
    }
    throw new Unsupported(ALONE);
  }

  /** A constant beside a factor. */
  private record Known(double value, boolean first) {
    Value apply(String operator, Value.GeluFactor f) {
      double scale = f.scale();
      double shift = f.shift();
      switch (operator) {
        case "Add" -> shift += value;
        case "Sub" -> {
          scale = first ? -scale : scale;
          shift = first ? value - shift : shift - value;
        }
        case "Mul" -> {
          scale *= value;
          shift *= value;
        }
        default -> {
          if (first) {
            throw new Unsupported(ALONE);
          }
          scale /= value;
          shift /= value;
        }
      }
      return new Value.GeluFactor(f.of(), scale, shift, f.tanh());
    }
  }

  private static double single(OnnxTensor t) {
    if (t.elements() != 1 || !t.type().isReal()) {
      throw new Unsupported(ALONE);
    }
    return Double.parseDouble(Float.toString(t.floats()[0]));
  }

  /** A product of two values of the network, if it is a SiLU or an approximated GELU. */
  static Optional<Value> product(Value.Map a, Value.Map b) {
    Optional<Value> silu = silu(a, b).or(() -> silu(b, a));
    return silu.or(() -> approximated(a, b)).or(() -> approximated(b, a));
  }

  private static Optional<Value> silu(Value.Map x, Value.Map gate) {
    boolean same =
        gate.layer().is(Op.Sigmoid.class)
            && gate.layer().input() == x.layer()
            && gate.axes().equals(x.axes());
    return same ? Optional.of(then(x, new Op.Silu(), 1)) : Optional.empty();
  }

  private static Optional<Value> approximated(Value.Map x, Value.Map factor) {
    Scaled outer = Scaled.of(factor.layer());
    if (!outer.of().is(Op.Tanh.class)) {
      return Optional.empty();
    }
    return cubic(outer.of().input())
        .flatMap(
            of ->
                gelu(x, new Value.GeluFactor(factor.with(of), outer.scale(), outer.shift(), true)));
  }

  /** x, if the layer is √(2/π)·(x + 0.044715·x³). */
  private static Optional<Layer> cubic(Layer layer) {
    Scaled inner = Scaled.of(layer);
    if (inner.shift() != 0 || !near(inner.scale(), SCALE) || !inner.of().is(Op.Add.class)) {
      return Optional.empty();
    }
    List<Layer> sum = inner.of().inputs();
    return cubic(sum.get(0), sum.get(1)).or(() -> cubic(sum.get(1), sum.get(0)));
  }

  private static Optional<Layer> cubic(Layer x, Layer rest) {
    Scaled power = Scaled.of(rest);
    boolean matches =
        power.shift() == 0
            && near(power.scale(), CUBIC)
            && power.of().is(Op.Multiply.class)
            && isPower(power.of(), x, 3);
    return matches ? Optional.of(x) : Optional.empty();
  }

  private static boolean isPower(Layer layer, Layer x, int exponent) {
    if (exponent == 1) {
      return layer == x;
    }
    if (!layer.is(Op.Multiply.class)) {
      return false;
    }
    Layer a = layer.inputs().get(0);
    Layer b = layer.inputs().get(1);
    return a == x && isPower(b, x, exponent - 1) || b == x && isPower(a, x, exponent - 1);
  }

  /** The product of a value and the factor of a GELU, if the value is a multiple of its x. */
  private static Optional<Value> gelu(Value.Map m, Value.GeluFactor f) {
    Scaled x = m.layer() == f.of().layer() ? new Scaled(m.layer(), 1, 0) : Scaled.of(m.layer());
    boolean matches =
        x.of() == f.of().layer()
            && x.shift() == 0
            && m.axes().equals(f.of().axes())
            && near(f.shift(), f.scale());
    Op op = new Op.Gelu(f.tanh() ? Op.Gelu.Approximation.TANH : Op.Gelu.Approximation.NONE);
    return matches ? Optional.of(then(f.of(), op, 2 * f.scale() * x.scale())) : Optional.empty();
  }

  private static Value then(Value.Map x, Op op, double scale) {
    Layer layer = x.layer().then(op);
    if (scale == 1) {
      return x.with(layer);
    }
    int n = layer.channels();
    double[] zero = new double[n];
    double[] scales = new double[n];
    java.util.Arrays.fill(scales, scale);
    Step step = new Step.Affine(zero, scales, zero, true);
    return x.with(
        new Layer(step, List.of(layer), java.util.Map.of(), n, layer.height(), layer.width()));
  }

  private static boolean near(double value, double expected) {
    return Math.abs(value - expected) <= NEAR * Math.abs(expected);
  }

  /** A layer as scale · of + shift, where the numbers are the same for all channels. */
  private record Scaled(Layer of, double scale, double shift) {
    static Scaled of(Layer layer) {
      Layer at = layer;
      double scale = 1;
      double shift = 0;
      while (at.step() instanceof Step.Affine a && a.single()) {
        shift += scale * (a.shift()[0] - a.scale()[0] * a.mean()[0]);
        scale *= a.scale()[0];
        at = at.input();
      }
      return new Scaled(at, scale, shift);
    }
  }
}
