package dev.fovea.train;

import dev.fovea.data.Batch;
import dev.fovea.data.Loader;
import dev.fovea.onednn.OneDnnBackend;
import java.util.Arrays;

/**
 * What feeding costs a training step: {@code FeedProfile DATA MODEL PRECISION PRESET...} trains
 * with fresh batches and with one batch again and again, in turn, and prints the ratio of their
 * speeds for every preset of augmentation.
 */
final class FeedProfile {
  private static final int ROUNDS = 11;
  private static final double SECONDS = 1.0;

  private FeedProfile() {}

  /** Measures and prints. */
  public static void main(String[] args) {
    for (String preset : Arrays.copyOfRange(args, 3, args.length)) {
      RunConfig config =
          Recipes.named("cifar-resnet")
              .with("data.source", args[0])
              .with("network.model", args[1])
              .with("engine.precision", args[2])
              .with("data.augment", preset);
      try (ScratchRun scratch = ScratchRun.open(config, new OneDnnBackend())) {
        new FeedProfile.Run(scratch).print(preset);
      }
    }
  }

  private static final class Run {
    private final TrainingSetup setup;
    private final CompiledPhase phase;
    private final float[] targets;
    private Loader.Batches batches;
    private int epoch;
    private long step;

    Run(ScratchRun scratch) {
      this.setup = scratch.setup();
      this.phase = scratch.phase();
      this.targets = new float[setup.batch() * setup.classes().size()];
      this.batches = phase.training().epoch(0);
    }

    void print(String preset) {
      double[] ratios = new double[ROUNDS];
      double[] bare = new double[ROUNDS];
      double[] fed = new double[ROUNDS];
      for (int round = -1; round < ROUNDS; round++) {
        double b = round % 2 == 0 ? bare() : 0;
        double f = fed();
        b = round % 2 == 0 ? b : bare();
        if (round >= 0) {
          bare[round] = b;
          fed[round] = f;
          ratios[round] = f / b;
        }
      }
      batches.close();
      Arrays.sort(ratios);
      Arrays.sort(bare);
      Arrays.sort(fed);
      System.out.printf(
          "%-14s bare %7.1f images/s  fed %7.1f images/s  ratio %.3f (%.3f to %.3f)%n",
          preset,
          bare[ROUNDS / 2],
          fed[ROUNDS / 2],
          ratios[ROUNDS / 2],
          ratios[0],
          ratios[ROUNDS - 1]);
    }

    private double bare() {
      try (Batch batch = next()) {
        pause();
        return imagesPerSecond(() -> step(batch));
      }
    }

    private double fed() {
      return imagesPerSecond(
          () -> {
            try (Batch batch = next()) {
              step(batch);
            }
          });
    }

    // Until the loader has filled what it may fill ahead.
    private static void pause() {
      try {
        Thread.sleep(150);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private double imagesPerSecond(Runnable one) {
      long start = System.nanoTime();
      int steps = 0;
      do {
        one.run();
        steps++;
      } while (System.nanoTime() - start < SECONDS * 1e9);
      return steps * setup.batch() * 1e9 / (System.nanoTime() - start);
    }

    private Batch next() {
      if (!batches.hasNext()) {
        batches.close();
        batches = phase.training().epoch(++epoch);
      }
      return batches.next();
    }

    private void step(Batch batch) {
      batch.targets(setup.classes().size(), targets);
      phase.program().run(batch.pixels(), targets, step);
      phase.updater().step(step++, 1e-3);
    }
  }
}
