package dev.fovea.finetune;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.data.source.Datasets;
import dev.fovea.optim.FineTuning;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.Backend;
import dev.fovea.program.Precision;
import dev.fovea.train.ConfigException;
import dev.fovea.train.InitialModel;
import dev.fovea.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides what settings leave open. */
final class FinetunePlan {
  /** The learning rate of the first layer, as a fraction of that of the last. */
  private static final double FIRST_LAYER_RATE = 0.1;

  private static final int LEAST_BATCH = 8;

  /** The time of a training step in that of an image's features: forward and twice backward. */
  private static final double PASSES = 3;

  /** If fewer passes than this fit into the time, the lower half of the network stays frozen. */
  private static final int ENOUGH_EPOCHS = 4;

  /** Seconds for opening, compiling and writing, besides what is measured. */
  private static final double RESERVE = 4;

  /** Below this, a second stage could not learn anything. */
  private static final double LEAST_SECONDS = 5;

  private FinetunePlan() {}

  private static FinetuneConfig resolved(FinetuneConfig c, Backend backend) {
    RunConfig.Engine e = c.run().engine();
    Precision precision =
        e.precision().orElseGet(() -> backend.fastestPrecision(e.convolution()).precision());
    int threads = e.threads() == 0 ? Runtime.getRuntime().availableProcessors() : e.threads();
    return c.with(c.run().with(e.with(precision).withThreads(threads)));
  }

  /**
   * Writes the settings of a new fine-tuning; returns those of one that has begun.
   *
   * @throws ConfigException if that has other settings
   */
  static FinetuneConfig begun(FinetuneFolder folder, FinetuneConfig wanted, Backend backend) {
    boolean resumes = wanted.run().output().resume();
    if (resumes) {
      return folder.config();
    }
    requireImages(wanted);
    if (!folder.holdsRun() || !Files.exists(folder.source())) {
      FinetuneConfig config = resolved(wanted, backend);
      AtomicFile.write(folder.plan(), config.toJson());
      return config;
    }
    FinetuneConfig before = folder.config();
    List<String> changes = likeBefore(wanted, before).changesFrom(before);
    if (!changes.isEmpty()) {
      throw new ConfigException(
          "the fine-tuning in "
              + folder.path()
              + " was begun with other settings: "
              + String.join("; ", changes)
              + ". Go on with the original settings, or set output.folder to another folder");
    }
    return before;
  }

  private static void requireImages(FinetuneConfig c) {
    if (c.run().data().source().isEmpty()) {
      throw new ConfigException(
          "fine-tuning needs images; set data.source to a folder of class folders or an archive");
    }
  }

  // What is left open was measured when the fine-tuning began, and stays so.
  private static FinetuneConfig likeBefore(FinetuneConfig wanted, FinetuneConfig before) {
    RunConfig.Engine e = wanted.run().engine();
    RunConfig.Engine then = before.run().engine();
    RunConfig.Engine precise = e.precision().isPresent() ? e : e.with(then.resolvedPrecision());
    return wanted.with(
        wanted.run().with(precise.threads() == 0 ? precise.withThreads(then.threads()) : precise));
  }

  /** Returns the settings of the second stage, apart from its length and folder. */
  static RunConfig withNetwork(FinetuneConfig config, Trunk trunk) {
    RunConfig run = config.run();
    RunConfig.Network n = run.network();
    int side = trunk.card().input().dim(1);
    RunConfig named = run.with(n.withModel(trunk.head().network().name()).withInput(side));
    return named.with(groups(named.learning().update().groups(), trunk));
  }

  // Decayed by depth, unless the settings say how: networks from other programs have a part for
  // each convolution, ours a part for each stage.
  private static ParameterGroups groups(ParameterGroups groups, Trunk trunk) {
    FineTuning t = groups.tuning();
    if (t.layerDecay() != 1 || !t.lrScale().isEmpty()) {
      return groups;
    }
    int stages = FineTuning.stages(trunk.head().network()).size();
    double decay = stages < 2 ? 1 : Math.pow(FIRST_LAYER_RATE, 1.0 / (stages - 1));
    return groups.with(new FineTuning(t.freeze(), t.lrScale(), t.partDecay(), decay));
  }

  /** Returns the settings that a model file records: nothing of folders, all images evaluated. */
  static RunConfig ofModel(RunConfig run, FinetuneConfig config) {
    return run.with(run.network().withInit(config.source().file()))
        .with(run.data().withHoldBack(0));
  }

  /** Returns where the images come from, as a path from anywhere. */
  static String source(FinetuneConfig config) {
    String source = config.run().data().source();
    boolean path = !Datasets.isGenerated(source) && Datasets.isThere(source);
    return path ? Path.of(source).toAbsolutePath().normalize().toString() : source;
  }

  /**
   * Returns the settings of the second stage; empty if no time is left for it.
   *
   * @param images for training
   */
  static Optional<RunConfig> second(
      FinetuneConfig config,
      FinetuneFolder folder,
      Trunk trunk,
      HeadStage.Found first,
      int images) {
    double left = config.seconds() - first.figures().seconds() - RESERVE;
    if (left < LEAST_SECONDS) {
      return Optional.empty();
    }
    RunConfig run = withNetwork(config, trunk);
    RunConfig started =
        InitialModel.apply(run.with(run.network().withInit(folder.start().toString())), Set.of());
    int trained = (int) Math.ceil(images * (1 - config.run().data().holdBack()));
    RunConfig fitted = fitted(started, trained);
    double epoch = trained * PASSES * first.figures().secondsPerView();
    FineTuning tuning = fitted.learning().update().groups().tuning();
    if (epoch * ENOUGH_EPOCHS > left && tuning.freeze().isEmpty()) {
      List<String> frozen = LowerHalf.of(trunk.head().network());
      FineTuning some =
          new FineTuning(frozen, tuning.lrScale(), tuning.partDecay(), tuning.layerDecay());
      fitted = fitted.with(fitted.learning().update().groups().with(some));
      epoch *= (PASSES - 1) / PASSES;
    }
    double steps = (double) trained / fitted.learning().batch();
    return Optional.of(
        fitted
            .with(
                epoch > left
                    ? TrainingLength.steps(Math.max(1, Math.floor(steps * left / epoch)))
                    : TrainingLength.minutes(Math.floor(left / 60 * 100) / 100))
            .with(fitted.output().into(folder.training().path().toString(), false)));
  }

  // Few images make small batches, at a rate in proportion (Goyal et al. 2017).
  private static RunConfig fitted(RunConfig config, int images) {
    int usual = config.learning().batch();
    int most =
        Math.min(Math.max(1, images), Integer.highestOneBit(Math.max(LEAST_BATCH, images / 10)));
    return most >= usual
        ? config
        : config.withBatch(most).withRate(config.learning().rate().base() * most / usual);
  }
}
