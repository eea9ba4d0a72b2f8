package dev.fovea.train;

import dev.fovea.data.loader.Loader;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Measures the seconds of single steps, on empty images, and of loading a batch.
 *
 * @param input the shape of one image (C, H, W)
 */
record StepTimer(Shape input, int classes) {
  private static final int STEPS = 15;
  private static final int BATCHES = 10;

  /**
   * Seconds of one training step; leaves the program's running statistics and gradients changed.
   */
  double training(TrainingProgram program, int batch) {
    ByteBuffer images = images(batch, program.inputType());
    float[] targets = new float[batch * classes];
    return median(() -> program.run(images, targets, 0));
  }

  /** Seconds of one evaluation step. */
  double inference(InferenceProgram program, int batch) {
    ByteBuffer images = images(batch, program.inputType());
    float[] logits = new float[batch * classes];
    return median(() -> program.run(images, logits));
  }

  private ByteBuffer images(int batch, DType type) {
    return ByteBuffer.allocateDirect(Math.toIntExact(batch * input.elements() * type.bytes()));
  }

  private static double median(Runnable step) {
    double[] seconds = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      long start = System.nanoTime();
      step.run();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    return seconds[STEPS / 2];
  }

  /**
   * Seconds that one of the loader's first batches takes, with images that are kept in memory
   * already there. A loader at work beside a step takes about as much of its time, since both want
   * all cores.
   */
  static double loading(Loader loader) {
    pass(loader);
    long start = System.nanoTime();
    int loaded = pass(loader);
    return (System.nanoTime() - start) / 1e9 / loaded;
  }

  /** Batches that {@link #loading} takes of an epoch, if it has so many. */
  static int loadedBatches() {
    return BATCHES;
  }

  private static int pass(Loader loader) {
    try (Loader.Batches batches = loader.epoch(0)) {
      int passed = 0;
      while (passed < BATCHES && batches.hasNext()) {
        batches.next().close();
        passed++;
      }
      return passed;
    }
  }
}
