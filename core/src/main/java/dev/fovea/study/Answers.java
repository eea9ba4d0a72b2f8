package dev.fovea.study;

import dev.fovea.data.Batch;
import dev.fovea.data.BatchFormat;
import dev.fovea.data.Loader;
import dev.fovea.data.LoaderOptions;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.train.RunConfig;
import dev.fovea.train.Trainer;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a network that is being trained answers to validation images, with the weights as they are,
 * not their average. Owns a program and a loader; used on the training thread.
 */
final class Answers implements AutoCloseable {
  private static final int BATCH = 100;

  private final int classes;
  private final InferenceProgram program;
  private final Loader loader;

  /** Receives one image's answer. */
  @FunctionalInterface
  interface Visitor {
    /** One logit for each class, and the true class. */
    void on(float[] logits, int label);
  }

  Answers(Trainer trainer, Backend backend) {
    Graph graph = trainer.graph();
    RunConfig.Engine e = trainer.config().engine();
    Precision precision = Precision.valueOf(e.precision().toUpperCase(Locale.ROOT));
    CompileOptions options =
        new CompileOptions(BATCH, precision, CompileOptions.Memory.NORMAL, e.threads());
    this.classes = graph.classes();
    this.program = Compilation.inference(graph, trainer.weights(), backend, options);
    Shape in = graph.inputShape();
    BatchFormat format =
        new BatchFormat(BATCH, in.dim(0), in.dim(1), in.dim(2), program.inputType());
    try {
      this.loader =
          Loader.evaluation(
              trainer.validationData(), trainer.preprocessing(), format, LoaderOptions.STANDARD);
    } catch (RuntimeException | Error failure) {
      program.close();
      throw failure;
    }
  }

  int classes() {
    return classes;
  }

  /** The first {@code most} images in the order of the data set, fewer if it has no more. */
  void of(int most, Visitor visitor) {
    program.weightsChanged();
    float[] logits = new float[BATCH * classes];
    int seen = 0;
    try (Loader.Batches batches = loader.epoch(0)) {
      while (batches.hasNext() && seen < most) {
        try (Batch batch = batches.next()) {
          program.run(batch.pixels(), logits);
          for (int i = 0; i < batch.count() && seen < most; i++, seen++) {
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
