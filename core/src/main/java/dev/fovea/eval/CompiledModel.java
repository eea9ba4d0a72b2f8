package dev.fovea.eval;

import dev.fovea.checkpoint.ModelCard;
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
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
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
 * A model file compiled for one batch size: images in, class probabilities out.
 *
 * <p>The file contains network, classes and preprocessing; nothing else is needed. Thread-safe:
 * decoding and preprocessing run concurrently, the network one batch at a time. Owns native memory,
 * which {@link #close} frees.
 */
public final class CompiledModel implements AutoCloseable {
  private final LoadedModel model;
  private final Preprocessing preprocessing;
  private final InferenceProgram program;
  private final CompileOptions options;
  private final int batch;
  private final ByteBuffer pixels;
  private final float[] logits;
  private final Object lock = new Object();
  private boolean closed;

  private CompiledModel(LoadedModel model, CompileOptions options) {
    this.model = model;
    this.preprocessing = model.card().preprocessing().unscored();
    this.options = options;
    this.batch = options.batch();
    Shape in = model.graph().inputShape();
    // Checks the batch size with the widest number format; the program's is not known yet.
    new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), DType.F32);
    this.program = model.compile(model.graph(), options);
    int bytes =
        new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), program.inputType()).bytes();
    this.pixels = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    this.logits = new float[batch * model.card().classes().size()];
  }

  /**
   * Opens a model file.
   *
   * @param options batch size, precision, memory mode, threads and algorithm of convolutions
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   * @throws DataException if the batch is too large for one buffer
   */
  public static CompiledModel open(Path model, Backend backend, CompileOptions options) {
    return open(model, backend, any -> options);
  }

  /**
   * Opens a model file with options that depend on the model, for example on {@link
   * Predictor#batch} of its network.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static CompiledModel open(
      Path model, Backend backend, Function<LoadedModel, CompileOptions> options) {
    return open(model, Optional.empty(), backend, options);
  }

  /**
   * Opens a model file with another decoding than its own.
   *
   * @param decoding replaces that of the model's preprocessing; empty to keep it
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static CompiledModel open(
      Path model,
      Optional<Decoding> decoding,
      Backend backend,
      Function<LoadedModel, CompileOptions> options) {
    LoadedModel loaded = LoadedModel.open(model, decoding, backend);
    try {
      return new CompiledModel(loaded, options.apply(loaded));
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  /** Images per batch. */
  public int batch() {
    return batch;
  }

  /** The metadata of the model, with the decoding that it was opened with. */
  public ModelCard card() {
    return model.card();
  }

  /** The network. */
  public Graph graph() {
    return model.graph();
  }

  /** Whether the model computes in 8-bit integers. */
  public boolean isQuantized() {
    return model.isQuantized();
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
    return model.compile(other, options.withBatch(images));
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
      all.add(Prediction.of(model.card().classes(), p));
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
    int classes = model.card().classes().size();
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
      throw new IllegalStateException("the model is closed; open it again to predict");
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
        model.close();
      }
    }
  }
}
