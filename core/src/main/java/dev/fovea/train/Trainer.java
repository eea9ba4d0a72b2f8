package dev.fovea.train;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.collective.Collective;
import dev.fovea.collective.SingleRank;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.source.Dataset;
import dev.fovea.eval.Evaluation;
import dev.fovea.graph.Graph;
import dev.fovea.optim.LearningRates;
import dev.fovea.optim.OptimException;
import dev.fovea.optim.PartFreeze;
import dev.fovea.optim.RunLength;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.StepExchange;
import dev.fovea.program.StepResult;
import dev.fovea.train.TrainResult.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Executes one training run, from the first or a saved step to the last.
 *
 * <p>Opening checks everything that can fail, allocates memory and locks the folder; closing
 * releases all of it. {@link #run} may be called once, on any thread; {@link #interrupt} on any
 * other. The bytes of the model file depend only on configuration, data, machine and number of
 * ranks, however often the run was stopped or killed in between.
 *
 * <p>On several ranks, each runs a trainer with the same configuration and data and computes its
 * part of every batch; weights are the same on all of them after every step. Only rank 0 writes
 * files. All ranks stop at the same step, whichever was interrupted; if one fails, all fail, and
 * the last saved state is the one to resume from, on any number of ranks that divides the batch.
 */
public final class Trainer implements AutoCloseable {
  private final Ranks ranks;
  private final SharedStore store;
  private final PreparedRun run;
  private final TrainingSetup setup;
  private final RunLength length;
  private final LearningRates rates;
  private final EvaluationPolicy evaluation;
  private final TrainEvent.RunStarted announcement;
  private final List<EpochRow> history;
  private final List<TrainListener> listeners;
  private final float[] targets;
  private final double secondsBefore;
  private final long started = System.nanoTime();
  // Replaced when the image size changes or parts are frozen.
  private CompiledPhase phase;
  private Position at;
  private long savedNanos = started;
  private long savedStep;
  private Supplier<List<String>> lastBatch = List::of;
  private double lastRate;
  private volatile boolean interrupted;

  private Trainer(
      Ranks ranks,
      SharedStore store,
      PreparedRun run,
      RunStore.Saved start,
      List<String> notes,
      List<TrainListener> listeners) {
    this.ranks = ranks;
    this.store = store;
    this.run = run;
    this.setup = run.setup();
    this.length = run.length();
    this.rates = run.rates();
    this.evaluation = run.evaluation();
    this.history = new ArrayList<>(start.history());
    this.listeners = listeners;
    this.targets = new float[setup.rankBatch() * setup.classes().size()];
    this.phase = run.phase();
    this.at = start.position();
    this.secondsBefore = at.seconds();
    this.savedStep = at.step();
    this.announcement = announcement(store, run, start, notes);
    ranks.wishes(this::wishes);
  }

  /**
   * Prepares a run.
   *
   * @param config with {@code output.resume}, continues the run in {@code output.folder}, or the
   *     latest run if that is empty; otherwise starts a new run
   * @throws ConfigException if a setting is invalid, or a resumed run had other settings or data
   * @throws dev.fovea.data.image.DataException if the data cannot be used
   * @throws dev.fovea.models.ModelException if there is no such network
   * @throws dev.fovea.program.ProgramException if the network cannot be compiled or memory is
   *     insufficient
   * @throws dev.fovea.checkpoint.CheckpointException if the folder is in use or a file in it is
   *     damaged
   */
  public static Trainer open(RunConfig config, Backend backend, TrainListener... listeners) {
    return open(config, backend, Additions.NONE, listeners);
  }

  /**
   * Prepares a run of a program with images, augmentations or metrics of its own.
   *
   * @throws ConfigException as above, and if the configuration names something that {@code
   *     additions} does not hold
   */
  public static Trainer open(
      RunConfig config, Backend backend, Additions additions, TrainListener... listeners) {
    return open(config, backend, additions, new SingleRank(), listeners);
  }

  /**
   * Prepares a run on the ranks that {@code collective} connects; all of them call this.
   *
   * @param config the same on all ranks but for {@code data.source} and {@code output}, which is
   *     that of rank 0; {@code learning.batch} counts the images of a step over all ranks. If it
   *     resumes a run, ranks other than 0 take all but {@code data.source} from rank 0
   * @param collective the caller closes it after the trainer; nobody else uses it meanwhile
   * @throws ConfigException as above, and on all ranks if they have other settings, data or
   *     versions, or if their number does not divide the batch
   * @throws dev.fovea.collective.CollectiveException if another rank failed or cannot be reached
   */
  public static Trainer open(
      RunConfig config,
      Backend backend,
      Additions additions,
      Collective collective,
      TrainListener... listeners) {
    Ranks ranks = Ranks.of(collective);
    try {
      return open(config, backend, additions, ranks, Arrays.asList(listeners));
    } catch (RuntimeException | Error e) {
      ranks.fail(e);
      ranks.close();
      throw e;
    }
  }

  private static Trainer open(
      RunConfig config,
      Backend backend,
      Additions additions,
      Ranks ranks,
      List<TrainListener> listeners) {
    boolean waits = !ranks.leads() && config.output().resume();
    RunConfig resolved = waits ? config : TrainingSetup.resolve(config, backend);
    SharedStore store = SharedStore.open(resolved.output(), ranks);
    try {
      RunConfig placed =
          Agreement.on(store.withFolder(resolved), Agreement.program(), backend.name(), ranks);
      Position at = store.position(placed, backend.name());
      PreparedRun run = PreparedRun.open(placed, backend, additions, at, ranks);
      try {
        List<TrainListener> all = new ArrayList<>();
        if (ranks.leads()) {
          all.add(new MetricsCsv(store.folder().metrics()));
        }
        all.addAll(listeners);
        return placed.output().resume()
            ? resume(ranks, store, run, all)
            : startFresh(ranks, store, run, all);
      } catch (RuntimeException | Error e) {
        run.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      store.abandon();
      throw e;
    }
  }

  private static Trainer resume(
      Ranks ranks, SharedStore store, PreparedRun run, List<TrainListener> listeners) {
    RunStore.Saved saved = store.load(run.setup(), run.phase().sets());
    run.phase().settle();
    List<String> notes = new ArrayList<>(run.notes());
    saved.multiEpochNote(run.setup().batch()).ifPresent(notes::add);
    return new Trainer(ranks, store, run, saved, notes, listeners);
  }

  private static Trainer startFresh(
      Ranks ranks, SharedStore store, PreparedRun run, List<TrainListener> listeners) {
    List<String> notes = new ArrayList<>(run.notes());
    if (ranks.leads()) {
      notes.addAll(run.initialize());
    }
    store.begin(run.setup().config(), run.phase().sets());
    RunStore.Saved fresh = new RunStore.Saved(Position.START, List.of());
    return new Trainer(ranks, store, run, fresh, notes, listeners);
  }

  private static TrainEvent.RunStarted announcement(
      SharedStore store, PreparedRun run, RunStore.Saved start, List<String> notes) {
    TrainingSetup setup = run.setup();
    TrainEvent.Plan plan =
        new TrainEvent.Plan(
            store.folder().path(),
            (int) run.length().stepsPerEpoch(),
            run.length().totalSteps(),
            start.position().step(),
            run.largest(),
            setup.trainableParameters());
    return new TrainEvent.RunStarted(
        setup.config(),
        plan,
        setup.classes(),
        setup.train().size(),
        setup.val().size(),
        start.history(),
        notes);
  }

  /**
   * Trains to the end, or until the run is interrupted, out of time or out of patience.
   *
   * @throws DivergedException if the loss becomes NaN or infinite, on all ranks
   * @throws dev.fovea.data.image.DataException if too many images cannot be read; the state is
   *     saved as on an interruption
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be written
   * @throws dev.fovea.collective.CollectiveException if another rank failed, naming it; if it only
   *     could not load images, the state is saved
   */
  public TrainResult run() {
    try {
      return train();
    } catch (RuntimeException | Error e) {
      ranks.fail(e);
      throw e;
    }
  }

  private TrainResult train() {
    emit(announcement);
    if (at.step() == 0) {
      // From here on, the run can always be resumed.
      save();
    }
    while (at.step() < length.totalSteps() || at.batch() > 0) {
      if (evaluation.isOutOfPatience(at, history)) {
        return finish(Outcome.NO_PROGRESS);
      }
      advance();
      if (!trainEpoch() || !endEpoch()) {
        return stop();
      }
    }
    return finish(Outcome.FINISHED);
  }

  // Recompiles for the next stage and reloads the saved state, exactly as a resume would.
  private void advance() {
    RunStage before = phase.stage();
    RunStage stage = PreparedRun.stage(setup, at, length);
    if (stage.equals(before)) {
      return;
    }
    save();
    phase.close();
    phase = CompiledPhase.open(setup, stage);
    store.load(setup, phase.sets());
    phase.settle();
    if (stage.side() != before.side()) {
      emit(new TrainEvent.Resized(at.epoch() + 1, stage.side()));
    }
    if (!stage.frozen().equals(before.frozen())) {
      List<String> parts =
          setup.update().groups().tuning().freezeAt().stream()
              .filter(f -> f.epoch(length.epochs()) == at.epoch())
              .map(PartFreeze::part)
              .toList();
      emit(new TrainEvent.PartsFrozen(at.epoch() + 1, parts));
    }
  }

  // Also true where the run ends within an epoch.
  private boolean endsEpoch() {
    return at.batch() >= length.stepsPerEpoch() * setup.accumulate()
        || at.step() >= length.totalSteps();
  }

  // Trains one epoch, or the rest of one; false if the run was stopped.
  private boolean trainEpoch() {
    StepClock clock = new StepClock(phase.training());
    ExchangeClock exchanged = new ExchangeClock(ranks);
    boolean whole = trainEpoch(clock);
    clock.spent(at.epoch() + 1).ifPresent(this::emit);
    exchanged.spent(at.epoch() + 1).ifPresent(this::emit);
    return whole;
  }

  private boolean trainEpoch(StepClock clock) {
    SaveInterval saveEvery = setup.config().output().saveEvery();
    try (SharedBatches batches =
        new SharedBatches(phase.training(), at.epoch(), at.batch(), ranks)) {
      while (!endsEpoch()) {
        if (ranks.wishToStop()) {
          return false;
        }
        step(batches, clock);
        if (saveEvery.isDue(at.step() - savedStep, 0) || ranks.wish(Ranks.Wish.SAVE)) {
          save();
        }
      }
    }
    return true;
  }

  // One optimizer step over the accumulated batches.
  private void step(SharedBatches batches, StepClock clock) {
    double rate = rates.at(at.step());
    lastRate = rate;
    int parts = setup.accumulate();
    StepTotals totals = StepTotals.ZERO;
    OptionalDouble norm = OptionalDouble.empty();
    // If a later batch of this step cannot be loaded, the state must be that of the last step.
    Map<String, float[]> before = parts > 1 ? phase.statistics() : Map.of();
    Optional<GradientExchange> exchange =
        ranks.exchange().map(thread -> new GradientExchange(thread, phase.program(), parts));
    for (int part = 0; part < parts; part++) {
      clock.waits();
      try (Batch batch = next(batches, before)) {
        clock.computes();
        StepResult result = run(batch, part, totals, exchange);
        totals = totals.plus(result.loss(), result.correct(), batch.count(), parts);
        phase.updater().accumulate(part);
        if (part == parts - 1) {
          exchange.ifPresent(GradientExchange::complete);
          totals = overRanks(totals);
          norm = update(rate, totals.loss());
        }
        clock.ends(batch.count());
      }
    }
    at = at.afterStep(totals.loss(), totals.correct(), totals.images(), parts);
    if (endsEpoch()) {
      phase.updater().endEpoch(at.epoch(), length);
    }
    setup.bad().take().ifPresent(this::emit);
    emit(
        new TrainEvent.StepDone(
            at.step(),
            at.epoch() + 1,
            at.batch() / parts,
            new TrainEvent.StepFigures(totals.loss(), totals.correct(), rate),
            totals.images(),
            norm,
            elapsed()));
  }

  private Batch next(SharedBatches batches, Map<String, float[]> before) {
    try {
      return batches.next();
    } catch (RuntimeException e) {
      phase.restore(before);
      saveAfter(e);
      throw e;
    }
  }

  // A loading failure does not affect the network, so the state is that of the last step.
  private void saveAfter(RuntimeException failure) {
    if (!ranks.isShared(failure)) {
      return;
    }
    try {
      setup.bad().take().ifPresent(this::emit);
      save();
      emit(new TrainEvent.LoadingFailed(at.step(), store.folder().path()));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private StepResult run(
      Batch batch, int part, StepTotals before, Optional<GradientExchange> exchange) {
    if (Double.isFinite(before.loss())) {
      lastBatch = () -> names(batch);
    }
    long seed = setup.dropoutSeed(at.step() * setup.accumulate() + part);
    batch.targets(setup.classes().size(), targets);
    StepExchange with = exchange.isPresent() ? exchange.get() : StepExchange.NONE;
    return phase.program().run(batch.pixels(), targets, seed, with);
  }

  private StepTotals overRanks(StepTotals own) {
    List<StepTotals> all = ranks.gather(own::bytes).stream().map(StepTotals::read).toList();
    for (int r = 0; r < all.size(); r++) {
      if (!Double.isFinite(all.get(r).loss())) {
        throw diverged(at.step() + 1, all.get(r).loss(), OptionalInt.of(r));
      }
    }
    return StepTotals.over(all);
  }

  private OptionalDouble update(double rate, double loss) {
    try {
      return phase.updater().step(at.step(), rate, length);
    } catch (OptimException e) {
      throw diverged(at.step() + 1, loss);
    }
  }

  // False if interrupted; the saved position then says that only the evaluation is missing.
  private boolean endEpoch() {
    if (evaluation.isDue(at)) {
      return evaluate();
    }
    EpochRow row = row(Optional.empty());
    history.add(row);
    at = at.afterPass();
    save();
    emit(new TrainEvent.EpochDone(row, false, Optional.empty()));
    return true;
  }

  private EpochRow row(Optional<EpochRow.Validation> val) {
    return new EpochRow(
        at.epoch() + 1, at.step(), at.sums().means(), val, rates.at(at.step() - 1), seconds());
  }

  private boolean evaluate() {
    Optional<Evaluation> found = validate();
    if (found.isEmpty()) {
      return false;
    }
    Evaluation val = found.get();
    if (!Double.isFinite(val.loss()) || !phase.isFinite()) {
      throw diverged(at.step(), val.loss());
    }
    boolean better = isBetter(val);
    EpochRow row = row(Optional.of(new EpochRow.Validation(val.loss(), val.top1(), val.top5())));
    history.add(row);
    at = at.afterEpoch(better, val.top1());
    if (better) {
      write(store.folder().model(), () -> writeModel(row.epoch(), val));
    }
    save();
    emit(new TrainEvent.EpochDone(row, better, found));
    return true;
  }

  // A held-back part is small, so that epochs often agree in top-1: then the lower loss decides.
  private boolean isBetter(Evaluation val) {
    boolean tie = setup.config().data().holdBack() > 0 && val.top1() == at.bestTop1();
    return val.top1() > at.bestTop1()
        || tie
            && history.stream()
                .filter(row -> row.epoch() == at.bestEpoch())
                .anyMatch(row -> val.loss() < row.evaluated().loss());
  }

  // Empty if interrupted.
  private Optional<Evaluation> validate() {
    try {
      return evaluation.prepare(setup, phase, at, ranks)
          ? SharedEvaluation.run(phase, setup.metrics(), ranks)
          : Optional.empty();
    } catch (RuntimeException e) {
      saveAfter(e);
      throw e;
    }
  }

  private void writeModel(int epoch, Evaluation val) {
    String source = setup.config().withAbsolutePaths().data().source();
    ModelCard card =
        new ModelCard(
            setup.graph().name(),
            setup.graph().inputShape(),
            setup.classes(),
            setup.preprocessing(),
            setup.config().identity(),
            metrics(epoch, val),
            new ModelCard.Origin(source, setup.data().fingerprint()));
    store.writeModel(card, phase.evaluated());
  }

  private static Map<String, Double> metrics(int epoch, Evaluation val) {
    Map<String, Double> metrics = new HashMap<>(val.metrics());
    metrics.put("epoch", (double) epoch);
    metrics.put("top1", val.top1());
    metrics.put("top5", val.top5());
    metrics.put("loss", val.loss());
    return metrics;
  }

  private void save() {
    if (!phase.isFinite()) {
      throw diverged(at.step(), 0);
    }
    write(
        store.folder().state(),
        () -> store.save(setup, at.withSeconds(seconds()), history, phase.sets()));
    savedNanos = System.nanoTime();
    savedStep = at.step();
  }

  private void write(Path file, Runnable writing) {
    long from = System.nanoTime();
    writing.run();
    if (ranks.leads()) {
      emit(new TrainEvent.Saved(file, at.step(), Duration.ofNanos(System.nanoTime() - from)));
    }
  }

  private TrainResult stop() {
    Outcome why = ranks.wish(Ranks.Wish.INTERRUPT) ? Outcome.INTERRUPTED : Outcome.TIME_UP;
    save();
    emit(new TrainEvent.Interrupted(at.step(), store.folder().path()));
    return finish(why);
  }

  private TrainResult finish(Outcome outcome) {
    TrainResult result =
        new TrainResult(
            outcome, store.folder(), at.step(), length.totalSteps(), history, at.bestEpoch());
    emit(new TrainEvent.RunFinished(result));
    return result;
  }

  private DivergedException diverged(long step, double loss) {
    return diverged(step, loss, OptionalInt.empty());
  }

  // All ranks get here together and throw the same.
  private DivergedException diverged(long step, double loss, OptionalInt rank) {
    List<String> names = ranks.texts(() -> String.join("\n", lastBatch.get()));
    List<String> of = rank.isPresent() ? List.of(names.get(rank.getAsInt())) : names;
    return ranks.shared(
        new DivergedException(
            step,
            loss,
            lastRate,
            phase.program().gradientNorm(),
            rank.isPresent() && ranks.areSeveral() ? " on rank " + rank.getAsInt() : "",
            of.stream().flatMap(String::lines).toList()));
  }

  private Set<Ranks.Wish> wishes() {
    Set<Ranks.Wish> wishes = EnumSet.noneOf(Ranks.Wish.class);
    RunConfig.Output output = setup.config().output();
    if (interrupted) {
      wishes.add(Ranks.Wish.INTERRUPT);
    }
    if (output.maxTime().isDue(0, System.nanoTime() - started)) {
      wishes.add(Ranks.Wish.TIME_UP);
    }
    if (ranks.leads() && output.saveEvery().isDue(0, System.nanoTime() - savedNanos)) {
      wishes.add(Ranks.Wish.SAVE);
    }
    return wishes;
  }

  /**
   * Asks the run to finish its step, save and return, on all ranks, whose next step may be on its
   * way; thread-safe, idempotent.
   */
  public void interrupt() {
    interrupted = true;
  }

  private static List<String> names(Batch batch) {
    return IntStream.range(0, batch.count()).mapToObj(batch::name).toList();
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - started);
  }

  private double seconds() {
    return secondsBefore + elapsed().toNanos() / 1e9;
  }

  private void emit(TrainEvent event) {
    listeners.forEach(l -> l.on(event));
  }

  /** Returns the resolved configuration. */
  public RunConfig config() {
    return setup.config();
  }

  /** Returns the run folder. */
  public RunFolder folder() {
    return store.folder();
  }

  /** Returns the training images; the trainer owns and closes them. */
  public Dataset trainingData() {
    return setup.train();
  }

  /** Returns the validation images; the trainer owns and closes them. */
  public Dataset validationData() {
    return setup.val();
  }

  /** Returns the network at the input size used for evaluation. */
  public Graph graph() {
    return setup.graph();
  }

  /**
   * Returns the current weights, not their average: live, owned by the trainer, and to be read only
   * by listeners on the training thread. {@link TrainEvent.Resized} and {@link
   * TrainEvent.PartsFrozen} close and replace them.
   */
  public ParameterSet weights() {
    return phase.program().weights();
  }

  /** Returns the augmentation of training images. */
  public Augmentation variation() {
    return setup.augmentation();
  }

  /** Returns the preprocessing: normalization of all images, and resizing in evaluation. */
  public Preprocessing preprocessing() {
    return setup.preprocessing();
  }

  /** Releases memory, files and the folder lock; idempotent. */
  @Override
  public void close() {
    ranks.close();
    phase.close();
    run.close();
    store.close();
  }
}
