package dev.fovea.finetune;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.data.source.Datasets;
import dev.fovea.optim.Adam;
import dev.fovea.optim.FineTuning;
import dev.fovea.optim.Muon;
import dev.fovea.optim.Optimizer;
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
  private static final double OPENING = 4;

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
   * Writes the settings of a new fine-tuning; returns those of one that has begun. Until its second
   * stage begins, its time and stages may change.
   *
   * @throws ConfigException if that has other settings, or another file was made its trunk of
   */
  static FinetuneConfig begun(FinetuneFolder folder, FinetuneConfig wanted, Backend backend) {
    boolean resumes = wanted.run().output().resume();
    if (!resumes) {
      requireImages(wanted);
      if (!folder.holdsRun() || !Files.exists(folder.source()) && !Files.exists(folder.head())) {
        FinetuneConfig config = resolved(wanted, backend);
        AtomicFile.write(folder.plan(), config.toJson());
        return config;
      }
    }
    FinetuneConfig before = folder.config();
    boolean open = !Files.exists(folder.training().state());
    FinetuneConfig now = before.withSeconds(wanted.seconds()).with(wanted.stages());
    FinetuneConfig compared = resumes ? now : likeBefore(wanted, before);
    List<String> changes = compared.changesFrom(open ? now : before);
    if (!changes.isEmpty()) {
      throw new ConfigException(
          "the fine-tuning in "
              + folder.path()
              + " was begun with other settings: "
              + String.join("; ", changes)
              + ". Go on with the original settings ("
              + (open ? "only" : "once the second stage has begun, not even")
              + " finetune.time and finetune.stages can change), or set output.folder to another"
              + " folder");
    }
    if (!resumes) {
      requireSameTrunk(folder, wanted.source());
    }
    if (!now.changesFrom(before).isEmpty()) {
      AtomicFile.write(folder.plan(), now.toJson());
    }
    return now;
  }

  private static void requireSameTrunk(FinetuneFolder folder, FinetuneConfig.Source source) {
    Path file = Path.of(source.file());
    if (!Files.exists(folder.origin()) || !Files.isRegularFile(file)) {
      return;
    }
    String hash = FileHash.of(file);
    String then = FinetuneFolder.text(folder.origin());
    if (!then.startsWith(hash)) {
      throw new ConfigException(
          "the trunk of the fine-tuning in "
              + folder.path()
              + " was made of another "
              + file
              + ": its SHA-256 is "
              + hash
              + ", and was "
              + then.split(" ", 2)[0]
              + ". Restore that file, go on without it by setting output.resume to true, or set"
              + " output.folder to another folder");
    }
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
    return named.with(groups(config, named.learning().update().groups(), trunk));
  }

  // Decayed by depth, unless the settings say how: networks from other programs have a part for
  // each convolution, ours a part for each stage.
  private static ParameterGroups groups(
      FinetuneConfig config, ParameterGroups groups, Trunk trunk) {
    FineTuning t = groups.tuning();
    if (config.isGiven(FinetuneConfig.LAYER_DECAY) || config.isGiven(FinetuneConfig.RATES)) {
      return groups;
    }
    int stages = FineTuning.stages(trunk.head().network()).size();
    double decay = stages < 2 ? 1 : Math.pow(FIRST_LAYER_RATE, 1.0 / (stages - 1));
    return groups.with(new FineTuning(t.freeze(), t.freezeAt(), t.lrScale(), t.partDecay(), decay));
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
   * The numbers of images.
   *
   * @param trained those of the training images that are not held back
   * @param heldBack the others
   */
  record Sizes(int trained, int heldBack, int validation) {}

  /** Returns the settings of the second stage; empty if no time is left for it. */
  static Optional<RunConfig> second(
      FinetuneConfig config,
      FinetuneFolder folder,
      Trunk trunk,
      HeadStage.Found first,
      Sizes sizes) {
    double perView = first.figures().secondsPerView();
    double left = config.seconds() - first.figures().seconds() - reserve(sizes, perView);
    if (left < LEAST_SECONDS) {
      return Optional.empty();
    }
    RunConfig run = withNetwork(config, trunk);
    RunConfig started =
        InitialModel.apply(run.with(run.network().withInit(folder.start().toString())), Set.of());
    RunConfig judged = started.with(started.data().withBadFraction(first.badFraction()));
    RunConfig fitted = fitted(config, judged, sizes.trained());
    double evaluation = sizes.heldBack() * perView;
    double epoch = sizes.trained() * PASSES * perView + evaluation;
    if (epoch * ENOUGH_EPOCHS > left && !config.isGiven(FinetuneConfig.FREEZE)) {
      List<String> frozen = LowerHalf.of(trunk.head().network());
      if (!frozen.isEmpty()) {
        ParameterGroups groups = fitted.learning().update().groups();
        fitted = fitted.with(groups.with(freezing(groups.tuning(), frozen)));
        epoch = sizes.trained() * (PASSES - 1) * perView + evaluation;
      }
    }
    double steps = (double) sizes.trained() / fitted.learning().batch();
    return Optional.of(
        fitted
            .with(
                epoch > left
                    ? TrainingLength.steps(Math.max(1, Math.floor(steps * left / epoch)))
                    : TrainingLength.minutes(Math.floor(left / 60 * 100) / 100))
            .with(fitted.output().into(folder.training().path().toString(), false)));
  }

  /** The seconds that are kept for the start of the second stage and for the last evaluation. */
  static double reserve(Sizes sizes, double secondsPerView) {
    return OPENING + sizes.validation() * secondsPerView;
  }

  private static FineTuning freezing(FineTuning t, List<String> parts) {
    return new FineTuning(parts, t.freezeAt(), t.lrScale(), t.partDecay(), t.layerDecay());
  }

  /**
   * Fits what was not set: few images make small batches; and the rate follows the batch, in
   * proportion (Goyal et al. 2017), or with its square root where steps have a length of their own,
   * as Adam's (Malladi et al. 2022, arXiv 2205.10287).
   *
   * @param images for training
   */
  static RunConfig fitted(FinetuneConfig config, RunConfig run, int images) {
    int usual = RunConfig.named("finetune").learning().batch();
    int most =
        Math.min(Math.max(1, images), Integer.highestOneBit(Math.max(LEAST_BATCH, images / 10)));
    int batch = run.learning().batch();
    if (!config.isGiven(FinetuneConfig.BATCH)) {
      batch = Math.min(batch, most);
    }
    double part = (double) batch / usual;
    Optimizer optimizer = run.learning().update().optimizer();
    double factor = optimizer instanceof Adam || optimizer instanceof Muon ? Math.sqrt(part) : part;
    double rate = run.learning().rate().base();
    return run.withBatch(batch)
        .withRate(config.isGiven(FinetuneConfig.BASE_RATE) ? rate : rate * factor);
  }
}
