package dev.fovea.bench;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures the cost of data loading per training step: {@code FeedProfile DATA MODEL F32|BF16
 * PRESET...} alternates between training with new batches and training with one batch repeatedly,
 * and prints the ratio of their speeds for every augmentation preset. The recipe is {@code
 * cifar-resnet}.
 */
final class FeedProfile {
  private static final int ROUNDS = 11;
  private static final double SECONDS = 1.0;
  private static final int AHEAD = 3;

  private FeedProfile() {}

  /** Runs the measurement. */
  public static void main(String[] args) {
    RunConfig config =
        RunConfig.recipe("cifar-resnet")
            .with("data.source", args[0])
            .with("network.model", args[1]);
    int threads = Runtime.getRuntime().availableProcessors();
    int images = config.learning().batch();
    CompileOptions options =
        new CompileOptions(images, Precision.valueOf(args[2]), Memory.NORMAL, threads);
    Shape input = Models.info(args[1]).input();
    Preprocessing preprocessing = Augmentation.preprocessing(config.data().preprocess(), input);
    SoftmaxCrossEntropy loss = new SoftmaxCrossEntropy(config.learning().smoothing());
    for (String preset : Arrays.copyOfRange(args, 3, args.length)) {
      Augmentation variation = Augmentation.of(List.of(preset), input);
      try (Dataset data = RunData.open(config, Split.TRAIN)) {
        Graph graph = Models.graph(args[1], data.classes().size(), input);
        try (TrainingProgram program =
            Compilation.training(graph, loss, new OneDnnBackend(), options)) {
          graph.params().forEach(p -> program.weights().write(p.name(), p.initialValues(1)));
          BatchFormat format =
              new BatchFormat(
                  images, input.dim(0), input.dim(1), input.dim(2), program.inputType());
          LoaderOptions feeding = LoaderOptions.STANDARD.withThreads(threads, AHEAD);
          try (Loader loader =
              Loader.training(
                  data, variation.augments(), preprocessing, format, feeding, variation.mixing())) {
            Updater updater = new Updater(program, config.learning().update());
            new Run(program, updater, loader).print(preset);
          }
        }
      }
    }
  }

  private static final class Run {
    private final TrainingProgram program;
    private final Updater updater;
    private final Loader loader;
    private final int classes;
    private final float[] targets;
    private Loader.Batches batches;
    private int epoch;
    private long step;

    Run(TrainingProgram program, Updater updater, Loader loader) {
      this.program = program;
      this.updater = updater;
      this.loader = loader;
      this.classes = loader.dataset().classes().size();
      this.targets = new float[loader.format().batch() * classes];
      this.batches = loader.epoch(0);
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
          Locale.ROOT,
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

    // Lets the loader fill its prefetch queue.
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
      return steps * (double) loader.format().batch() * 1e9 / (System.nanoTime() - start);
    }

    private Batch next() {
      if (!batches.hasNext()) {
        batches.close();
        batches = loader.epoch(++epoch);
      }
      return batches.next();
    }

    private void step(Batch batch) {
      batch.targets(classes, targets);
      program.run(batch.pixels(), targets, step);
      updater.step(step++, 1e-3);
    }
  }
}
