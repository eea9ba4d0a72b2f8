package dev.fovea;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the table {@code ops.txt} of test cases for all engines. Each line is a case, {@code KIND
 * key=value ...}; the head of the file explains the keys.
 */
public final class OpCases {
  private OpCases() {}

  /**
   * One line of the table.
   *
   * @param kind the simple name of a record of {@link Op}, or of a small network in lower case
   * @param inputs the shapes of the operation's inputs for one image
   */
  public record OpCase(
      String line, String kind, int batch, List<Shape> inputs, Map<String, String> options) {

    /** Whether the case is a single operation rather than a small network. */
    public boolean isOperation() {
      return Character.isUpperCase(kind.charAt(0));
    }

    /** The loss, with the label smoothing of the line, if any. */
    public SoftmaxCrossEntropy loss() {
      return new SoftmaxCrossEntropy(Double.parseDouble(options.getOrDefault("smoothing", "0")));
    }

    /**
     * Builds the network: images, a 1x1 convolution per input, the operation, and a classifier of 5
     * classes.
     */
    public Graph graph() {
      return isOperation() ? operation() : CaseNetworks.build(this);
    }

    private Graph operation() {
      GraphBuilder b = new GraphBuilder(kind);
      Shape first = inputs.get(0);
      boolean image = first.rank() == 3;
      if (options.containsKey("nostem")) {
        return classifier(b, b.add("op", op(), b.input(first)));
      }
      Node in = b.input(image ? Shape.of(3, first.dim(1), first.dim(2)) : Shape.of(3, 2, 2));
      Node flat = image ? in : b.flatten("stem_flat", in);
      List<Node> stems = new ArrayList<>();
      for (Shape s : inputs) {
        String name = "stem" + stems.size();
        stems.add(
            image
                ? b.conv(
                    name,
                    in,
                    Op.Conv2d.of(s.dim(0), Window.square(1)).withBias(new Initializer.Constant(0)))
                : b.linear(name, flat, s.dim(0)));
      }
      return classifier(b, b.add("op", op(), stems.toArray(Node[]::new)));
    }

    static Graph classifier(GraphBuilder b, Node x) {
      Node flat = x.shape().rank() == 1 ? x : b.flatten("flat", x);
      return b.build(b.linear("fc", flat, 5));
    }

    /** The operation that a capitalized kind names. */
    public Op op() {
      return switch (kind) {
        case "Conv2d" -> conv();
        case "BatchNorm" -> norm();
        case "BatchNormRelu" -> new Op.BatchNormRelu(norm());
        case "Relu" -> new Op.Relu();
        case "Sigmoid" -> new Op.Sigmoid();
        case "Tanh" -> new Op.Tanh();
        case "Gelu" ->
            new Op.Gelu(flag("tanh") ? Op.Gelu.Approximation.TANH : Op.Gelu.Approximation.NONE);
        case "Silu" -> new Op.Silu();
        case "MaxPool" -> new Op.MaxPool(window(), flag("ceil"));
        case "AvgPool" -> new Op.AvgPool(window(), flag("ceil"), flag("countpad"));
        case "GlobalAvgPool" -> new Op.GlobalAvgPool();
        case "AdaptiveAvgPool" ->
            new Op.AdaptiveAvgPool(pair("out", "1x1")[0], pair("out", "1x1")[1]);
        case "Concat" -> new Op.Concat();
        case "Add" -> new Op.Add();
        case "AddRelu" -> new Op.AddRelu();
        case "Multiply" -> new Op.Multiply();
        case "Affine" -> new Op.Affine(number("scale", 1), number("shift", 0));
        case "Linear" ->
            new Op.Linear(
                whole("out", 5),
                !flag("nobias"),
                new Initializer.Constant(0),
                new Initializer.Constant(0));
        case "StochasticDepth" -> new Op.StochasticDepth(number("p", 0.5));
        case "Dropout" -> new Op.Dropout(number("p", 0.5));
        case "LocalResponseNorm" ->
            new Op.LocalResponseNorm(
                whole("size", 5), number("alpha", 1e-4), number("beta", 0.75), number("k", 1));
        case "Flatten" -> new Op.Flatten();
        case "PadShortcut" ->
            new Op.PadShortcut(whole("out", 0), whole("stride", 2), whole("before", 0));
        default ->
            throw new IllegalArgumentException("ops.txt: no operation '" + kind + "' in: " + line);
      };
    }

    private Op conv() {
      Op.Conv2d conv = Op.Conv2d.of(whole("out", 0), window()).grouped(whole("groups", 1));
      return flag("bias") ? conv.withBias(new Initializer.Constant(0)) : conv;
    }

    private Op.BatchNorm norm() {
      return new Op.BatchNorm(
          number("eps", 1e-5), number("momentum", 0.1), new Initializer.Constant(1), statistics());
    }

    private Op.BatchNorm.Statistics statistics() {
      if (flag("synchronized")) {
        return Op.BatchNorm.Statistics.ALL_RANKS;
      }
      return flag("fixed") ? Op.BatchNorm.Statistics.FIXED : Op.BatchNorm.Statistics.BATCH;
    }

    private Window window() {
      int[] kernel = pair("kernel", "1x1");
      int[] stride = pair("stride", "1x1");
      int[] pad = pair("pad", "0x0");
      return new Window(kernel[0], kernel[1], stride[0], stride[1], pad[0], pad[1]);
    }

    boolean flag(String key) {
      return options.containsKey(key);
    }

    int whole(String key, int otherwise) {
      return Integer.parseInt(options.getOrDefault(key, otherwise + ""));
    }

    private double number(String key, double otherwise) {
      return Double.parseDouble(options.getOrDefault(key, otherwise + ""));
    }

    private int[] pair(String key, String otherwise) {
      return Arrays.stream(options.getOrDefault(key, otherwise).split("x"))
          .mapToInt(Integer::parseInt)
          .toArray();
    }

    @Override
    public String toString() {
      return line;
    }
  }

  /** All cases, in the order of the file. */
  public static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    try (InputStream in = OpCases.class.getResourceAsStream("/ops.txt");
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          cases.add(parse(line.trim().replaceAll(" +", " ")));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("ops.txt cannot be read", e);
    }
    return cases;
  }

  /** Parses one line of the table. */
  public static OpCase parse(String line) {
    String[] words = line.split(" ");
    Map<String, String> options = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      options.put(equals < 0 ? word : word.substring(0, equals), word.substring(equals + 1));
    }
    options.remove(words[0]);
    List<Shape> inputs = new ArrayList<>();
    for (String shape : options.remove("in").split(",")) {
      inputs.add(Shape.of(Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray()));
    }
    int batch = Integer.parseInt(options.remove("n"));
    return new OpCase(line, words[0], batch, List.copyOf(inputs), options);
  }
}
