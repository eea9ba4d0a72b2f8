package dev.fovea.eval;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Classifies images with a model file: images in, class probabilities out.
 *
 * <p>The file contains network, classes and preprocessing; nothing else is needed. Thread-safe:
 * decoding and preprocessing run concurrently, the network one batch at a time. Owns native memory,
 * which {@link #close} frees.
 */
public final class Classifier implements AutoCloseable {
  private final ModelCard card;
  private final Preprocessing preprocessing;
  private final Graph graph;
  private final ParameterSet weights;
  private final InferenceProgram program;
  private final Backend backend;
  private final CompileOptions options;
  private final Optional<QuantizedNumbers> quantized;
  private final int batch;
  private final ByteBuffer pixels;
  private final float[] logits;
  private final Object lock = new Object();
  private boolean closed;

  private Classifier(ModelFile file, ModelCard card, Backend backend, CompileOptions options) {
    this.card = card;
    this.preprocessing = card.preprocessing().unscored();
    this.graph = file.graph();
    this.backend = backend;
    this.quantized = file.quantized();
    this.options = options;
    this.batch = options.batch();
    this.weights = backend.parameters(graph);
    boolean opened = false;
    Shape in = graph.inputShape();
    try {
      // Checks the batch size with the widest number format; the program's is not known yet.
      new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), DType.F32);
      file.loadInto(weights);
      this.program = compile(graph, batch);
      opened = true;
    } finally {
      if (!opened) {
        weights.close();
      }
    }
    int bytes =
        new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), program.inputType()).bytes();
    this.pixels = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    this.logits = new float[batch * card.classes().size()];
  }

  /**
   * Opens a model file.
   *
   * @param options batch size, precision, memory mode, threads and algorithm of convolutions
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   * @throws DataException if the batch is too large for one buffer
   */
  public static Classifier open(Path model, Backend backend, CompileOptions options) {
    return open(model, backend, graph -> options);
  }

  /**
   * Opens a model file with options that depend on its network, for example on {@link
   * Predictor#batch}.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static Classifier open(
      Path model, Backend backend, Function<Graph, CompileOptions> options) {
    return open(model, Optional.empty(), backend, options);
  }

  /**
   * Opens a model file with another decoding than its own.
   *
   * @param decoding replaces that of the model's preprocessing; empty to keep it
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static Classifier open(
      Path model,
      Optional<Decoding> decoding,
      Backend backend,
      Function<Graph, CompileOptions> options) {
    try (ModelFile file = ModelFile.open(model)) {
      ModelCard own = file.card();
      ModelCard card = decoding.map(d -> own.with(own.preprocessing().with(d))).orElse(own);
      return new Classifier(file, card, backend, options.apply(file.graph()));
    }
  }

  /** Images per batch. */
  public int batch() {
    return batch;
  }

  /** The metadata of the model, with the decoding that it was opened with. */
  public ModelCard card() {
    return card;
  }

  /** The network. */
  public Graph graph() {
    return graph;
  }

  /** What the model keeps in 8 bits; empty if it computes in floating point. */
  public Optional<QuantizedNumbers> quantized() {
    return quantized;
  }

  /**
   * The compiled network, for {@link Evaluator} and {@link Ensemble}; must not be used during
   * predictions.
   */
  public InferenceProgram program() {
    return program;
  }

  /**
   * Compiles another graph with the same weights; the caller closes the program before this
   * classifier.
   */
  InferenceProgram compile(Graph other, int images) {
    CompileOptions fitting = options.withBatch(images);
    return quantized.isPresent()
        ? Compilation.quantized(other, weights, quantized.get().quantization(), backend, fitting)
        : Compilation.inference(other, weights, backend, fitting);
  }

  /**
   * Classifies the image in a file.
   *
   * @throws DataException if the file cannot be read or decoded
   */
  public Prediction predict(Path file) {
    return predict(read(file));
  }

  private static Picture read(Path file) {
    try {
      return ImageDecoder.open(Files.readAllBytes(file), file.toString(), DecodeLimits.STANDARD);
    } catch (IOException e) {
      throw new DataException(
          "cannot read " + file + " (" + IoReason.of(e) + "); check its path and permissions", e);
    }
  }

  /** Classifies a picture, decoded as far as it is needed. */
  public Prediction predict(Picture picture) {
    return predict(List.of(picture)).get(0);
  }

  /** Classifies pictures; predictions are in the order of the pictures. */
  public List<Prediction> predict(List<? extends Picture> images) {
    List<Prediction> all = new ArrayList<>();
    for (double[] p : logProbabilities(images)) {
      all.add(Prediction.of(card.classes(), p));
    }
    return all;
  }

  /** The class probabilities of each image, in the order of the images; ensembles average these. */
  public List<double[]> probabilities(List<? extends Picture> images) {
    return logProbabilities(images).stream().map(Softmax::exp).toList();
  }

  private List<double[]> logProbabilities(List<? extends Picture> images) {
    List<float[]> inputs = images.parallelStream().map(preprocessing::apply).toList();
    List<double[]> all = new ArrayList<>();
    for (int from = 0; from < inputs.size(); from += batch) {
      all.addAll(run(inputs.subList(from, Math.min(from + batch, inputs.size()))));
    }
    return all;
  }

  private List<double[]> run(List<float[]> inputs) {
    int classes = card.classes().size();
    List<double[]> found = new ArrayList<>();
    synchronized (lock) {
      checkOpen();
      for (int i = 0; i < inputs.size(); i++) {
        put(inputs.get(i), i * inputs.get(i).length);
      }
      program.run(pixels, logits);
      for (int i = 0; i < inputs.size(); i++) {
        found.add(Softmax.log(logits, i * classes, classes));
      }
    }
    return found;
  }

  /**
   * Runs the network on one batch.
   *
   * @param batchPixels the input of {@link InferenceProgram#run}
   * @param answers receives the logits, (N, classes)
   */
  void run(ByteBuffer batchPixels, float[] answers) {
    synchronized (lock) {
      checkOpen();
      program.run(batchPixels, answers);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the classifier is closed; open it again to predict");
    }
  }

  private void put(float[] values, int at) {
    if (program.inputType() == DType.F32) {
      pixels.asFloatBuffer().put(at, values);
      return;
    }
    for (int i = 0; i < values.length; i++) {
      pixels.putShort(2 * (at + i), DType.toBf16(values[i]));
    }
  }

  /** Frees native memory after any running prediction; closing again has no effect. */
  @Override
  public void close() {
    synchronized (lock) {
      if (!closed) {
        closed = true;
        program.close();
        weights.close();
      }
    }
  }
}
