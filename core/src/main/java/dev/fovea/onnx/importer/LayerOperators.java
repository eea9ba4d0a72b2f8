package dev.fovea.onnx.importer;

import dev.fovea.graph.Initializer;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxType;
import dev.fovea.onnx.importer.Layer.Step;
import dev.fovea.onnx.importer.Value.Axis;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads nodes that depend on the image as layers. */
final class LayerOperators {
  private static final Initializer HE = new Initializer.HeNormal(Initializer.Fan.OUT);
  private static final Initializer ZERO = new Initializer.Constant(0);

  /** Before this opset a softmax is over all axes from one on. */
  private static final int SOFTMAX_OF_ONE_AXIS = 13;

  private LayerOperators() {}

  /** The values that a node computes. */
  static List<Value> read(Reading r) {
    String operator = r.node().operator();
    if (operator.equals("Split")) {
      return Channels.split(r);
    } else if (r.inputs().stream()
        .anyMatch(v -> v.isPresent() && v.get() instanceof Value.Scores)) {
      return List.of(scores(r));
    } else if (Channels.isOne(r)) {
      boolean same = operator.equals("Identity") || operator.equals("Cast");
      return List.of(same ? r.input(0) : Channels.read(r));
    }
    return List.of(map(r));
  }

  /** Nodes after the softmax may only change how its values are seen. */
  private static Value scores(Reading r) {
    boolean sameValues =
        List.of("Identity", "Cast", "CastLike", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Log")
            .contains(r.node().operator());
    if (!sameValues || !(r.input(0) instanceof Value.Scores s)) {
      throw new Unsupported(
          "it reads probabilities, and Fovea's networks end with what a softmax is taken of");
    }
    if (r.node().operator().equals("Log")) {
      return s;
    }
    List<Optional<Value>> inputs = new ArrayList<>(r.inputs());
    inputs.set(0, Optional.of(s.logits()));
    return map(r.with(inputs)) instanceof Value.Map m ? new Value.Scores(m) : s;
  }

  private static Value map(Reading r) {
    return switch (r.node().operator()) {
      case "Gather" -> Channels.take(r);
      case "Identity", "Cast" -> r.map(0);
      case "CastLike" ->
          r.input(0) instanceof Value.Known k
              ? new Value.Known(Constants.cast(k.tensor(), OnnxType.FLOAT))
              : r.map(0);
      case "Dropout" -> dropout(r);
      case "Shape" -> new Value.Known(ConstantOperators.shape(r, r.map(0).dims()));
      case "Size" -> new Value.Known(ConstantOperators.size(r.map(0).dims()));
      case "Transpose" -> Axes.transpose(r);
      case "Reshape" -> Axes.reshape(r.map(0), ConstantOperators.target(r, r.map(0).dims()));
      case "Flatten" -> Axes.flatten(r);
      case "Squeeze" -> Axes.squeeze(r);
      case "Unsqueeze" -> Axes.unsqueeze(r);
      case "Relu" -> r.map(0).with(r.map(0).layer().then(new Op.Relu()));
      case "Sigmoid" -> r.map(0).with(r.map(0).layer().then(new Op.Sigmoid()));
      case "Tanh" -> r.map(0).with(r.map(0).layer().then(new Op.Tanh()));
      case "Gelu" -> Gelus.whole(r);
      case "Swish" -> Gelus.swish(r);
      case "Erf" -> Gelus.erf(r);
      case "Pow" -> Arithmetic.power(r);
      case "Clip", "Max", "Min" -> Bounds.read(r);
      case "Add", "Sub", "Mul", "Div", "Sum" -> Arithmetic.read(r);
      case "Neg" -> Arithmetic.negative(r.map(0));
      case "BatchNormalization" -> batchNorm(r);
      case "Conv" -> conv(r);
      case "MaxPool", "AveragePool" -> Pools.windowed(r);
      case "GlobalAveragePool" -> Pools.global(r, false);
      case "GlobalMaxPool" -> Pools.global(r, true);
      case "ReduceMean" -> Pools.reduced(r, false);
      case "ReduceMax" -> Pools.reduced(r, true);
      case "Concat" -> concat(r);
      case "Pad" -> pad(r);
      case "Slice" -> slice(r);
      case "LRN" -> localResponseNorm(r);
      case "Gemm" -> gemm(r);
      case "MatMul" -> matMul(r);
      case "Softmax", "LogSoftmax" -> softmax(r);
      default -> throw new Unsupported(ADVICE.getOrDefault(r.node().operator(), UNKNOWN));
    };
  }

  private static final String UNKNOWN =
      "Fovea has no such operation in its networks; it would need one, with its gradient";
  private static final String QUANTIZED =
      "the model is quantized; import the model in float32, and quantize it with Fovea";
  private static final String RETRAIN =
      "Fovea has ReLU, GELU, SiLU, sigmoid and tanh; retrain with one of them";

  private static final Map<String, String> ADVICE =
      Map.ofEntries(
          Map.entry("If", "its graph depends on a condition; export the model in evaluation mode"),
          Map.entry("Loop", "its graph has a loop; export the model in evaluation mode"),
          Map.entry("Scan", "its graph has a loop; export the model in evaluation mode"),
          Map.entry("QuantizeLinear", QUANTIZED),
          Map.entry("DequantizeLinear", QUANTIZED),
          Map.entry("DynamicQuantizeLinear", QUANTIZED),
          Map.entry("QLinearConv", QUANTIZED),
          Map.entry("QLinearMatMul", QUANTIZED),
          Map.entry("ConvInteger", QUANTIZED),
          Map.entry("MatMulInteger", QUANTIZED),
          Map.entry("LeakyRelu", RETRAIN),
          Map.entry("PRelu", RETRAIN),
          Map.entry("Elu", RETRAIN),
          Map.entry("Selu", RETRAIN),
          Map.entry("HardSwish", RETRAIN),
          Map.entry("HardSigmoid", RETRAIN),
          Map.entry("ArgMax", "it gives the class alone; export the model with its scores"),
          Map.entry("TopK", "it gives the best classes alone; export the model with its scores"),
          Map.entry(
              "ConvTranspose", "it enlarges maps, which no classifier of these families does"),
          Map.entry("Resize", "it resizes maps or images; leave that to the preprocessing"),
          Map.entry("Upsample", "it resizes maps or images; leave that to the preprocessing"));

  /** What an operator would take; empty if nothing special is known of it. */
  static Optional<String> advice(String operator) {
    return Optional.ofNullable(ADVICE.get(operator));
  }

  private static Value softmax(Reading r) {
    Value.Map m = r.map(0);
    int rank = m.axes().size();
    boolean flattens = r.opset() < SOFTMAX_OF_ONE_AXIS;
    int axis = ConstantOperators.axis(r.whole("axis", flattens ? 1 : -1), rank);
    List<Axis> over =
        m.axes().subList(axis, flattens ? rank : axis + 1).stream().flatMap(List::stream).toList();
    List<Axis> all = m.order().stream().filter(a -> a != Axis.N).toList();
    if (over.contains(Axis.N) || !over.containsAll(all)) {
      throw new Unsupported(
          "its axis " + axis + " of a value of " + m.dims() + " is not that of the classes");
    }
    return new Value.Scores(m);
  }

  static Value.Map nchw(Reading r) {
    Value.Map m = r.map(0);
    if (!m.isNchw()) {
      throw new Unsupported("its input has the axes " + m.axes() + ", expected [N], [C], [H], [W]");
    }
    return Value.Map.nchw(m.layer(), m.batch());
  }

  private static Value dropout(Reading r) {
    double p = r.has(1) ? r.number(1) : r.real("ratio", 0.5);
    Value.Map m = r.map(0);
    return p > 0 && p < 1
        ? m.with(m.layer().then(new Op.Dropout(Double.parseDouble(Float.toString((float) p)))))
        : m;
  }

  private static Value batchNorm(Reading r) {
    Value.Map m = r.map(0);
    Layer x = m.layer();
    if (m.channelAxis() != 1) {
      throw new Unsupported("its input has the axes " + m.axes() + ", expected channels second");
    }
    if (r.whole("spatial", 1) == 0 && x.height() * x.width() > 1) {
      throw new Unsupported("it has numbers for each cell (spatial=0), expected one per channel");
    }
    if (r.whole("training_mode", 0) != 0) {
      throw new Unsupported("it is in training mode; export the model in evaluation mode");
    }
    // ONNX counts the share of what was, Fovea that of the new batch; 0 and 1 are of no use.
    double kept = r.real("momentum", 0.9);
    double momentum =
        kept > 0 && kept < 1
            ? BigDecimal.ONE.subtract(new BigDecimal(Double.toString(kept))).doubleValue()
            : 0.1;
    Op.BatchNorm op =
        new Op.BatchNorm(r.real("epsilon", 1e-5), momentum, new Initializer.Constant(1));
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
    params.put(ParamSpec.Role.WEIGHT, () -> fit.widened(w.floats()));
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
    List<Long> pads = r.listOrInput("pads", 1).or(() -> r.list("paddings")).orElse(List.of());
    double value = r.has(2) ? r.number(2) : r.real("value", 0);
    int rank = m.axes().size();
    String mode = r.text("mode", "constant");
    boolean edge = mode.equals("edge");
    if (r.has(3)) {
      pads = ConstantOperators.padsOfAllAxes(r, pads, rank);
    }
    if (pads.size() != 2 * rank || !edge && !mode.equals("constant")) {
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
    if (wide.step() instanceof Step.Pad p && p.value() == value && p.edge() == edge) {
      step =
          new Step.Pad(
              p.top() + top, p.left() + left, p.bottom() + bottom, p.right() + right, value, edge);
      wide = wide.input();
    }
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
    List<ConstantOperators.Range> channels = new ArrayList<>();
    for (ConstantOperators.Range range : ConstantOperators.ranges(r, m.dims())) {
      List<Axis> axis = m.axes().get(range.axis());
      long size = m.size(axis);
      boolean whole =
          range.start() == 0 && range.step() > 0 && range.count() == (size - 1) / range.step() + 1;
      boolean all = whole && range.step() == 1;
      if (axis.equals(List.of(Axis.C)) && size > 1 && !all) {
        channels.add(range);
        continue;
      }
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
    if (channels.size() == 1 && steps[0] == 1 && steps[1] == 1) {
      return Channels.slice(m, channels.get(0));
    } else if (!channels.isEmpty() || steps[0] != steps[1]) {
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
    double alpha = r.real("alpha", 1);
    double beta = r.real("beta", 1);
    if (r.whole("transA", 0) != 0) {
      throw new Unsupported("it turns what the image gives, which mixes the images of a batch");
    }
    OnnxTensor w = alpha == 1 ? r.reals(1) : Constants.unary(r.reals(1), x -> alpha * x);
    if (w.dims().size() != 2) {
      throw new Unsupported("its weights have the sizes " + w.dims() + ", expected 2 of them");
    }
    Value.Map m = linear(r, r.whole("transB", 0) != 0 ? w : Constants.transposed(w, List.of(1, 0)));
    if (!r.has(2) || beta == 0) {
      return m;
    }
    OnnxTensor bias = beta == 1 ? r.reals(2) : Constants.unary(r.reals(2), x -> beta * x);
    return Arithmetic.affine("Add", m, bias);
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
