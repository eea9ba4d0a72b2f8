package dev.fovea.train;

import dev.fovea.data.loader.Loader;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Measures the time of single steps on blank images, and of loading a batch.
 *
 * @param input the shape of one image (C, H, W)
 */
record StepTimer(Shape input, int classes) {
  private static final int STEPS = 15;
  private static final int BATCHES = 10;

  /**
   * Returns the seconds per training step; changes the program's running statistics and gradients.
   */
  double training(TrainingProgram program, int batch) {
    ByteBuffer images = images(batch, program.inputType());
    float[] targets = new float[batch * classes];
    return median(() -> program.run(images, targets, 0));
  }

  /** Returns the seconds per evaluation step. */
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
   * Returns the seconds per batch over the loader's first batches, with cached images already in
   * memory. A loader running in parallel with a step slows it by about as much, because both use
   * all cores.
   */
  static double loading(Loader loader) {
    pass(loader);
    long start = System.nanoTime();
    int loaded = pass(loader);
    return (System.nanoTime() - start) / 1e9 / loaded;
  }

  /** Returns the largest number of batches that {@link #loading} measures. */
  static int maxLoadedBatches() {
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
