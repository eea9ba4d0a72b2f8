package dev.fovea.bench;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.loader.LoaderTurns;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Fovea's process that trains from files: {@code FeedSide DATA MODEL SIDE BATCH f32|bf16 PRESET
 * THREADS LOADERS beside-the-network|between-steps}. Its steps are of two kinds: {@code fed} takes
 * a new batch for each, {@code bare} has one batch again and again while the loader sleeps.
 */
final class FeedSide implements Turns.Work {
  static final String FED = "fed";
  static final String BARE = "bare";

  private static final double RATE = 1e-3;

  private final TrainingProgram program;
  private final Updater updater;
  private final Loader loader;
  private final int classes;
  private final float[] targets;
  private final Batch same;
  private Loader.Batches batches;
  private int epoch;
  private long step;
  private boolean fed;

  private FeedSide(TrainingProgram program, Updater updater, Loader loader) {
    this.program = program;
    this.updater = updater;
    this.loader = loader;
    this.classes = loader.dataset().classes().size();
    this.targets = new float[loader.format().batch() * classes];
    this.batches = loader.epoch(0);
    this.same = batches.next();
  }

  /** Compiles the network, opens the data and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException {
    RunConfig config =
        RunConfig.recipe("resnet-imagenet")
            .with("data.source", args[0])
            .with("network.model", args[1]);
    int side = Integer.parseInt(args[2]);
    int batch = Integer.parseInt(args[3]);
    int threads = Integer.parseInt(args[6]);
    Shape input = Shape.of(3, side, side);
    Augmentation variation = Augmentation.of(List.of(args[5]), input);
    Preprocessing preprocessing = Augmentation.preprocessing("imagenet", input);
    CompileOptions options =
        new CompileOptions(batch, Precision.parse(args[4]), CompileOptions.Memory.NORMAL, threads);
    try (Dataset data = RunData.open(config, Split.TRAIN)) {
      Graph graph = Models.graph(args[1], data.classes().size(), input);
      try (TrainingProgram program =
          Compilation.training(graph, new SoftmaxCrossEntropy(0), new OneDnnBackend(), options)) {
        graph.params().forEach(p -> program.weights().write(p.name(), p.initialValues(1)));
        BatchFormat format = new BatchFormat(batch, 3, side, side, program.inputType());
        // One batch more than in training, because one is kept for the bare steps.
        LoaderOptions feeding =
            LoaderOptions.STANDARD
                .withThreads(Integer.parseInt(args[7]), LoaderOptions.STANDARD.prefetch() + 1)
                .withTurns(LoaderTurns.valueOf(args[8].toUpperCase(Locale.ROOT).replace('-', '_')));
        try (Loader loader = variation.loader(data, preprocessing, format, feeding)) {
          Updater updater =
              new Updater(
                  program, UpdateRule.of(new Sgd(0.9, 0, false), ParameterGroups.decayAll(1e-4)));
          Turns.serve(new FeedSide(program, updater, loader));
        }
      }
    }
  }

  /** Before fed steps, the queue of finished batches comes to the length that it keeps. */
  @Override
  public void on(String kind) {
    fed = kind.equals(FED);
    if (fed) {
      for (int i = 0; i < 2 * LoaderOptions.STANDARD.prefetch(); i++) {
        steps(1);
      }
    }
  }

  @Override
  public void steps(int count) {
    for (int i = 0; i < count; i++) {
      if (fed) {
        try (Batch batch = next()) {
          train(batch);
        }
      } else {
        train(same);
      }
    }
  }

  private Batch next() {
    if (!batches.hasNext()) {
      batches.close();
      batches = loader.epoch(++epoch);
    }
    return batches.next();
  }

  private void train(Batch batch) {
    batch.targets(classes, targets);
    program.run(batch.pixels(), targets, step);
    updater.step(step++, RATE);
  }
}
