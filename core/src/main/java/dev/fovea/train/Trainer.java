package dev.fovea.train;

import dev.fovea.data.Batch;
import dev.fovea.data.Dataset;
import dev.fovea.data.Loader;
import dev.fovea.data.Preprocessing;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Evaluator;
import dev.fovea.graph.Graph;
import dev.fovea.optim.OptimException;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.StepResult;
import dev.fovea.train.TrainResult.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One training run, from the first or a saved step to the last.
 *
 * <p>Opening checks everything that can fail, takes the memory and locks the folder; closing gives
 * all of it back. {@link #run} may be called once, on any thread; {@link #interrupt} on any other.
 * The bytes of the model file depend on nothing but configuration, data and machine, however often
 * the run was stopped or killed on the way.
 */
public final class Trainer implements AutoCloseable {
  private final Session session;
  private final List<TrainListener> listeners;
  private final float[] targets;
  private final long started = System.nanoTime();
  private Position at;
  private long savedNanos = started;
  private long savedStep;
  private Supplier<List<String>> lastBatch = List::of;
  private double lastRate;
  private volatile boolean interrupted;

  private Trainer(Session session, List<TrainListener> listeners) {
    this.session = session;
    this.listeners = listeners;
    this.targets = new float[session.batch() * session.classes().size()];
    this.at = session.start();
    this.savedStep = at.step();
  }

  /**
   * Prepares a run.
   *
   * @param config {@code output.resume} goes on with the run in {@code output.folder}, or with the
   *     last one where that is empty; else a new run begins
   * @throws ConfigException if a setting cannot be, or a resumed run has other settings or data
   * @throws dev.fovea.data.DataException if the data cannot be used
   * @throws dev.fovea.models.ModelException if there is no such network
   * @throws dev.fovea.program.ProgramException if the network cannot be compiled or memory does not
   *     suffice
   * @throws dev.fovea.checkpoint.CheckpointException if the folder is in use or a file in it is
   *     damaged
   */
  public static Trainer open(RunConfig config, Backend backend, TrainListener... listeners) {
    Session session = Session.open(config, backend);
    List<TrainListener> all = new ArrayList<>(List.of(new MetricsCsv(session.folder().metrics())));
    all.addAll(Arrays.asList(listeners));
    return new Trainer(session, all);
  }

  /**
   * Trains to the end, or until interrupted or out of time.
   *
   * @throws DivergedException if the loss is no finite number any more
   * @throws dev.fovea.data.DataException if too many pictures cannot be read
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be written
   */
  public TrainResult run() {
    tell(session.announcement());
    if (at.step() == 0) {
      // From here on there is always something to resume.
      save();
    }
    while (at.step() < session.totalSteps() || at.batch() > 0) {
      if (session.outOfPatience(at)) {
        return finished(Outcome.NO_PROGRESS);
      }
      grow();
      if (!trainEpoch() || !endEpoch()) {
        return stopped();
      }
    }
    return finished(Outcome.FINISHED);
  }

  // Where a new size of pictures begins, the state is saved and read back as by a resumed run.
  private void grow() {
    if (session.grows(at)) {
      save();
      session.grow(at);
      tell(new TrainEvent.Resized(at.epoch() + 1, session.side()));
    }
  }

  // One pass, or the rest of one; false if it was stopped.
  private boolean trainEpoch() {
    try (Loader.Batches batches = session.training().epoch(at.epoch(), at.batch())) {
      while (!session.endsEpoch(at)) {
        if (interrupted || timeUp()) {
          return false;
        }
        step(batches);
        if (session.saveEvery().due(at.step() - savedStep, System.nanoTime() - savedNanos)) {
          save();
        }
      }
    }
    return true;
  }

  // One update, of as many batches as the recipe says.
  private void step(Loader.Batches batches) {
    double rate = session.rateAt(at.step());
    lastRate = rate;
    int parts = session.accumulate();
    double loss = 0;
    int correct = 0;
    int images = 0;
    OptionalDouble norm = OptionalDouble.empty();
    for (int part = 0; part < parts; part++) {
      try (Batch batch = batches.next()) {
        StepResult result = run(batch, part);
        loss += result.loss() / parts;
        correct += result.correct();
        images += batch.count();
        session.updater().gather(part);
        if (part == parts - 1) {
          norm = update(rate, result.loss());
        }
      }
    }
    at = at.afterStep(loss, correct, images, parts);
    if (session.endsEpoch(at)) {
      session.updater().endEpoch(at.epoch(), session.length());
    }
    session.badImages().ifPresent(this::tell);
    tell(
        new TrainEvent.StepDone(
            at.step(),
            at.epoch() + 1,
            at.batch() / parts,
            new TrainEvent.StepFigures(loss, correct, rate),
            images,
            norm,
            elapsed()));
  }

  private StepResult run(Batch batch, int part) {
    lastBatch = () -> names(batch);
    long seed = session.dropoutSeed(at.step() * session.accumulate() + part);
    batch.targets(session.classes().size(), targets);
    StepResult result = session.program().run(batch.pixels(), targets, seed);
    if (!Double.isFinite(result.loss())) {
      throw diverged(at.step() + 1, result.loss());
    }
    return result;
  }

  private OptionalDouble update(double rate, double loss) {
    try {
      return session.updater().step(at.step(), rate);
    } catch (OptimException e) {
      throw diverged(at.step() + 1, loss);
    }
  }

  // False if it was interrupted; then the state says that only the evaluation is missing.
  private boolean endEpoch() {
    if (session.evaluates(at)) {
      return evaluate();
    }
    at = at.afterPass();
    save();
    return true;
  }

  private boolean evaluate() {
    if (!session.prepareEvaluation(at, () -> interrupted)) {
      return false;
    }
    Optional<Evaluation> found =
        Evaluator.evaluate(session.inference(), session.validation(), () -> interrupted);
    if (found.isEmpty()) {
      return false;
    }
    Evaluation val = found.get();
    if (!Double.isFinite(val.loss()) || !session.isFinite()) {
      throw diverged(at.step(), val.loss());
    }
    boolean better = val.top1() > at.bestTop1();
    EpochRow row =
        new EpochRow(
            at.epoch() + 1,
            at.step(),
            session.trainingFigures(at.sums()),
            new EpochRow.Validation(val.loss(), val.top1(), val.top5()),
            session.rateAt(at.step() - 1),
            seconds());
    session.history().add(row);
    at = at.afterEpoch(better, val.top1());
    if (better) {
      saved(session.folder().model(), () -> session.writeModel(row));
    }
    save();
    tell(new TrainEvent.EpochDone(row, better, val));
    return true;
  }

  private void save() {
    if (!session.isFinite()) {
      throw diverged(at.step(), 0);
    }
    saved(session.folder().state(), () -> session.writeState(at.at(seconds())));
    savedNanos = System.nanoTime();
    savedStep = at.step();
  }

  private void saved(Path file, Runnable writing) {
    long from = System.nanoTime();
    writing.run();
    tell(new TrainEvent.Saved(file, at.step(), Duration.ofNanos(System.nanoTime() - from)));
  }

  private TrainResult stopped() {
    save();
    tell(new TrainEvent.Interrupted(at.step(), session.folder().path()));
    return finished(interrupted ? Outcome.INTERRUPTED : Outcome.TIME_UP);
  }

  private TrainResult finished(Outcome outcome) {
    TrainResult result =
        new TrainResult(
            outcome,
            session.folder(),
            at.step(),
            session.totalSteps(),
            session.history(),
            at.bestEpoch());
    tell(new TrainEvent.RunFinished(result));
    return result;
  }

  private DivergedException diverged(long step, double loss) {
    return new DivergedException(
        step, loss, lastRate, session.program().gradientNorm(), lastBatch.get());
  }

  /** Asks the run to finish its step, save, and return; from any thread, any number of times. */
  public void interrupt() {
    interrupted = true;
  }

  private static List<String> names(Batch batch) {
    return IntStream.range(0, batch.count()).mapToObj(batch::name).toList();
  }

  private boolean timeUp() {
    Every max = session.config().output().maxTime();
    return max.due(0, System.nanoTime() - started);
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - started);
  }

  private double seconds() {
    return session.start().seconds() + elapsed().toNanos() / 1e9;
  }

  private void tell(TrainEvent event) {
    listeners.forEach(l -> l.on(event));
  }

  /** The configuration with everything resolved that was left open. */
  public RunConfig config() {
    return session.config();
  }

  /** Where the run writes. */
  public RunFolder folder() {
    return session.folder();
  }

  /** The pictures that are learnt from, open until the trainer is closed. */
  public Dataset trainingData() {
    return session.training().dataset();
  }

  /** The pictures that evaluations are made on, open until the trainer is closed. */
  public Dataset validationData() {
    return session.validation().dataset();
  }

  /** The network that is trained, at the size in which it is evaluated. */
  public Graph graph() {
    return session.graph();
  }

  /**
   * The weights as they are, not their average: live, the trainer's, to be read by listeners on the
   * training thread. After {@link TrainEvent.Resized} they are others, and these are closed.
   */
  public ParameterSet weights() {
    return session.program().weights();
  }

  /** How they are varied. */
  public Variation variation() {
    return session.variation();
  }

  /** How evaluated pictures are fitted, and all are normalised. */
  public Preprocessing preprocessing() {
    return session.preprocessing();
  }

  /** Gives memory, files and the folder free; harmless when repeated. */
  @Override
  public void close() {
    session.close();
  }
}
