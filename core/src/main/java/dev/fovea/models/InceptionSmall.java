package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Entry.Request;
import dev.fovea.models.ModelInfo.Published;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Inception-v3 for 32x32 images, with every design choice of the paper as an option (Szegedy et al.
 * 2015, arXiv 1512.00567); for studies.
 *
 * <p>The modules of Figures 5, 6 and 7 (two, two and one of them) work on grids of 32x32, 16x16 and
 * 8x8 after a stem that keeps the grid unless its stride and pool are chosen otherwise, with the
 * released network's channels times {@code width}, rounded up to multiples of 16. Each option
 * changes only what it names, so that two variants differ only in what is compared.
 */
final class InceptionSmall {
  private static final Window ONE = Window.square(1);
  private static final Window AROUND = Window.square(3).pad(1);
  private static final Window HALVE = Window.square(3).stride(2).pad(1);
  private static final Window SEVEN = Window.square(7).pad(3);
  private static final Window ROW = Window.of(1, 7).pad(0, 3);
  private static final Window COLUMN = Window.of(7, 1).pad(3, 0);
  private static final double AUX_WEIGHT = 0.4;
  private static final int MAX_WIDTH = 8;

  private static final List<ModelOption> OPTIONS =
      List.of(
          ModelOption.choice(
              "stem", "the first layers: three 3x3, or the 7x7 that they factorize", "3x3", "7x7"),
          StemOptions.stride("1", "2"),
          StemOptions.pool("the pool after the first convolution", "none", "max"),
          ModelOption.choice(
              "five",
              "the larger window of the first modules: two 3x3 (Figure 5), 5x5 (Figure 4), or 1x5"
                  + " and 5x1",
              "3x3",
              "5x5",
              "1x5"),
          ModelOption.choice(
              "seven",
              "the windows of the middle modules: 1x7 and 7x1 (Figure 6), or 7x7",
              "1x7",
              "7x7"),
          ModelOption.choice(
              "reduction",
              "how the grid is halved: convolutions and pool in parallel (Figure 10), or in"
                  + " sequence (Figure 9)",
              "parallel",
              "pool-first",
              "conv-first"),
          ModelOption.choice(
              "aux",
              "auxiliary classifier: none, with batch norm only in its convolution, or also in its"
                  + " fully connected layer",
              "none",
              "conv",
              "bn"),
          ModelOption.number("dropout", "0", "dropout before the classifier"),
          ModelOption.number(
              "width",
              "0.125",
              "channels as a part of the full network's, rounded up to multiples of 16"));

  private final Request request;
  private final Options options;
  private final GraphBuilder g;
  private final double width;

  private InceptionSmall(Request request) {
    this.request = request;
    this.options = request.options();
    this.g = new GraphBuilder(request.name());
    this.width = options.number("width");
    if (!(width > 0 && width <= MAX_WIDTH)) {
      throw new ModelException(
          "model '"
              + request.name()
              + "': option width must be above 0 and at most "
              + MAX_WIDTH
              + ", got "
              + width);
    }
  }

  static List<Entry> entries() {
    ModelInfo info =
        new ModelInfo(
            "inception_v3_small",
            "Inception-v2/v3",
            Shape.of(3, 32, 32),
            10,
            Published.none("the modules of arXiv 1512.00567, Figures 5 to 7, for studies"),
            OPTIONS);
    return List.of(new Entry(info, r -> new InceptionSmall(r).build()));
  }

  private Graph build() {
    Node x = first("Mixed_5c", first("Mixed_5b", stem()));
    x = reduction("Mixed_6a", x, 384, List.of(step(64, ONE), step(96, AROUND)), 96);
    x = middle("Mixed_6c", middle("Mixed_6b", x));
    Node sixteen = x;
    List<Step> seven = new ArrayList<>(List.of(step(192, ONE)));
    seven.addAll(sevens(192, 192, ROW, COLUMN));
    x = last("Mixed_7b", reduction("Mixed_7a", x, 320, seven, 192));
    x = g.flatten("flatten", g.globalAvgPool("avgpool", x));
    double dropout = options.number("dropout");
    x = dropout == 0 ? x : g.add("dropout", new Op.Dropout(dropout), x);
    g.output(linear("fc", x, 0.1), 1);
    if (!options.is("aux", "none")) {
      g.output(auxiliary("AuxLogits", sixteen), AUX_WEIGHT);
    }
    return g.build();
  }

  private Node stem() {
    Node in = g.input(request.input());
    int stride = StemOptions.stride(options);
    if (options.is("stem", "7x7")) {
      return afterFirst(conv("Conv2d_1a_7x7", in, 64, SEVEN.stride(stride)));
    }
    Node x = afterFirst(conv("Conv2d_1a_3x3", in, 32, AROUND.stride(stride)));
    return conv("Conv2d_2b_3x3", conv("Conv2d_2a_3x3", x, 32, AROUND), 64, AROUND);
  }

  private Node afterFirst(Node x) {
    return StemOptions.pools(options) ? pool("maxpool1", x) : x;
  }

  private record Step(int channels, Window window) {}

  private static Step step(int channels, Window window) {
    return new Step(channels, window);
  }

  /** Figure 5, or Figure 4 with its 5x5. */
  private Node first(String name, Node in) {
    Node single = conv(name + ".branch1x1", in, 64, ONE);
    Node three = chain(name + ".branch3x3", in, List.of(step(48, ONE), step(64, AROUND)));
    Node five = chain(name + ".branch5x5", in, larger());
    return g.concat(name, List.of(single, three, five, poolAndProject(name, in, 64)));
  }

  private List<Step> larger() {
    List<Step> steps = new ArrayList<>(List.of(step(64, ONE)));
    steps.addAll(
        switch (options.text("five")) {
          case "5x5" -> List.of(step(96, Window.square(5).pad(2)));
          case "1x5" ->
              List.of(step(96, Window.of(1, 5).pad(0, 2)), step(96, Window.of(5, 1).pad(2, 0)));
          default -> List.of(step(96, AROUND), step(96, AROUND));
        });
    return steps;
  }

  /** Figure 6, or its unfactorized form. */
  private Node middle(String name, Node in) {
    Node single = conv(name + ".branch1x1", in, 192, ONE);
    List<Step> once = new ArrayList<>(List.of(step(128, ONE)));
    once.addAll(sevens(128, 192, ROW, COLUMN));
    List<Step> twice = new ArrayList<>(List.of(step(128, ONE)));
    twice.addAll(sevens(128, 128, COLUMN, ROW));
    twice.addAll(sevens(128, 192, COLUMN, ROW));
    return g.concat(
        name,
        List.of(
            single,
            chain(name + ".branch7x7", in, once),
            chain(name + ".branch7x7dbl", in, twice),
            poolAndProject(name, in, 192)));
  }

  /** A 7x7 layer, or two layers whose windows combine to 7x7. */
  private List<Step> sevens(int inside, int channels, Window before, Window after) {
    return options.is("seven", "7x7")
        ? List.of(step(channels, SEVEN))
        : List.of(step(inside, before), step(channels, after));
  }

  /** Figure 7. */
  private Node last(String name, Node in) {
    Node single = conv(name + ".branch1x1", in, 320, ONE);
    Node three = split(name + ".branch3x3", conv(name + ".branch3x3_1", in, 384, ONE));
    List<Step> before = List.of(step(448, ONE), step(384, AROUND));
    Node twice = split(name + ".branch3x3dbl", chain(name + ".branch3x3dbl", in, before));
    return g.concat(name, List.of(single, three, twice, poolAndProject(name, in, 192)));
  }

  private Node split(String name, Node in) {
    Node row = conv(name + "_a", in, 384, Window.of(1, 3).pad(0, 1));
    return g.concat(name, List.of(row, conv(name + "_b", in, 384, Window.of(3, 1).pad(1, 0))));
  }

  /**
   * Halves the grid, with the same channels in all three forms: a 3x3, a longer branch that ends in
   * a 3x3, and the input itself. In the sequential forms, where the pool is not a branch, a 1x1
   * replaces the third.
   */
  private Node reduction(String name, Node in, int channels, List<Step> before, int end) {
    boolean parallel = options.is("reduction", "parallel");
    Node x = options.is("reduction", "pool-first") ? pool(name + ".pool", in) : in;
    Window window = parallel ? HALVE : AROUND;
    Node three = conv(name + ".branch3x3", x, channels, window);
    List<Step> longer = new ArrayList<>(before);
    longer.add(step(end, window));
    Node other = chain(name + ".branch3x3dbl", x, longer);
    Node third =
        parallel
            ? pool(name + ".branch_pool", x)
            : exactly(name + ".branch1x1", x, x.shape().dim(0), ONE);
    Node out = g.concat(name, List.of(three, other, third));
    return options.is("reduction", "conv-first") ? pool(name + ".pool", out) : out;
  }

  private Node pool(String name, Node in) {
    return g.maxPool(name, in, HALVE, false);
  }

  private Node poolAndProject(String name, Node in, int channels) {
    Node pool = g.avgPool(name + ".pool", in, new Op.AvgPool(AROUND, false, true));
    return conv(name + ".branch_pool", pool, channels, ONE);
  }

  private Node auxiliary(String name, Node in) {
    Window five = Window.square(5).stride(3);
    Node x = g.avgPool(name + ".pool", in, new Op.AvgPool(five, false, true));
    x = conv(name + ".conv0", x, 128, ONE);
    Window whole = Window.of(x.shape().dim(1), x.shape().dim(2));
    Op.Conv2d full =
        Op.Conv2d.of(scaled(768), whole).withWeights(new Initializer.TruncatedNormal(0.01, -2, 2));
    boolean norm = options.is("aux", "bn");
    x = g.conv(name + ".conv1.conv", x, norm ? full : full.withBias(new Initializer.Constant(0)));
    x = g.relu(name + ".conv1.relu", norm ? norm(name + ".conv1.bn", x) : x);
    return linear(name + ".fc", g.flatten(name + ".flatten", x), 0.001);
  }

  private Node chain(String name, Node in, List<Step> steps) {
    Node x = in;
    for (int i = 0; i < steps.size(); i++) {
      x = conv(name + "_" + (i + 1), x, steps.get(i).channels(), steps.get(i).window());
    }
    return x;
  }

  private Node conv(String name, Node x, int channels, Window window) {
    return exactly(name, x, scaled(channels), window);
  }

  private Node exactly(String name, Node x, int channels, Window window) {
    Op.Conv2d op =
        Op.Conv2d.of(channels, window).withWeights(new Initializer.TruncatedNormal(0.1, -2, 2));
    return g.relu(name + ".relu", norm(name + ".bn", g.conv(name + ".conv", x, op)));
  }

  private Node norm(String name, Node x) {
    return g.batchNorm(name, x, new Op.BatchNorm(1e-3, 0.1, new Initializer.Constant(1)));
  }

  private Node linear(String name, Node x, double std) {
    Initializer bias = new Initializer.PyTorchDefault(x.shape().dim(0));
    Initializer weights = new Initializer.TruncatedNormal(std, -2, 2);
    return g.add(name, new Op.Linear(request.classes(), true, weights, bias), x);
  }

  // With multiples of 16, every branch is a slice of the concatenation in blocked layouts.
  private int scaled(int channels) {
    return 16 * (int) Math.ceil(channels * width / 16);
  }
}
