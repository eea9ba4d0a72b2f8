package dev.fovea.train;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.data.BadPicture;
import dev.fovea.data.BatchFormat;
import dev.fovea.data.Dataset;
import dev.fovea.data.Loader;
import dev.fovea.data.LoaderOptions;
import dev.fovea.data.Preprocessing;
import dev.fovea.data.Split;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.RunLength;
import dev.fovea.optim.Span;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.optim.WeightAverage;
import dev.fovea.program.Backend;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Everything a run holds: opened, checked and compiled before the first step, closed after the
 * last.
 */
final class Session implements AutoCloseable {
  private static final int PREFETCH = 3;

  private final Deque<Runnable> owned = new ArrayDeque<>();
  private final ConcurrentLinkedQueue<BadPicture> bad = new ConcurrentLinkedQueue<>();
  private final Set<BadPicture> told = ConcurrentHashMap.newKeySet();
  private final List<String> notes = new ArrayList<>();
  // Assigned a second time where a run is given a time: then with the epochs that fit into it.
  private RunConfig config;
  private final RunFolder folder;
  private final Graph graph;
  private final Preprocessing preprocessing;
  private final Variation variation;
  private final Loader validation;
  private final Stage.Common common;
  private final ProgramReport largest;
  private final RunLength length;
  private final RunFiles files;
  private final Position start;
  private final List<EpochRow> history = new ArrayList<>();
  // Another one once the pictures grow.
  private Stage stage;

  private Session(RunConfig asked, Backend backend) {
    boolean resume = asked.output().resume();
    boolean opened = false;
    RunConfig c = Preparation.resolved(asked, backend);
    Shape input = Preparation.input(c.network());
    this.preprocessing = Variation.preprocessing(c.data().preprocess(), input);
    this.variation = Variation.of(c.data().augment(), input);
    if (variation.mixing().isOn()) {
      notes.add("mixed pictures: training accuracy counts the label with the larger share");
    }
    this.folder =
        resume ? RunFolder.existing(c.output().folder()) : RunFolder.create(c.output().folder());
    try {
      own(RunLock.take(folder.path()), RunLock::close);
      this.config = c.writing(c.output().into(folder.path().toString(), resume));
      if (resume) {
        RunFiles.requireSameSettings(folder, config, backend.name());
      }
      Dataset train = dataset(Split.TRAIN);
      Dataset val = dataset(Split.VAL);
      Preparation.check(config, train, val);
      this.graph = Models.graph(config.network().model(), train.classes().size(), input);
      this.common =
          new Stage.Common(config, backend, graph, train, preprocessing, variation, feeding());
      boolean timed = config.learning().length().unit() == Span.Unit.MINUTES;
      Sizes sizes = new Sizes(common, timed);
      int first = firstSide(train);
      sizes.lookBeyond(first);
      this.stage = Stage.open(common, first);
      owned.push(() -> stage.close());
      BatchFormat judged =
          new BatchFormat(
              config.engine().evalBatch(),
              preprocessing.channels(),
              preprocessing.height(),
              preprocessing.width(),
              stage.inference().inputType());
      this.validation =
          own(Loader.evaluation(val, preprocessing, judged, feeding()), Loader::close);
      this.largest = sizes.look(stage);
      if (timed) {
        this.config = sizes.fitted(stage, validation.batchesPerEpoch(), notes::add);
      }
      this.length = length(train);
      String data = train.fingerprint() + "+" + val.fingerprint();
      this.files = new RunFiles(folder, config, data, backend.name());
      this.start = resume ? restored() : begun();
      opened = true;
    } finally {
      if (!opened) {
        close();
        if (!resume) {
          folder.removeIfUnused();
        }
      }
    }
  }

  static Session open(RunConfig config, Backend backend) {
    return new Session(config, backend);
  }

  private <T> T own(T thing, Consumer<T> closing) {
    owned.push(() -> closing.accept(thing));
    return thing;
  }

  private Dataset dataset(Split split) {
    return own(RunData.open(config, split), Dataset::close);
  }

  private LoaderOptions feeding() {
    return new LoaderOptions(
        config.engine().seed(),
        config.engine().threads(),
        PREFETCH,
        true,
        config.data().badFraction(),
        this::found);
  }

  // Loaders that follow each other find the same pictures.
  private void found(BadPicture picture) {
    if (told.add(picture)) {
      bad.add(picture);
    }
  }

  private Position restored() {
    RunFiles.Saved saved = files.load(sets());
    history.addAll(saved.history());
    program().weightsChanged();
    return saved.position();
  }

  private Position begun() {
    initialise();
    files.begin(sets());
    return Position.START;
  }

  private RunLength length(Dataset train) {
    int stepsPerEpoch = train.size() / batch() / accumulate();
    Span span = config.learning().length();
    double steps = span.unit() == Span.Unit.EPOCHS ? span.count() * stepsPerEpoch : span.count();
    return new RunLength(stepsPerEpoch, (long) steps);
  }

  private void initialise() {
    StartingWeights first =
        new StartingWeights(graph, config.network().init(), config.engine().seed());
    notes.addAll(first.write(program().weights()));
    program().weightsChanged();
    if (resizing().isOn()) {
      notes.add("pictures grow: " + resizing() + " of the epochs, then " + fullSide() + " pixels");
    }
  }

  private ProgressiveResizing resizing() {
    return config.network().progressive();
  }

  private int fullSide() {
    return preprocessing.width();
  }

  // Before it is known how many epochs fit into a time, the first one is a guess, put right as
  // every later size is.
  private int firstSide(Dataset train) {
    if (!resizing().isOn()) {
      return fullSide();
    } else if (config.learning().length().unit() == Span.Unit.MINUTES) {
      return resizing().stages().get(0).side();
    }
    boolean resume = config.output().resume();
    return side(resume ? RunFiles.position(folder) : Position.START, length(train));
  }

  private int side(Position at, RunLength run) {
    return resizing().side(at.epoch(), run.epochs(), fullSide());
  }

  /** Whether the epoch of {@code at} is trained on another size of pictures than is compiled. */
  boolean grows(Position at) {
    return side(at, length) != stage.side();
  }

  /** Goes on with that size, as a resumed run does with the state that must be saved for it. */
  void grow(Position at) {
    stage.close();
    stage = Stage.open(common, side(at, length));
    files.load(sets());
    program().weightsChanged();
  }

  /** The side of the pictures that are trained on, in pixels. */
  int side() {
    return stage.side();
  }

  /** The mean over the run's epochs of the pixels of a picture, over those that it has now. */
  double meanPixels() {
    double all =
        resizing().cost(0, length.epochs(), fullSide(), side -> Math.pow(side, 2))
            / Math.pow(stage.side(), 2);
    return all / length.epochs();
  }

  TrainEvent.RunStarted announcement() {
    long parameters =
        graph.params().stream()
            .filter(p -> p.role().trainable())
            .mapToLong(p -> p.shape().elements())
            .sum();
    TrainEvent.Plan plan =
        new TrainEvent.Plan(
            folder.path(),
            (int) length.stepsPerEpoch(),
            length.totalSteps(),
            start.step(),
            largest,
            parameters);
    return new TrainEvent.RunStarted(
        config,
        plan,
        classes(),
        training().dataset().size(),
        validation.dataset().size(),
        history,
        notes);
  }

  Map<String, ParameterSet> sets() {
    Map<String, ParameterSet> sets = new LinkedHashMap<>();
    sets.put("weights", program().weights());
    sets.putAll(updater().state());
    return sets;
  }

  /** Whether all weights and all state are finite numbers; nothing else is ever saved. */
  boolean isFinite() {
    for (ParameterSet set : sets().values()) {
      for (ParamSpec spec : set.specs()) {
        // The sum of finite floats in binary64 is finite; one that is not finite makes it so for
        // good.
        double sum = 0;
        for (float v : set.read(spec.name())) {
          sum += v * 0f;
        }
        if (sum != 0) {
          return false;
        }
      }
    }
    return true;
  }

  void writeModel(EpochRow row) {
    ModelCard card =
        new ModelCard(
            graph.name(),
            graph.inputShape(),
            classes(),
            preprocessing,
            config.identity(),
            Map.of(
                "epoch",
                (double) row.epoch(),
                "top1",
                row.val().top1(),
                "top5",
                row.val().top5(),
                "loss",
                row.val().loss()),
            new ModelCard.Origin(source(), files.fingerprint()));
    ModelFile.write(folder.model(), card, updater().average().orElse(program().weights()));
  }

  // A path is made absolute, so that the model finds its data from everywhere.
  private String source() {
    Path path = Path.of(config.data().source());
    return Files.exists(path)
        ? path.toAbsolutePath().normalize().toString()
        : config.data().source();
  }

  void writeState(Position at) {
    files.save(at, history, sets());
  }

  Optional<TrainEvent.BadImages> badImages() {
    List<BadPicture> found = new ArrayList<>();
    for (BadPicture b = bad.poll(); b != null; b = bad.poll()) {
      found.add(b);
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(new TrainEvent.BadImages(found));
  }

  EpochRow.Training trainingFigures(Position.Sums sums) {
    return new EpochRow.Training(
        sums.loss() / sums.images(), (double) sums.correct() / sums.images());
  }

  double rateAt(long step) {
    double scheduled = config.learning().rate().at(step, length);
    return update().average() instanceof WeightAverage.Stochastic s
        ? s.rate(step, scheduled, length)
        : scheduled;
  }

  /** Batches that make one step. */
  int accumulate() {
    return update().accumulate();
  }

  /** Whether {@code at} is the end of an epoch, or of the run within one. */
  boolean endsEpoch(Position at) {
    return at.batch() >= length.stepsPerEpoch() * accumulate() || at.step() >= totalSteps();
  }

  /** Whether the epoch that ends {@code at} is evaluated. */
  boolean evaluates(Position at) {
    return (at.epoch() + 1) % evaluateEvery() == 0 || at.step() >= totalSteps();
  }

  private int evaluateEvery() {
    return config.output().evaluateEvery();
  }

  /** Whether the best epoch is too long ago. */
  boolean outOfPatience(Position at) {
    int patience = config.output().patience();
    return patience > 0 && at.isEvaluated() && at.epoch() - at.bestEpoch() >= patience;
  }

  RunLength length() {
    return length;
  }

  /**
   * Makes the statistics of batch norms fit the weights that are evaluated next, where running ones
   * do not.
   *
   * @return false if {@code stop} said to give up
   */
  boolean prepareEvaluation(Position at, BooleanSupplier stop) {
    boolean averaged =
        update().average() instanceof WeightAverage.Stochastic s && s.count(at.epoch(), length) > 1;
    BatchStatistics statistics = update().statistics();
    boolean needed =
        statistics.kind() == BatchStatistics.Kind.POPULATION
            || (averaged && statistics.kind() == BatchStatistics.Kind.RUNNING);
    if (!needed) {
      return true;
    }
    updater().exchange();
    try {
      return PopulationStatistics.estimate(
          program(), training(), at.epoch(), statistics.batches(), k -> dropoutSeed(-k), stop);
    } finally {
      updater().exchange();
    }
  }

  private UpdateRule update() {
    return config.learning().update();
  }

  // SplittableRandom's mixing function (Steele et al. 2014), so that neighbouring steps share
  // nothing.
  long dropoutSeed(long step) {
    long z = config.engine().seed() + 0x9E3779B97F4A7C15L * (step + 1);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  int batch() {
    return config.learning().batch();
  }

  List<String> classes() {
    return training().dataset().classes();
  }

  Graph graph() {
    return graph;
  }

  RunConfig config() {
    return config;
  }

  RunFolder folder() {
    return folder;
  }

  Preprocessing preprocessing() {
    return preprocessing;
  }

  Variation variation() {
    return variation;
  }

  Loader training() {
    return stage.training();
  }

  Loader validation() {
    return validation;
  }

  TrainingProgram program() {
    return stage.program();
  }

  InferenceProgram inference() {
    return stage.inference();
  }

  Updater updater() {
    return stage.updater();
  }

  Every saveEvery() {
    return config.output().saveEvery();
  }

  long totalSteps() {
    return length.totalSteps();
  }

  Position start() {
    return start;
  }

  List<EpochRow> history() {
    return history;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().run();
    }
  }
}
