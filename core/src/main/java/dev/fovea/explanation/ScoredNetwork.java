package dev.fovea.explanation;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.program.AttributionProgram;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A network that answers any number of images with logits and with gradients of scores, in batches
 * of bounded size. Programs are compiled when they are first needed and kept. Used by one thread;
 * owns its programs.
 */
public final class ScoredNetwork implements AutoCloseable {
  private final Graph graph;
  private final Compiler compiler;
  private final int batch;
  private final Turns turns;
  private final Map<Key, Stage> stages = new HashMap<>();

  /** Compiles the network for a set of nodes whose values and gradients will be read. */
  @FunctionalInterface
  public interface Compiler {
    /** A program for {@code images} per run; the caller closes it. */
    AttributionProgram compile(Set<String> nodes, int images);
  }

  private record Key(Set<String> nodes, int images) {}

  /** What is known of one image after a run; valid until the reader returns. */
  interface Reading {
    /** The logits, a copy. */
    float[] logits();

    /** What a node computed, without the batch dimension, a copy. */
    float[] value(String node);

    /** The gradient of the score there, likewise. */
    float[] gradient(String node);
  }

  /** Receives the images' results in their order. */
  @FunctionalInterface
  interface Reader {
    void read(int image, Reading reading);
  }

  private static final class Stage implements AutoCloseable {
    final AttributionProgram program;
    final ByteBuffer images;
    final float[] weights;
    final float[] logits;
    final Map<String, float[]> values = new HashMap<>();
    final Map<String, float[]> gradients = new HashMap<>();

    Stage(AttributionProgram program, Graph graph) {
      this.program = program;
      long floats = Math.multiplyExact(graph.inputShape().elements(), (long) program.batch());
      int bytes = Math.toIntExact(Math.multiplyExact(floats, Float.BYTES));
      this.images = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      this.weights = new float[program.batch() * graph.classes()];
      this.logits = new float[program.batch() * graph.classes()];
    }

    void run() {
      values.clear();
      gradients.clear();
      program.run(images, weights, logits);
    }

    @Override
    public void close() {
      program.close();
    }
  }

  /** A network that runs at most {@code batch} images at a time, each batch in a turn. */
  public ScoredNetwork(Graph graph, Compiler compiler, int batch, Turns turns) {
    this.graph = graph;
    this.compiler = compiler;
    this.batch = batch;
    this.turns = turns;
  }

  /** The network. */
  public Graph graph() {
    return graph;
  }

  /** The most images that run at a time. */
  public int batch() {
    return batch;
  }

  /** The number of values of one input image. */
  int inputLength() {
    return Math.toIntExact(graph.inputShape().elements());
  }

  /** The logits of images (C, H, W). */
  public float[][] logits(int count, IntFunction<float[]> image, Work work) {
    float[][] all = new float[count][];
    logitsInto(count, image, (i, logits) -> all[i] = logits, work);
    return all;
  }

  /** Receives the logits of an image. */
  @FunctionalInterface
  interface LogitsReader {
    void read(int image, float[] logits);
  }

  /** The same for many images, whose logits need not be kept. */
  void logitsInto(int count, IntFunction<float[]> image, LogitsReader reader, Work work) {
    float[] none = new float[graph.classes()];
    run(Set.of(), count, image, i -> none, (i, reading) -> reader.read(i, reading.logits()), work);
  }

  /**
   * Runs images through the network and back to some nodes.
   *
   * @param nodes whose values and gradients are read; the input's name means the images
   * @param image gives the values (C, H, W) of each; asked once, in order
   * @param weights gives the weights of the logits in each image's score
   */
  void run(
      Set<String> nodes,
      int count,
      IntFunction<float[]> image,
      IntFunction<float[]> weights,
      Reader reader,
      Work work) {
    for (int from = 0; from < count; ) {
      work.checkStopped();
      int here = Math.min(batch, count - from);
      Stage stage = stage(nodes, here == 1 ? 1 : batch);
      fill(stage, from, here, image, weights);
      turns.use(stage::run);
      for (int i = 0; i < here; i++) {
        reader.read(from + i, reading(stage, i));
      }
      work.add(here);
      from += here;
    }
  }

  private void fill(
      Stage stage, int from, int here, IntFunction<float[]> image, IntFunction<float[]> weights) {
    int length = inputLength();
    int classes = graph.classes();
    for (int i = 0; i < here; i++) {
      stage.images.asFloatBuffer().put(i * length, image.apply(from + i));
      System.arraycopy(weights.apply(from + i), 0, stage.weights, i * classes, classes);
    }
    Arrays.fill(stage.weights, here * classes, stage.weights.length, 0);
  }

  private Stage stage(Set<String> nodes, int images) {
    return stages.computeIfAbsent(
        new Key(nodes, images), k -> new Stage(compiler.compile(k.nodes, k.images), graph));
  }

  private Reading reading(Stage stage, int image) {
    return new Reading() {
      @Override
      public float[] logits() {
        return row(stage.logits);
      }

      @Override
      public float[] value(String node) {
        return row(stage.values.computeIfAbsent(node, n -> read(n, stage.program::value)));
      }

      @Override
      public float[] gradient(String node) {
        return row(stage.gradients.computeIfAbsent(node, n -> read(n, stage.program::gradient)));
      }

      private float[] read(String node, NodeReader from) {
        float[] into = new float[Math.toIntExact(shape(node).elements() * stage.program.batch())];
        from.read(node, into);
        return into;
      }

      private float[] row(float[] all) {
        int width = all.length / stage.program.batch();
        return Arrays.copyOfRange(all, image * width, (image + 1) * width);
      }
    };
  }

  @FunctionalInterface
  private interface NodeReader {
    void read(String node, float[] into);
  }

  /** The shape of what a node computes for one image. */
  Shape shape(String node) {
    List<Node> found = graph.nodes().stream().filter(n -> n.name().equals(node)).toList();
    return found.get(0).shape();
  }

  /** Frees all programs; closing again has no effect. */
  @Override
  public void close() {
    stages.values().forEach(Stage::close);
    stages.clear();
  }
}
