package dev.fovea.study.claims;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.EvenSubset;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.train.Trainer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Computes the activations of one node, (N, C·H·W), for a fixed batch of validation images with the
 * current weights. The images are spread evenly over the validation set; batch norm uses running
 * statistics. Owns a program and the images.
 */
final class Activations implements AutoCloseable {
  private final InferenceProgram program;
  private final Shape shape;
  private final ByteBuffer images;
  private final float[] values;

  Activations(Trainer trainer, Backend backend, String node, int batch) {
    Graph part = trainer.graph().upTo(node);
    this.shape =
        trainer.graph().nodes().stream()
            .filter(n -> n.name().equals(node))
            .findFirst()
            .orElseThrow()
            .shape();
    CompileOptions options = trainer.config().engine().inferring(batch);
    this.program = Compilation.inference(part, trainer.weights(), backend, options);
    this.values = new float[Math.toIntExact(batch * shape.elements())];
    try {
      this.images = images(trainer, batch, program.inputType());
    } catch (RuntimeException | Error failure) {
      program.close();
      throw failure;
    }
  }

  /** Returns validation images, spread evenly over the set, as a network's input. */
  static ByteBuffer images(Trainer trainer, int batch, DType type) {
    Shape in = trainer.graph().inputShape();
    BatchFormat format = new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), type);
    ByteBuffer images = ByteBuffer.allocateDirect(format.bytes()).order(ByteOrder.nativeOrder());
    try (Loader loader =
            Loader.evaluation(
                new EvenSubset(trainer.validationData(), batch),
                trainer.preprocessing(),
                format,
                LoaderOptions.STANDARD);
        Loader.Batches batches = loader.epoch(0);
        Batch first = batches.next()) {
      images.put(first.pixels().duplicate()).flip();
    }
    return images;
  }

  /** Returns the shape of the activations of one image. */
  Shape shape() {
    return shape;
  }

  /** Computes the activations with the current weights; the next call overwrites them. */
  float[] now() {
    program.run(images, values);
    return values;
  }

  @Override
  public void close() {
    program.close();
  }
}
