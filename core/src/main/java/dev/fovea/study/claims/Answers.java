package dev.fovea.study.claims;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.EvenSubset;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.tensor.Shape;
import dev.fovea.train.Trainer;
import java.util.Arrays;

/**
 * Computes the logits of validation images during training, with the current weights, not their
 * average. Owns a program and a loader; used on the training thread.
 */
final class Answers implements AutoCloseable {
  private static final int BATCH = 100;

  private final int classes;
  private final InferenceProgram program;
  private final Loader loader;

  /** Receives the logits of one image. */
  @FunctionalInterface
  interface Visitor {
    /** Handles one image, with one logit per class and the true class. */
    void on(float[] logits, int label);
  }

  /**
   * Compiles the network for inference.
   *
   * @param most the maximum number of images, spread evenly over the validation set so that all
   *     classes occur
   */
  Answers(Trainer trainer, Backend backend, int most) {
    this(trainer, backend, EvenSubset.atMost(trainer.validationData(), most));
  }

  /** The same for other images, which the caller closes. */
  Answers(Trainer trainer, Backend backend, Dataset images) {
    Graph graph = trainer.graph();
    CompileOptions options = trainer.config().engine().inferring(BATCH);
    this.classes = graph.classes();
    this.program = Compilation.inference(graph, trainer.weights(), backend, options);
    Shape in = graph.inputShape();
    BatchFormat format =
        new BatchFormat(BATCH, in.dim(0), in.dim(1), in.dim(2), program.inputType());
    try {
      this.loader =
          Loader.evaluation(images, trainer.preprocessing(), format, LoaderOptions.STANDARD);
    } catch (RuntimeException | Error failure) {
      program.close();
      throw failure;
    }
  }

  int classes() {
    return classes;
  }

  /** Visits every image in the order of the data set. */
  void forEach(Visitor visitor) {
    float[] logits = new float[BATCH * classes];
    try (Loader.Batches batches = loader.epoch(0)) {
      while (batches.hasNext()) {
        try (Batch batch = batches.next()) {
          program.run(batch.pixels(), logits);
          for (int i = 0; i < batch.count(); i++) {
            visitor.on(
                Arrays.copyOfRange(logits, i * classes, (i + 1) * classes), batch.labels()[i]);
          }
        }
      }
    }
  }

  @Override
  public void close() {
    loader.close();
    program.close();
  }
}
