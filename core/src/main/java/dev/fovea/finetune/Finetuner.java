package dev.fovea.finetune;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.data.image.DataException;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Evaluation;
import dev.fovea.finetune.FinetuneResult.Kept;
import dev.fovea.finetune.FinetuneResult.Outcome;
import dev.fovea.program.Backend;
import dev.fovea.tensor.Shape;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.EpochRow;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainResult;
import dev.fovea.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fits a trained network to images of other classes, in two stages: a linear classifier on features
 * that the trunk computes once, then the whole network, by a {@link Trainer} that starts from it.
 *
 * <p>Opening checks what can be checked and locks the folder; closing releases it. {@link #run} may
 * be called once, on any thread; {@link #interrupt} on any other. What a stopped or killed run left
 * in its folder is gone on with. Once the length of the second stage is decided, the model file is
 * the same to the byte; before that, the time that is left decides it anew.
 */
public final class Finetuner implements AutoCloseable {
  private final FinetuneConfig config;
  private final FinetuneFolder folder;
  private final FinetuneFolder.Opened opened;
  private final RunLock lock;
  private final Backend backend;
  private final Additions additions;
  private final Dataset train;
  private final Dataset val;
  private final List<FinetuneListener> listeners;
  private final long started = System.nanoTime();
  private volatile boolean interrupted;
  private volatile @Nullable Trainer trainer;

  private Finetuner(
      FinetuneConfig config,
      FinetuneFolder.Opened opened,
      RunLock lock,
      Backend backend,
      Additions additions,
      Parts parts,
      List<FinetuneListener> listeners) {
    this.config = config;
    this.folder = opened.folder();
    this.opened = opened;
    this.lock = lock;
    this.backend = backend;
    this.additions = additions;
    this.train = parts.train;
    this.val = parts.val;
    this.listeners = List.copyOf(listeners);
  }

  private record Parts(Dataset train, Dataset val) implements AutoCloseable {
    @Override
    public void close() {
      val.close();
      train.close();
    }
  }

  /**
   * Begins a fine-tuning, or goes on with that in the folder.
   *
   * @param wanted with {@code output.folder}; with {@code output.resume}, a fine-tuning must be
   *     there; without, one that is there must have the same settings
   * @throws ConfigException if a setting is invalid, or differs from that of the one that is gone
   *     on with
   * @throws DataException if the images cannot be used
   * @throws dev.fovea.checkpoint.CheckpointException if the folder is in use or cannot be written
   */
  public static Finetuner open(
      FinetuneConfig wanted, Backend backend, Additions additions, FinetuneListener... listeners) {
    String named = wanted.run().output().folder();
    FinetuneFolder.Opened opened =
        wanted.run().output().resume()
            ? FinetuneFolder.existing(named)
            : FinetuneFolder.open(named);
    RunLock lock = RunLock.take(opened.folder().path());
    try {
      FinetuneConfig config = FinetunePlan.begun(opened.folder(), wanted, backend);
      Parts parts = parts(config, additions);
      return new Finetuner(config, opened, lock, backend, additions, parts, List.of(listeners));
    } catch (RuntimeException | Error e) {
      lock.close();
      opened.removeIfUnused();
      throw e;
    }
  }

  private static Parts parts(FinetuneConfig config, Additions additions) {
    RunConfig run = config.run();
    // The limit of unreadable images is judged over both parts, once all were looked at.
    RunConfig whole = run.with(run.data().withHoldBack(0).withBadFraction(1));
    Dataset train = RunData.open(whole, Split.TRAIN, additions);
    try {
      if (train.classes().size() < 2) {
        throw new DataException(
            train.description()
                + " has only one class, "
                + train.classes()
                + "; expected at least two, each in a folder of its own");
      }
      requireBatch(config, train);
      Dataset val = RunData.open(whole, Split.VAL, additions);
      try {
        return new Parts(train, Datasets.withClasses(val, train.classes()));
      } catch (RuntimeException | Error e) {
        val.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      train.close();
      throw e;
    }
  }

  // A batch that was set is not changed, and the first stage would be for nothing.
  private static void requireBatch(FinetuneConfig config, Dataset train) {
    int batch = config.run().learning().batch();
    int trained = RunData.heldBackItems(train, config.run(), false).length;
    if (config.stages() == FinetuneConfig.Stages.ALL
        && config.isGiven(FinetuneConfig.BATCH)
        && batch > trained) {
      throw new ConfigException(
          "learning.batch is "
              + batch
              + ", but "
              + train.description()
              + " has only "
              + trained
              + " images besides those that are held back; lower learning.batch");
    }
  }

  /**
   * Fine-tunes to the end, or until it is interrupted.
   *
   * <p>What goes wrong in the second stage is part of the result, beside what the first one found.
   *
   * @throws ConfigException if images, classes or trunk are no longer those of the first stage
   * @throws DataException if too many images cannot be read, or a feature is not a number
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be read or written
   */
  public FinetuneResult run() {
    try (Trunk trunk = Trunk.open(config, folder, backend, train.classes())) {
      HeadStage stage = new HeadStage(config, folder, trunk, fingerprint(), this::stopped);
      if (stage.before(train.classes()).isEmpty() && !isChecked()) {
        return FinetuneResult.interrupted(folder, Optional.empty());
      }
      double dataSeconds = seconds();
      emit(
          new FinetuneEvent.Opened(
              config,
              folder.path(),
              trunk.card(),
              trunk.head().network().title(),
              trunk.head().width(),
              trunk.notes()));
      Optional<HeadStage.Found> found = stage.run(train, val, dataSeconds, this::emit);
      if (found.isEmpty()) {
        return FinetuneResult.interrupted(folder, Optional.empty());
      }
      HeadStage.Found first = found.get();
      emit(new FinetuneEvent.HeadFitted(first.figures(), first.validation(), folder.model()));
      FinetuneResult result = second(trunk, first);
      if (result.outcome() == Outcome.FINISHED) {
        emit(new FinetuneEvent.Finished(result));
      }
      return result;
    }
  }

  // Decodes every image; false if it was stopped.
  private boolean isChecked() {
    Optional<DataCheck> check =
        DataCheck.of(List.of(train, val), config.run().engine().threads(), this::stopped);
    check.ifPresent(
        c -> {
          emit(new FinetuneEvent.DataChecked(c));
          new BadImageLimit(config.run().data().badFraction()).judge(c, train, val);
        });
    return check.isPresent();
  }

  private FinetuneResult second(Trunk trunk, HeadStage.Found first) {
    try {
      Optional<RunConfig> training = training(trunk, first);
      return training.isEmpty()
          ? FinetuneResult.first(folder, first, Optional.empty())
          : train(training.get(), first);
    } catch (RuntimeException | OutOfMemoryError e) {
      emit(
          new FinetuneEvent.Note(
              "the second stage failed, so that the model stays the one whose last layer was"
                  + " fitted"));
      return FinetuneResult.first(folder, first, Optional.of(e));
    }
  }

  private FinetuneResult train(RunConfig training, HeadStage.Found first) {
    List<String> frozen = training.learning().update().groups().tuning().freeze();
    if (!frozen.equals(config.run().learning().update().groups().tuning().freeze())) {
      emit(
          new FinetuneEvent.Note(
              "only a few passes over the images fit into the time, so that the first "
                  + frozen.size()
                  + " modules stay as they are, up to "
                  + frozen.get(frozen.size() - 1)
                  + "; learning.update.groups.freeze or more finetune.time changes this"));
    }
    TrainResult trained;
    try (Trainer second = Trainer.open(training, backend, additions, this::training)) {
      trainer = second;
      if (interrupted) {
        second.interrupt();
      }
      trained = second.run();
    } finally {
      trainer = null;
    }
    if (trained.outcome() == TrainResult.Outcome.INTERRUPTED) {
      return FinetuneResult.interrupted(folder, Optional.of(first));
    }
    return trained.bestEpoch() == 0
        ? FinetuneResult.first(folder, first, Optional.empty())
        : judge(training, first, trained);
  }

  // How the second stage trains; empty if there is none.
  private Optional<RunConfig> training(Trunk trunk, HeadStage.Found first) {
    if (config.stages() == FinetuneConfig.Stages.HEAD) {
      return Optional.empty();
    } else if (Files.exists(folder.training().state())) {
      return Optional.of(RunConfig.ofRun(folder.training()));
    } else if (first.heldBack() == 0) {
      emit(
          new FinetuneEvent.Note(
              "no class has two images that can be read, so that none can be held back to judge the"
                  + " whole network by; only the last layer was fitted"));
      return Optional.empty();
    }
    Shape input = trunk.card().input();
    if (input.dim(1) != input.dim(2)) {
      emit(
          new FinetuneEvent.Note(
              "the network takes images of "
                  + input.dim(2)
                  + "x"
                  + input.dim(1)
                  + " pixels, and whole networks are trained on square ones; only the last layer"
                  + " was fitted"));
      return Optional.empty();
    }
    int held = RunData.heldBackItems(train, config.run(), true).length;
    Optional<RunConfig> planned =
        FinetunePlan.second(
            config,
            folder,
            trunk,
            first,
            new FinetunePlan.Sizes(train.size() - held, held, val.size()));
    if (planned.isEmpty()) {
      emit(
          new FinetuneEvent.Note(
              "the first stage took the time there was; more finetune.time would train the whole"
                  + " network"));
    }
    return planned;
  }

  private FinetuneResult judge(RunConfig training, HeadStage.Found first, TrainResult trained) {
    long from = System.nanoTime();
    Optional<FinalEvaluation> measured =
        FinalEvaluation.of(trained.model(), val, training, backend, this::stopped);
    if (measured.isEmpty()) {
      return FinetuneResult.interrupted(folder, Optional.of(first));
    }
    boolean better = isBetter(trained.best().orElseThrow().evaluated(), first.figures());
    if (better) {
      write(trained.model(), measured.get().evaluation());
    }
    List<EpochRow> rows = trained.history();
    return new FinetuneResult(
        Outcome.FINISHED,
        folder,
        Optional.of(first.figures()),
        Optional.of(first.validation()),
        Optional.of(measured.get().evaluation()),
        better ? Kept.SECOND : Kept.FIRST,
        better ? measured.get().judgements() : first.judgements(),
        rows.get(rows.size() - 1).seconds() + (System.nanoTime() - from) / 1e9,
        Optional.empty());
  }

  /** Whether the second stage's best epoch is better than the head that it began with. */
  static boolean isBetter(EpochRow.Validation best, HeadFigures head) {
    return best.top1() > head.heldBackTop1()
        || best.top1() == head.heldBackTop1() && best.loss() < head.heldBackLoss();
  }

  private void write(Path trained, Evaluation evaluation) {
    try (ModelFile file = ModelFile.open(trained)) {
      ModelCard card = file.card();
      ModelFile.write(
          folder.model(),
          new ModelCard(
              card.network(),
              card.input(),
              card.classes(),
              card.preprocessing(),
              FinetunePlan.ofModel(RunConfig.ofModel(card), config).identity(),
              HeadStage.metrics(evaluation),
              new ModelCard.Origin(FinetunePlan.source(config), fingerprint())),
          new FileWeights(file));
    }
  }

  private void training(TrainEvent event) {
    emit(new FinetuneEvent.Training(event));
  }

  private String fingerprint() {
    return train.fingerprint() + "+" + val.fingerprint();
  }

  private boolean stopped() {
    return interrupted;
  }

  private double seconds() {
    return (System.nanoTime() - started) / 1e9;
  }

  private void emit(FinetuneEvent event) {
    new ArrayList<>(listeners).forEach(l -> l.on(event));
  }

  /** Asks the run to save and return; thread-safe, idempotent. */
  public void interrupt() {
    interrupted = true;
    Trainer running = trainer;
    if (running != null) {
      running.interrupt();
    }
  }

  /** Returns the settings, with the engine's as they are used. */
  public FinetuneConfig config() {
    return config;
  }

  /** Returns the folder. */
  public FinetuneFolder folder() {
    return folder;
  }

  /** Returns the validation images; this owns and closes them. */
  public Dataset validationData() {
    return val;
  }

  /** Returns the trainer of the second stage while it runs; for listeners. */
  public Optional<Trainer> trainer() {
    return Optional.ofNullable(trainer);
  }

  /** Releases data and the lock; idempotent. */
  @Override
  public void close() {
    val.close();
    train.close();
    lock.close();
    opened.removeIfUnused();
  }
}
