package dev.fovea.onnx.importer;

import dev.fovea.graph.Initializer;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.importer.Layer.Step;
import dev.fovea.onnx.importer.Value.Axis;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** Reads nodes that depend on the image as layers. */
final class LayerOperators {
  private static final Initializer HE = new Initializer.HeNormal(Initializer.Fan.OUT);
  private static final Initializer ZERO = new Initializer.Constant(0);

  private LayerOperators() {}

  /** The value that a node computes. */
  static Value read(Reading r) {
    String operator = r.node().operator();
    if (Channels.isOne(r)) {
      return operator.equals("Identity") || operator.equals("Cast") ? r.input(0) : Channels.read(r);
    }
    return switch (operator) {
      case "Gather" -> Channels.take(r);
      case "Identity", "Cast" -> r.map(0);
      case "Dropout" -> dropout(r);
      case "Shape" -> new Value.Known(ConstantOperators.shape(r, r.map(0).dims()));
      case "Transpose" -> Axes.transpose(r);
      case "Reshape" -> Axes.reshape(r.map(0), ConstantOperators.target(r, r.map(0).dims()));
      case "Flatten" -> Axes.flatten(r);
      case "Squeeze" -> Axes.squeeze(r);
      case "Unsqueeze" -> Axes.unsqueeze(r);
      case "Relu" -> r.map(0).with(r.map(0).layer().then(new Op.Relu()));
      case "Sigmoid" -> r.map(0).with(r.map(0).layer().then(new Op.Sigmoid()));
      case "Tanh" -> r.map(0).with(r.map(0).layer().then(new Op.Tanh()));
      case "Clip" -> clip(r);
      case "Add", "Sub", "Mul", "Div", "Sum" -> arithmetic(r);
      case "BatchNormalization" -> batchNorm(r);
      case "Conv" -> conv(r);
      case "MaxPool", "AveragePool" -> Pools.windowed(r);
      case "GlobalAveragePool" -> Pools.global(r);
      case "ReduceMean" -> Pools.mean(r);
      case "Concat" -> concat(r);
      case "Pad" -> pad(r);
      case "Slice" -> slice(r);
      case "LRN" -> localResponseNorm(r);
      case "Gemm" -> gemm(r);
      case "MatMul" -> matMul(r);
      case "Softmax", "LogSoftmax" -> r.map(0);
      default -> throw new Unsupported(ADVICE.getOrDefault(operator, UNKNOWN));
    };
  }

  private static final String UNKNOWN =
      "Fovea has no such operation in its networks; it would need one, with its gradient";

  private static final Map<String, String> ADVICE =
      Map.of(
          "If", "its graph depends on a condition; export the model in evaluation mode",
          "Loop", "its graph has a loop; export the model in evaluation mode",
          "QuantizeLinear", "the model is quantized; import the model in float32",
          "DequantizeLinear", "the model is quantized; import the model in float32",
          "LeakyRelu", "Fovea has ReLU, sigmoid and tanh; retrain with one of them",
          "ConvTranspose", "it enlarges maps, which no classifier of these families does");

  static Value.Map nchw(Reading r) {
    Value.Map m = r.map(0);
    if (!m.isNchw()) {
      throw new Unsupported("its input has the axes " + m.axes() + ", expected [N], [C], [H], [W]");
    }
    return Value.Map.nchw(m.layer(), m.batch());
  }

  private static Value dropout(Reading r) {
    double p = r.has(1) ? r.reals(1).floats()[0] : r.real("ratio", 0.5);
    Value.Map m = r.map(0);
    return p > 0 && p < 1
        ? m.with(m.layer().then(new Op.Dropout(Double.parseDouble(Float.toString((float) p)))))
        : m;
  }

  private static Value clip(Reading r) {
    double low = r.has(1) ? r.reals(1).floats()[0] : r.real("min", Double.NEGATIVE_INFINITY);
    double high = r.has(2) ? r.reals(2).floats()[0] : r.real("max", Double.POSITIVE_INFINITY);
    if (low == 0 && high >= Float.MAX_VALUE) {
      return r.map(0).with(r.map(0).layer().then(new Op.Relu()));
    }
    throw new Unsupported(
        "it clips to " + low + " to " + high + ", and Fovea has only the ReLU, 0 to infinity");
  }

  private static Value arithmetic(Reading r) {
    if (r.inputs().size() == 1) {
      return r.map(0);
    }
    if (r.inputs().size() > 2) {
      throw new Unsupported("it adds " + r.inputs().size() + " values, expected 2");
    }
    String operator = r.node().operator();
    if (r.input(0) instanceof Value.Map a && r.input(1) instanceof Value.Map b) {
      return maps(operator, a, b);
    } else if (r.input(0) instanceof Value.Map a) {
      return affine(operator, a, r.reals(1));
    } else if (operator.equals("Add") || operator.equals("Mul") || operator.equals("Sum")) {
      return affine(operator, r.map(1), r.reals(0));
    }
    throw new Unsupported("a constant comes first, and only sums and products may be turned");
  }

  private static Value maps(String operator, Value.Map a, Value.Map b) {
    boolean same =
        a.order().equals(b.order())
            && a.axes().size() == b.axes().size()
            && a.layer().channels() == b.layer().channels()
            && a.layer().height() == b.layer().height()
            && a.layer().width() == b.layer().width();
    boolean sum = operator.equals("Add") || operator.equals("Sum");
    if (!same || !sum && !operator.equals("Mul")) {
      throw new Unsupported(
          "it combines values of "
              + a.dims()
              + " and "
              + b.dims()
              + "; Fovea adds and multiplies values of the same sizes");
    }
    Op op = sum ? new Op.Add() : new Op.Multiply();
    Layer x = a.layer();
    return a.with(Layer.of(op, List.of(x, b.layer()), x.channels(), x.height(), x.width()));
  }

  private static Value affine(String operator, Value.Map m, OnnxTensor by) {
    int channels = m.layer().channels();
    double[] v = perChannel(m, by, channels);
    double[] mean = new double[channels];
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    java.util.Arrays.fill(scale, 1);
    switch (operator) {
      case "Add", "Sum" -> System.arraycopy(v, 0, shift, 0, channels);
      case "Sub" -> System.arraycopy(v, 0, mean, 0, channels);
      case "Mul" -> System.arraycopy(v, 0, scale, 0, channels);
      default -> {
        for (int c = 0; c < channels; c++) {
          scale[c] = 1 / v[c];
        }
      }
    }
    Layer x = m.layer();
    Step step = new Step.Affine(mean, scale, shift, by.elements() == 1);
    return m.with(new Layer(step, List.of(x), Map.of(), x.channels(), x.height(), x.width()));
  }

  /** A constant with one value, or one for each channel along the channels' axis. */
  private static double[] perChannel(Value.Map m, OnnxTensor t, int channels) {
    double[] all = new double[channels];
    if (t.elements() == 1) {
      java.util.Arrays.fill(all, Double.parseDouble(Float.toString(t.floats()[0])));
      return all;
    }
    int axis = m.channelAxis() - (m.axes().size() - t.dims().size());
    boolean fits = m.channelAxis() >= 0 && axis >= 0 && t.elements() == channels;
    if (!fits || t.dims().get(axis) != channels) {
      throw new Unsupported(
          "its constant has the sizes "
              + t.dims()
              + " for a value of "
              + m.dims()
              + "; expected one number, or one for each of "
              + channels
              + " channels");
    }
    float[] values = t.floats();
    for (int c = 0; c < channels; c++) {
      all[c] = values[c];
    }
    return all;
  }

  private static Value batchNorm(Reading r) {
    Value.Map m = r.map(0);
    Layer x = m.layer();
    if (m.channelAxis() != 1) {
      throw new Unsupported("its input has the axes " + m.axes() + ", expected channels second");
    }
    if (r.whole("training_mode", 0) != 0) {
      throw new Unsupported("it is in training mode; export the model in evaluation mode");
    }
    Op.BatchNorm op = new Op.BatchNorm(r.real("epsilon", 1e-5), 0.1, new Initializer.Constant(1));
    Map<ParamSpec.Role, Supplier<float[]>> params = new EnumMap<>(ParamSpec.Role.class);
    params.put(ParamSpec.Role.NORM_SCALE, vector(r, 1, x.channels()));
    params.put(ParamSpec.Role.NORM_SHIFT, vector(r, 2, x.channels()));
    params.put(ParamSpec.Role.RUNNING_MEAN, vector(r, 3, x.channels()));
    params.put(ParamSpec.Role.RUNNING_VAR, vector(r, 4, x.channels()));
    return m.with(
        new Layer(new Step.Plain(op), List.of(x), params, x.channels(), x.height(), x.width()));
  }

  private static Supplier<float[]> vector(Reading r, int input, int size) {
    OnnxTensor t = r.reals(input);
    if (t.elements() != size) {
      throw new Unsupported("its input " + (input + 1) + " has " + t.dims() + ", expected " + size);
    }
    return t::floats;
  }

  private static Value conv(Reading r) {
    Value.Map m = nchw(r);
    OnnxTensor w = r.reals(1);
    int groups = r.small("group", 1);
    if (w.dims().size() != 4 || groups < 1) {
      throw new Unsupported("its weights have the sizes " + w.dims() + ", expected 4 of them");
    }
    int out = Math.toIntExact(w.dims().get(0));
    if (w.dims().get(1) * groups != m.layer().channels()) {
      throw new Unsupported(
          "its weights "
              + w.dims()
              + " in "
              + groups
              + " groups do not fit an input of "
              + m.dims());
    }
    int kernelH = Math.toIntExact(w.dims().get(2));
    int kernelW = Math.toIntExact(w.dims().get(3));
    Windows.Fit fit = Windows.conv(r, m.layer(), kernelH, kernelW);
    boolean bias = r.has(2);
    Map<ParamSpec.Role, Supplier<float[]>> params = new EnumMap<>(ParamSpec.Role.class);
    params.put(ParamSpec.Role.WEIGHT, () -> fit.widened(w.floats(), kernelH, kernelW));
    if (bias) {
      params.put(ParamSpec.Role.BIAS, vector(r, 2, out));
    }
    Op op = new Op.Conv2d(out, fit.window(), groups, bias, HE, ZERO);
    return m.with(
        new Layer(
            new Step.Plain(op), List.of(fit.input()), params, out, fit.height(), fit.width()));
  }

  private static Value concat(Reading r) {
    List<Layer> branches = new ArrayList<>();
    int channels = 0;
    Value.Map first = r.map(0);
    int axis = ConstantOperators.axis(r.whole("axis", 1), first.axes().size());
    for (int i = 0; i < r.inputs().size(); i++) {
      Value.Map m = r.map(i);
      boolean fits =
          m.axes().size() == first.axes().size()
              && m.channelAxis() == axis
              && m.layer().height() == first.layer().height()
              && m.layer().width() == first.layer().width();
      if (!fits) {
        throw new Unsupported(
            "it concatenates "
                + first.dims()
                + " and "
                + m.dims()
                + " along axis "
                + axis
                + "; Fovea concatenates channels");
      }
      branches.add(m.layer());
      channels = Math.addExact(channels, m.layer().channels());
    }
    Layer x = first.layer();
    return first.with(Layer.of(new Op.Concat(), branches, channels, x.height(), x.width()));
  }

  private static Value pad(Reading r) {
    Value.Map m = r.map(0);
    List<Long> pads = r.listOrInput("pads", 1).orElse(List.of());
    double value = r.has(2) ? r.reals(2).floats()[0] : r.real("value", 0);
    int rank = m.axes().size();
    String mode = r.text("mode", "constant");
    boolean edge = mode.equals("edge");
    if (pads.size() != 2 * rank || r.has(3) || !edge && !mode.equals("constant")) {
      throw new Unsupported("it pads " + pads + " in the mode " + mode + ", expected constants");
    }
    Map<Axis, Integer> begin = new EnumMap<>(Axis.class);
    Map<Axis, Integer> end = new EnumMap<>(Axis.class);
    for (int i = 0; i < rank; i++) {
      long b = pads.get(i);
      long e = pads.get(i + rank);
      boolean one = m.axes().get(i).size() == 1;
      if (b < 0 || e < 0 || b + e > 1 << 20 || b + e > 0 && !one) {
        throw new Unsupported("it pads " + pads + " for a value of " + m.dims());
      }
      if (one) {
        begin.put(m.axes().get(i).get(0), (int) b);
        end.put(m.axes().get(i).get(0), (int) e);
      }
    }
    return m.with(padded(m.layer(), begin, end, value, edge));
  }

  private static Layer padded(
      Layer x, Map<Axis, Integer> begin, Map<Axis, Integer> end, double value, boolean edge) {
    int before = begin.getOrDefault(Axis.C, 0);
    int after = end.getOrDefault(Axis.C, 0);
    int top = begin.getOrDefault(Axis.H, 0);
    int left = begin.getOrDefault(Axis.W, 0);
    int bottom = end.getOrDefault(Axis.H, 0);
    int right = end.getOrDefault(Axis.W, 0);
    int images = begin.getOrDefault(Axis.N, 0) + end.getOrDefault(Axis.N, 0);
    int channels = x.channels() + before + after;
    if (images > 0 || before + after > 0 && (value != 0 || edge)) {
      throw new Unsupported("it pads images or channels with " + value);
    }
    Layer wide = x;
    if (channels > x.channels()) {
      boolean strided = x.step() instanceof Step.Plain p && p.op() instanceof Op.PadShortcut;
      Layer from = strided ? x.input() : x;
      int stride = strided ? ((Op.PadShortcut) ((Step.Plain) x.step()).op()).stride() : 1;
      Op op = new Op.PadShortcut(channels, stride, before);
      wide = Layer.of(op, List.of(from), channels, x.height(), x.width());
    }
    if (top + bottom + left + right == 0) {
      return wide;
    }
    Step step = new Step.Pad(top, left, bottom, right, value, edge);
    return new Layer(
        step,
        List.of(wide),
        Map.of(),
        channels,
        x.height() + top + bottom,
        x.width() + left + right);
  }

  private static Value slice(Reading r) {
    Value.Map m = r.map(0);
    Layer x = m.layer();
    long[] steps = {1, 1};
    for (ConstantOperators.Range range : ConstantOperators.ranges(r, m.dims())) {
      List<Axis> axis = m.axes().get(range.axis());
      long size = m.size(axis);
      boolean alone = ConstantOperators.ranges(r, m.dims()).size() == 1;
      if (alone && axis.equals(List.of(Axis.C)) && size > 1 && range.count() == 1) {
        return Channels.slice(m, range);
      }
      boolean whole =
          range.start() == 0 && range.step() > 0 && range.count() == (size - 1) / range.step() + 1;
      if (whole && range.step() == 1) {
        continue;
      }
      if (!whole || !axis.equals(List.of(Axis.H)) && !axis.equals(List.of(Axis.W))) {
        throw new Unsupported(
            "it takes a part of "
                + m.dims()
                + "; Fovea can only leave out rows and columns in equal steps");
      }
      steps[axis.get(0) == Axis.H ? 0 : 1] = range.step();
    }
    if (steps[0] != steps[1]) {
      throw new Unsupported("it steps by " + steps[0] + " rows and " + steps[1] + " columns");
    }
    int stride = (int) steps[0];
    return stride == 1
        ? m
        : m.with(
            Layer.of(
                new Op.PadShortcut(x.channels(), stride, 0),
                List.of(x),
                x.channels(),
                (x.height() - 1) / stride + 1,
                (x.width() - 1) / stride + 1));
  }

  private static Value localResponseNorm(Reading r) {
    Value.Map m = nchw(r);
    int size = r.small("size", 5);
    Op op =
        new Op.LocalResponseNorm(
            size, r.real("alpha", 1e-4), r.real("beta", 0.75), r.real("bias", 1));
    return m.with(m.layer().then(op));
  }

  private static Value gemm(Reading r) {
    if (r.real("alpha", 1) != 1 || r.real("beta", 1) != 1 || r.whole("transA", 0) != 0) {
      throw new Unsupported("its alpha, beta or transA differ from 1, 1 and 0");
    }
    OnnxTensor w = r.reals(1);
    if (w.dims().size() != 2) {
      throw new Unsupported("its weights have the sizes " + w.dims() + ", expected 2 of them");
    }
    Value.Map m = linear(r, r.whole("transB", 0) != 0 ? w : Constants.transposed(w, List.of(1, 0)));
    return r.has(2) ? affine("Add", m, r.reals(2)) : m;
  }

  private static Value matMul(Reading r) {
    OnnxTensor w = r.reals(1);
    if (w.dims().size() != 2) {
      throw new Unsupported("its weights have the sizes " + w.dims() + ", expected 2 of them");
    }
    return linear(r, Constants.transposed(w, List.of(1, 0)));
  }

  /** A linear layer with weights (outputs, inputs). */
  private static Value.Map linear(Reading r, OnnxTensor w) {
    Value.Map m = r.map(0);
    long inputs = m.dims().stream().reduce(1L, Math::multiplyExact) / Math.max(1, m.batch());
    boolean rows = m.axes().size() == 2 && m.axes().get(0).equals(List.of(Axis.N));
    if (!rows || w.dims().get(1) != inputs) {
      throw new Unsupported("its weights " + w.dims() + " do not fit an input of " + m.dims());
    }
    int out = Math.toIntExact(w.dims().get(0));
    OnnxTensor ours = Axes.inOurOrder(m, w);
    Initializer init = new Initializer.PyTorchDefault(Math.toIntExact(inputs));
    Op op = new Op.Linear(out, false, init, init);
    Map<ParamSpec.Role, Supplier<float[]>> params =
        Map.of(ParamSpec.Role.WEIGHT, Objects.requireNonNull(ours)::floats);
    return Value.Map.flat(
        new Layer(new Step.Plain(op), List.of(m.layer()), params, out, 1, 1), m.batch());
  }
}
