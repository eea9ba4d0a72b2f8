package dev.fovea.onnx.exporter;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.onnx.Attribute;
import dev.fovea.passes.FoldNorms;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The nodes that compute a network's logits from normalized images. */
final class NetworkNodes {
  static final String LOGITS = "logits";
  private static final int ROW_AXIS = 2;

  private final NodeList list;
  private final IntegerNodes integers;
  private final Graph graph;
  private final Map<Node, String> values = new IdentityHashMap<>();

  NetworkNodes(Network network, NodeList list, boolean keepBatchNorm) {
    Graph main = network.graph().withoutAuxiliary();
    this.list = list;
    if (keepBatchNorm) {
      this.graph = main;
      this.integers = new IntegerNodes(list, network.weights(), network.quantized());
    } else {
      FoldNorms folded = new FoldNorms(main);
      this.graph = folded.graph();
      this.integers =
          new IntegerNodes(list, folded.weights(network.weights()), network.quantized());
    }
  }

  /** Adds all nodes; the last one gives {@link #LOGITS}. */
  void add(String images) {
    list.unique(LOGITS);
    for (Node n : graph.nodes()) {
      values.put(n, integers.rounded(n, n.op() instanceof Op.Input ? images : value(n)));
    }
    list.finish(of(graph.logits()), LOGITS);
  }

  private String of(Node n) {
    return Objects.requireNonNull(values.get(n), n.name());
  }

  private String value(Node n) {
    Op op = n.op();
    if (op instanceof Op.Conv2d o) {
      return conv(n, o);
    } else if (op instanceof Op.BatchNorm o) {
      return batchNorm(n, n.name(), o);
    } else if (op instanceof Op.BatchNormRelu o) {
      return list.add("Relu", n.name(), Map.of(), batchNorm(n, n.name() + ".norm", o.norm()));
    } else if (op instanceof Op.Linear o) {
      return linear(n, o);
    } else if (op instanceof Op.MaxPool o) {
      return maxPool(n, o);
    } else if (op instanceof Op.AvgPool o) {
      return averagePool(n, o);
    } else if (op instanceof Op.AdaptiveAvgPool o) {
      return adaptivePool(n, o);
    } else if (op instanceof Op.Concat) {
      List<String> branches = n.inputs().stream().map(this::of).toList();
      return list.add("Concat", n.name(), Map.of("axis", Attribute.of(1)), branches);
    } else if (op instanceof Op.Flatten) {
      return list.add("Flatten", n.name(), Map.of("axis", Attribute.of(1)), of(n.input()));
    } else if (op instanceof Op.LocalResponseNorm o) {
      return localResponseNorm(n, o);
    } else if (op instanceof Op.PadShortcut o) {
      return padShortcut(n, o);
    } else if (op instanceof Op.Affine o) {
      String scale = list.scalar(n.name() + ".scale", o.scale());
      String scaled = list.add("Mul", n.name() + ".scaled", Map.of(), of(n.input()), scale);
      return list.add(
          "Add", n.name(), Map.of(), scaled, list.scalar(n.name() + ".shift", o.shift()));
    } else if (op instanceof Op.Dropout || op instanceof Op.StochasticDepth) {
      return of(n.input());
    }
    return elementwise(n);
  }

  private String elementwise(Node n) {
    Op op = n.op();
    if (op instanceof Op.Relu) {
      return list.add("Relu", n.name(), Map.of(), of(n.input()));
    } else if (op instanceof Op.Sigmoid) {
      return list.add("Sigmoid", n.name(), Map.of(), of(n.input()));
    } else if (op instanceof Op.Tanh) {
      return list.add("Tanh", n.name(), Map.of(), of(n.input()));
    } else if (op instanceof Op.Gelu o) {
      return gelu(n, o);
    } else if (op instanceof Op.Silu) {
      String gate = list.add("Sigmoid", n.name() + ".sigmoid", Map.of(), of(n.input()));
      return list.add("Mul", n.name(), Map.of(), of(n.input()), gate);
    } else if (op instanceof Op.GlobalAvgPool) {
      return list.add("GlobalAveragePool", n.name(), Map.of(), of(n.input()));
    }
    String first = of(n.inputs().get(0));
    String second = of(n.inputs().get(1));
    if (op instanceof Op.Add) {
      return list.add("Add", n.name(), Map.of(), first, second);
    } else if (op instanceof Op.AddRelu) {
      String sum = list.add("Add", n.name() + ".sum", Map.of(), first, second);
      return list.add("Relu", n.name(), Map.of(), sum);
    } else if (op instanceof Op.Multiply) {
      return list.add("Mul", n.name(), Map.of(), first, second);
    }
    throw new IllegalArgumentException("no ONNX node for " + n);
  }

  private String gelu(Node n, Op.Gelu o) {
    String form = o.approximation() == Op.Gelu.Approximation.TANH ? "tanh" : "none";
    return list.add(
        "Gelu", n.name(), Map.of("approximate", new Attribute.Text(form)), of(n.input()));
  }

  private String parameter(Node n, ParamSpec.Role role) {
    return integers.parameter(n, role);
  }

  private String conv(Node n, Op.Conv2d o) {
    List<String> inputs = new ArrayList<>(List.of(of(n.input())));
    inputs.add(parameter(n, ParamSpec.Role.WEIGHT));
    if (o.bias()) {
      inputs.add(parameter(n, ParamSpec.Role.BIAS));
    }
    Window w = o.window();
    Map<String, Attribute> attributes =
        Map.of(
            "kernel_shape", Attribute.list(w.kernelH(), w.kernelW()),
            "strides", Attribute.list(w.strideH(), w.strideW()),
            "pads", Attribute.list(w.padH(), w.padW(), w.padH(), w.padW()),
            "dilations", Attribute.list(1, 1),
            "group", Attribute.of(o.groups()));
    return list.add("Conv", n.name(), attributes, inputs);
  }

  private String batchNorm(Node n, String name, Op.BatchNorm o) {
    return list.add(
        "BatchNormalization",
        name,
        Map.of("epsilon", Attribute.of((float) o.epsilon())),
        of(n.input()),
        parameter(n, ParamSpec.Role.NORM_SCALE),
        parameter(n, ParamSpec.Role.NORM_SHIFT),
        parameter(n, ParamSpec.Role.RUNNING_MEAN),
        parameter(n, ParamSpec.Role.RUNNING_VAR));
  }

  private String linear(Node n, Op.Linear o) {
    List<String> inputs = new ArrayList<>(List.of(of(n.input())));
    inputs.add(parameter(n, ParamSpec.Role.WEIGHT));
    if (o.bias()) {
      inputs.add(parameter(n, ParamSpec.Role.BIAS));
    }
    return list.add("Gemm", n.name(), Map.of("transB", Attribute.of(1)), inputs);
  }

  /**
   * Padding below and to the right, so that windows which extend past the image need no {@code
   * ceil_mode}, about which runtimes disagree.
   */
  private static int end(int in, int out, int kernel, int stride, int pad) {
    return Math.max(pad, (out - 1) * stride + kernel - in - pad);
  }

  private static int endH(Node n, Window w) {
    return end(n.input().shape().dim(1), n.shape().dim(1), w.kernelH(), w.strideH(), w.padH());
  }

  private static int endW(Node n, Window w) {
    return end(
        n.input().shape().dim(ROW_AXIS),
        n.shape().dim(ROW_AXIS),
        w.kernelW(),
        w.strideW(),
        w.padW());
  }

  private String maxPool(Node n, Op.MaxPool o) {
    Window w = o.window();
    Map<String, Attribute> attributes =
        Map.of(
            "kernel_shape", Attribute.list(w.kernelH(), w.kernelW()),
            "strides", Attribute.list(w.strideH(), w.strideW()),
            "pads", Attribute.list(w.padH(), w.padW(), endH(n, w), endW(n, w)));
    return list.add("MaxPool", n.name(), attributes, of(n.input()));
  }

  private String averagePool(Node n, Op.AvgPool o) {
    Window w = o.window();
    int beyondH = endH(n, w) - w.padH();
    int beyondW = endW(n, w) - w.padW();
    boolean padded = w.padH() + w.padW() > 0;
    if (!o.countPadding() || beyondH + beyondW == 0 || !padded) {
      boolean count = o.countPadding() && padded;
      return averagePool(n, w, count, of(n.input()), w.padH(), w.padW(), endH(n, w), endW(n, w));
    }
    // Padding counts in the divisor and cells beyond it do not: the padding becomes part of the
    // image.
    String pads =
        list.longs(n.name() + ".pads", 0, 0, w.padH(), w.padW(), 0, 0, w.padH(), w.padW());
    String image = list.add("Pad", n.name() + ".padded", Map.of(), of(n.input()), pads);
    return averagePool(n, w, false, image, 0, 0, beyondH, beyondW);
  }

  private String averagePool(Node n, Window w, boolean count, String in, long... pads) {
    Map<String, Attribute> attributes =
        Map.of(
            "kernel_shape", Attribute.list(w.kernelH(), w.kernelW()),
            "strides", Attribute.list(w.strideH(), w.strideW()),
            "pads", Attribute.list(pads),
            "count_include_pad", Attribute.of(count ? 1 : 0));
    return list.add("AveragePool", n.name(), attributes, in);
  }

  private String adaptivePool(Node n, Op.AdaptiveAvgPool o) {
    Shape in = n.input().shape();
    int h = in.dim(1);
    int w = in.dim(ROW_AXIS);
    if (h == o.outH() && w == o.outW()) {
      return of(n.input());
    } else if (o.outH() == 1 && o.outW() == 1) {
      return list.add("GlobalAveragePool", n.name(), Map.of(), of(n.input()));
    } else if (h % o.outH() == 0 && w % o.outW() == 0) {
      int kernelH = h / o.outH();
      int kernelW = w / o.outW();
      Window window = new Window(kernelH, kernelW, kernelH, kernelW, 0, 0);
      return averagePool(n, window, false, of(n.input()), 0, 0, 0, 0);
    }
    // ONNX has no such pool. Its windows differ in size, and are the rows of a matrix.
    String rows =
        list.floats(n.name() + ".rows", new int[] {o.outH(), h}, () -> means(o.outH(), h, false));
    String columns =
        list.floats(n.name() + ".columns", new int[] {w, o.outW()}, () -> means(o.outW(), w, true));
    String narrow = list.add("MatMul", n.name() + ".narrow", Map.of(), of(n.input()), columns);
    return list.add("MatMul", n.name(), Map.of(), rows, narrow);
  }

  private static float[] means(int out, int in, boolean transposed) {
    float[] matrix = new float[out * in];
    for (int i = 0; i < out; i++) {
      int from = (int) ((long) i * in / out);
      int to = (int) (((long) (i + 1) * in + out - 1) / out);
      for (int j = from; j < to; j++) {
        matrix[transposed ? j * out + i : i * in + j] = 1f / (to - from);
      }
    }
    return matrix;
  }

  private String localResponseNorm(Node n, Op.LocalResponseNorm o) {
    Map<String, Attribute> attributes =
        Map.of(
            "size", Attribute.of(o.size()),
            "alpha", Attribute.of((float) o.alpha()),
            "beta", Attribute.of((float) o.beta()),
            "bias", Attribute.of((float) o.k()));
    return list.add("LRN", n.name(), attributes, of(n.input()));
  }

  private String padShortcut(Node n, Op.PadShortcut o) {
    String x = of(n.input());
    if (o.stride() > 1) {
      x =
          list.add(
              "Slice",
              n.name() + ".strided",
              Map.of(),
              x,
              list.longs(n.name() + ".starts", 0, 0),
              list.longs(n.name() + ".ends", Integer.MAX_VALUE, Integer.MAX_VALUE),
              list.longs(n.name() + ".axes", ROW_AXIS, ROW_AXIS + 1),
              list.longs(n.name() + ".steps", o.stride(), o.stride()));
    }
    long before = o.before();
    long after = (long) o.outChannels() - n.input().shape().dim(0) - before;
    if (before + after == 0) {
      return x;
    }
    String pads = list.longs(n.name() + ".pads", 0, before, 0, 0, 0, after, 0, 0);
    return list.add("Pad", n.name(), Map.of(), x, pads);
  }
}
