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
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides what settings leave open. */
final class FinetunePlan {
  /** The learning rate of the first layer, as a fraction of that of the last. */
  private static final double FIRST_LAYER_RATE = 0.1;

  private static final int LEAST_BATCH = 8;

  /** Seconds for opening, compiling and writing, besides what is measured. */
  private static final double RESERVE = 4;

  /** Below this, a second stage could not learn anything. */
  private static final double LEAST_SECONDS = 5;

  private FinetunePlan() {}

  /** Returns the settings with the engine's as they are used. */
  static FinetuneConfig resolve(FinetuneConfig c, Backend backend) {
    if (c.run().data().source().isEmpty()) {
      throw new ConfigException(
          "fine-tuning needs images; set data.source to a folder of class folders or an archive");
    }
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
  static FinetuneConfig begun(FinetuneFolder folder, FinetuneConfig wanted) {
    if (!folder.holdsRun()) {
      if (wanted.run().output().resume()) {
        return folder.config();
      }
      AtomicFile.write(folder.plan(), wanted.toJson());
      return wanted;
    }
    FinetuneConfig before = folder.config();
    if (wanted.run().output().resume()) {
      return before;
    }
    List<String> changes = wanted.changesFrom(before);
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
      FinetuneConfig config, FinetuneFolder folder, Trunk trunk, HeadStage.Found first, int images) {
    double left = config.seconds() - first.figures().seconds() - RESERVE;
    if (left < LEAST_SECONDS) {
      return Optional.empty();
    }
    RunConfig run = withNetwork(config, trunk);
    RunConfig started =
        InitialModel.apply(
            run.with(run.network().withInit(folder.start().toString())), Set.of());
    RunConfig fitted = fitted(started, (int) (images * (1 - config.run().data().holdBack())));
    return Optional.of(
        fitted
            .with(TrainingLength.minutes(left / 60))
            .with(fitted.output().into(folder.training().path().toString(), false)));
  }

  // Few images make small batches, at a rate in proportion (Goyal et al. 2017).
  private static RunConfig fitted(RunConfig config, int images) {
    int usual = config.learning().batch();
    int most =
        Math.min(
            Math.max(1, images), Integer.highestOneBit(Math.max(LEAST_BATCH, images / 10)));
    return most >= usual
        ? config
        : config.withBatch(most).withRate(config.learning().rate().base() * most / usual);
  }
}
