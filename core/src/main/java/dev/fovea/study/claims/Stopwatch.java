package dev.fovea.study.claims;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.TrainingProgram;
import dev.fovea.study.Setting;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Measures the time of isolated convolutions in programs of the engine.
 *
 * <p>A chain of convolutions with ReLUs is placed between a 1x1 convolution that creates the
 * channels and a pool that ends the network; the time of the same network without the chain,
 * compiled with the same algorithm, is subtracted. Chains to be compared run alternately, so that
 * other load on the machine affects all of them equally, and medians are reported.
 */
final class Stopwatch {
  private static final int ROUNDS = 15;
  private static final int WARM_UP = 3;
  private static final int CLASSES = 2;

  /** Repetitions of a chain, so that it dominates the rest of the network. */
  private static final int REPEATS = 2;

  /** Minimum number of positions over all images; small grids get more images. */
  private static final int POSITIONS = 8192;

  /** Convolution instructions of a training step per convolution: forward and two gradients. */
  private static final int TRAINING_PASSES = 3;

  /**
   * A chain of convolutions to measure.
   *
   * @param algorithm how the engine is to compute them
   */
  record Chain(List<Window> windows, ConvolutionAlgorithm algorithm) {
    Chain {
      windows = List.copyOf(windows);
    }
  }

  /**
   * The measured times of a chain.
   *
   * @param inference seconds per image
   * @param training seconds per image, forward and backward
   * @param inferred what the engine computes in inference
   * @param trained what it computes in training, forward and both gradients
   * @param block contiguous channels per cell
   * @param cellBytes bytes of these channels
   */
  record Times(
      double inference,
      double training,
      Computation inferred,
      Computation trained,
      int block,
      int cellBytes) {

    /** Returns the engine's memory layout of activations, in oneDNN's notation. */
    String order() {
      return block == 1 ? "nchw" : "nChw" + block + "c";
    }
  }

  private final Backend backend;
  private final Setting setting;

  Stopwatch(Backend backend, Setting setting) {
    this.backend = backend;
    this.setting = setting;
  }

  /** Measures chains of convolutions with equal channels on a square grid of {@code side} cells. */
  List<Times> of(int channels, int side, List<Chain> chains) {
    int batch = Math.max(1, POSITIONS / (side * side));
    CompileOptions options =
        new CompileOptions(
            batch, setting.precision(), CompileOptions.Memory.NORMAL, setting.threads());
    List<ConvolutionAlgorithm> algorithms =
        chains.stream().map(Chain::algorithm).distinct().toList();
    List<Chain> networks = new ArrayList<>(chains);
    // The networks without a chain, whose times are subtracted.
    algorithms.forEach(a -> networks.add(new Chain(List.of(), a)));
    List<Compiled> all = new ArrayList<>();
    try {
      for (Chain network : networks) {
        all.add(
            new Compiled(
                graph(channels, side, network.windows()), options.convolving(network.algorithm())));
      }
      double[] inference = medians(all.stream().<Runnable>map(c -> c::infer).toList());
      double[] training = medians(all.stream().<Runnable>map(c -> c::train).toList());
      List<Times> times = new ArrayList<>();
      for (int i = 0; i < chains.size(); i++) {
        int bare = chains.size() + algorithms.indexOf(chains.get(i).algorithm());
        Compiled c = all.get(i);
        times.add(
            new Times(
                (inference[i] - inference[bare]) / REPEATS / batch,
                (training[i] - training[bare]) / REPEATS / batch,
                c.inferred(chains.get(i).windows()),
                c.trained(chains.get(i).windows()),
                c.block(),
                c.cellBytes()));
      }
      return times;
    } finally {
      all.forEach(Compiled::close);
    }
  }

  private static Graph graph(int channels, int side, List<Window> chain) {
    GraphBuilder g = new GraphBuilder("chain");
    Node in = g.input(Shape.of(3, side, side));
    Node x = conv(g, "first", in, channels, Window.square(1));
    for (int r = 0; r < REPEATS; r++) {
      for (int i = 0; i < chain.size(); i++) {
        x = conv(g, node(r, i), x, channels, chain.get(i));
      }
    }
    return g.build(g.linear("fc", g.flatten("flatten", g.globalAvgPool("pool", x)), CLASSES));
  }

  private static String node(int repetition, int convolution) {
    return "conv" + repetition + "." + convolution;
  }

  private static Node conv(GraphBuilder g, String name, Node x, int channels, Window window) {
    return g.relu(name + ".relu", g.conv(name, x, Op.Conv2d.of(channels, window)));
  }

  /** Returns the median seconds of each program; all run once per round. */
  private static double[] medians(List<Runnable> programs) {
    double[][] seconds = new double[programs.size()][ROUNDS];
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (int i = 0; i < seconds.length; i++) {
        long start = System.nanoTime();
        programs.get(i).run();
        if (round >= 0) {
          seconds[i][round] = (System.nanoTime() - start) / 1e9;
        }
      }
    }
    return Arrays.stream(seconds)
        .mapToDouble(s -> Arrays.stream(s).sorted().toArray()[ROUNDS / 2])
        .toArray();
  }

  /** A network compiled for training and inference, with all-zero images. */
  private final class Compiled implements AutoCloseable {
    private final TrainingProgram training;
    private final InferenceProgram inference;
    private final ByteBuffer images;
    private final float[] targets;
    private final float[] logits;

    Compiled(Graph graph, CompileOptions options) {
      training = Compilation.training(graph, new SoftmaxCrossEntropy(0), backend, options);
      try {
        inference = Compilation.inference(graph, training.weights(), backend, options);
      } catch (RuntimeException | Error failure) {
        training.close();
        throw failure;
      }
      for (ParamSpec spec : training.weights().specs()) {
        training.weights().write(spec.name(), spec.initialValues(0));
      }
      long bytes = options.batch() * graph.inputShape().elements() * training.inputType().bytes();
      images = ByteBuffer.allocateDirect(Math.toIntExact(bytes));
      targets = new float[options.batch() * CLASSES];
      logits = new float[options.batch() * CLASSES];
    }

    void infer() {
      inference.run(images, logits);
    }

    void train() {
      training.run(images, targets, 0);
    }

    int block() {
      return inference.report().channelBlock();
    }

    int cellBytes() {
      return block() * inference.inputType().bytes();
    }

    Computation inferred(List<Window> chain) {
      return Computation.of(inference.report(), nodes(chain), chain, 1);
    }

    Computation trained(List<Window> chain) {
      return Computation.of(training.report(), nodes(chain), chain, TRAINING_PASSES);
    }

    // All repetitions are computed alike.
    private List<String> nodes(List<Window> chain) {
      return IntStream.range(0, chain.size()).mapToObj(i -> node(0, i)).toList();
    }

    @Override
    public void close() {
      inference.close();
      training.close();
    }
  }
}
