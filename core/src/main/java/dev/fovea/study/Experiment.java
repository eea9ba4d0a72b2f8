package dev.fovea.study;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.Folders;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.EvenSubset;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.DivergedException;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.RunFolder;
import dev.fovea.train.StepTimes;
import dev.fovea.train.TrainResult;
import dev.fovea.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs a study: plans it, trains every arm with every seed, draws the conclusion and writes {@code
 * result.json}.
 *
 * <p>Plan and runs are files in the study folder, so that an interrupted study resumes where it
 * stopped and ends with the same networks; only an interrupted run with an observer starts over.
 * {@link #run} may be called once, on any thread; {@link #interrupt} on any other.
 */
public final class Experiment {
  private static final String PLAN = "plan.json";
  private static final String STUDY = "study";
  private static final String PRECISION = "precision";
  private static final String CONVOLUTION = "convolution";
  private static final String FINISHED = "trained.json";

  /** Images whose size is looked at. */
  private static final int LOOKED_AT = 9;

  private final Study study;
  private final Setting setting;
  private final Backend backend;
  private final StudyListener listener;
  private final long started = System.nanoTime();
  private volatile boolean interrupted;
  private volatile @Nullable Trainer running;

  /** Creates an experiment; {@link #run} starts it. */
  public Experiment(Study study, Setting setting, Backend backend, StudyListener listener) {
    this.study = study;
    this.setting = setting;
    this.backend = backend;
    this.listener = listener;
  }

  /**
   * The choices that a study was started with, which resuming it requires.
   *
   * @param precision of every run
   * @param convolution how every run computes convolutions
   */
  public record Begun(Precision precision, ConvolutionAlgorithm convolution) {}

  /**
   * Returns how the study in a folder was started; empty if the folder holds no study.
   *
   * @throws CheckpointException if the folder's plan cannot be read
   */
  public static Optional<Begun> begunWith(Path folder) {
    Path file = folder.resolve(PLAN);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Map<String, Object> study = study(JsonTree.parse(read(file), file.toString()), file);
    try {
      return Optional.of(
          new Begun(
              Precision.parse(String.valueOf(study.get(PRECISION))),
              ConvolutionAlgorithm.parse(String.valueOf(study.get(CONVOLUTION)))));
    } catch (IllegalArgumentException e) {
      throw CheckpointException.of(
          file, "is damaged: " + e.getMessage() + "; remove the file to start the study over", e);
    }
  }

  /** Returns the study that a plan was made for, as {@link #identity} describes it today. */
  private static Map<String, Object> study(Map<String, Object> saved, Path file) {
    Map<String, Object> study = new LinkedHashMap<>(child(saved, STUDY, file));
    // Before studies stored the algorithm, every convolution was computed by its definition.
    study.putIfAbsent(CONVOLUTION, ConvolutionAlgorithm.DIRECT.label());
    return study;
  }

  /**
   * Runs the study to the end.
   *
   * @return empty if interrupted; a new experiment in the same folder resumes it
   * @throws ConfigException if the folder holds another study, or this one with other settings
   * @throws CheckpointException if another process has locked the folder
   */
  public Optional<StudyResult> run() {
    try {
      Files.createDirectories(setting.folder());
    } catch (IOException e) {
      throw CheckpointException.of(setting.folder(), "cannot be created: " + IoReason.of(e), e);
    }
    try (RunLock lock = RunLock.take(setting.folder())) {
      return runLocked();
    }
  }

  private Optional<StudyResult> runLocked() {
    List<Arm> arms =
        study.arms(setting.scale(), this::shorterSide).stream().map(this::onThisMachine).toList();
    Plan plan = plan(arms);
    List<Arm> planned = arms.stream().map(plan::shorten).toList();
    int runs = planned.size() * plan.seeds();
    listener.on(new StudyEvent.Planned(plan, runs));
    List<TrainedRun> trained = new ArrayList<>();
    // Seeds are the outer loop, so that an interrupted study has runs of every arm.
    for (int seed = 0; seed < plan.seeds(); seed++) {
      for (Arm arm : planned) {
        Optional<TrainedRun> run = loadOrTrain(arm, seed, trained.size() + 1);
        if (run.isEmpty()) {
          return Optional.empty();
        }
        trained.add(run.get());
      }
    }
    StudyData data = new StudyData(setting, plan, planned, trained, backend, listener);
    Conclusion measured = study.conclude(data);
    Conclusion conclusion = data.divergedNote().map(measured::withNote).orElse(measured);
    StudyResult result =
        new StudyResult(
            study,
            setting,
            plan,
            trained,
            conclusion,
            conclusion.findings(study.criteria()),
            (System.nanoTime() - started) / 1e9,
            Instant.now());
    write(setting.folder().resolve("result.json"), result.toJson());
    return Optional.of(result);
  }

  /** Asks the study to stop after the current step; thread-safe. */
  public void interrupt() {
    interrupted = true;
    Trainer trainer = running;
    if (trainer != null) {
      trainer.interrupt();
    }
  }

  private Arm onThisMachine(Arm arm) {
    RunConfig c = arm.config();
    return arm.with(
        // Exactly as before decoding was a setting, so that studies stay comparable.
        c.with(c.data().withSource(setting.data()).with(Decoding.EXACT))
            .with(
                c.engine()
                    .with(setting.precision())
                    .with(study.convolution(setting.convolution()))
                    .withThreads(setting.threads())));
  }

  /** Returns the median shorter side of a few images; 0 if none of them can be read. */
  private int shorterSide() {
    RunConfig any = onThisMachine(Arm.of("", RunConfig.named("cifar-resnet"))).config();
    try (Dataset train = RunData.open(any, Split.TRAIN)) {
      Dataset some = EvenSubset.atMost(train, LOOKED_AT);
      List<Integer> sides = new ArrayList<>();
      for (int i = 0; i < some.size(); i++) {
        try {
          Image image = some.image(i);
          sides.add(Math.min(image.width(), image.height()));
        } catch (DataException damaged) {
          // Training counts and reports images that cannot be read.
        }
      }
      Collections.sort(sides);
      return sides.isEmpty() ? 0 : sides.get(sides.size() / 2);
    }
  }

  private Plan plan(List<Arm> arms) {
    Path file = setting.folder().resolve(PLAN);
    Map<String, Object> identity = identity(arms);
    if (Files.exists(file)) {
      Map<String, Object> saved = JsonTree.parse(read(file), file.toString());
      if (!same(identity, study(saved, file), file)) {
        throw new ConfigException(
            "the folder "
                + setting.folder()
                + " holds another study, or this one with other settings; choose another"
                + " folder");
      }
      return RecordTree.read(Plan.class, child(saved, "plan", file), file + ": plan");
    }
    Plan plan = measurePlan(arms);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put(STUDY, identity);
    tree.put("plan", RecordTree.of(plan));
    write(file, JsonTree.pretty(tree));
    return plan;
  }

  /** Compares parsed configurations, because earlier versions wrote other keys. */
  private static boolean same(Map<String, Object> identity, Map<String, Object> saved, Path file) {
    if (!identity.keySet().equals(saved.keySet())) {
      return false;
    }
    for (Map.Entry<String, Object> e : identity.entrySet()) {
      Object then = saved.get(e.getKey());
      boolean equal =
          e.getValue() instanceof Map<?, ?>
              ? config(e.getValue(), file).equals(config(then, file))
              : e.getValue().equals(then);
      if (!equal) {
        return false;
      }
    }
    return true;
  }

  @SuppressWarnings("unchecked")
  private static Optional<RunConfig> config(@Nullable Object tree, Path file) {
    return tree instanceof Map<?, ?>
        ? Optional.of(
            RunConfig.stored(JsonTree.compact((Map<String, Object>) tree), file.toString()))
        : Optional.empty();
  }

  private Map<String, Object> identity(List<Arm> arms) {
    Map<String, Object> identity = new LinkedHashMap<>();
    identity.put("name", study.name());
    identity.put("scale", setting.scale().name().toLowerCase(Locale.ROOT));
    identity.put(PRECISION, setting.precision().label());
    identity.put(CONVOLUTION, setting.convolution().label());
    identity.put("seeds", (long) setting.seeds());
    arms.forEach(a -> identity.put(a.name(), JsonTree.parse(a.config().toJson(), a.name())));
    return identity;
  }

  private Plan measurePlan(List<Arm> arms) {
    int seeds = setting.seeds() > 0 ? setting.seeds() : study.seeds(setting.scale());
    if (setting.scale() == Scale.FULL || arms.isEmpty()) {
      return Plan.full(seeds);
    }
    RunConfig any = arms.get(0).config();
    try (Dataset train = study.images(RunData.open(any, Split.TRAIN));
        Dataset val = study.images(RunData.open(any, Split.VAL))) {
      List<Plan.Timed> timed = new ArrayList<>();
      Map<String, StepTimes> known = new LinkedHashMap<>();
      Map<String, Double> loadings = new LinkedHashMap<>();
      for (Arm arm : arms) {
        RunConfig c = arm.config();
        StepTimes seconds =
            known.computeIfAbsent(
                c.network() + " " + c.learning().batch(),
                k -> {
                  listener.on(
                      new StudyEvent.Measuring("the step of " + Graph.title(c.network().model())));
                  return StepTimes.of(c, train.classes().size(), backend);
                });
        double loading =
            loadings.computeIfAbsent(
                c.network() + " " + c.learning().batch() + " " + c.data().augment(),
                k -> StepTimes.loading(c, train));
        // Loading and computing both use all cores, so they do not overlap.
        timed.add(
            new Plan.Timed(
                arm, new StepTimes(seconds.training() + loading, seconds.inference() + loading)));
      }
      double used = (System.nanoTime() - started) / 1e9;
      double time = setting.time().toSeconds() * (1 - study.ownShare()) - used;
      return Plan.fitting(timed, train.size(), val.size(), seeds, study.leastEpochs(), time);
    }
  }

  private Optional<TrainedRun> loadOrTrain(Arm arm, long seed, int number) {
    Path folder = setting.runFolder(arm.name(), seed);
    Path finished = folder.resolve(FINISHED);
    if (Files.exists(finished)) {
      TrainedRun run = stored(finished);
      listener.on(new StudyEvent.RunEnded(number, run, true));
      return Optional.of(run);
    }
    if (interrupted) {
      return Optional.empty();
    }
    Optional<TrainedRun> without = withoutStart(arm, seed);
    if (without.isPresent()) {
      write(finished, JsonTree.compact(RecordTree.of(without.get())));
      listener.on(new StudyEvent.RunEnded(number, without.get(), false));
      return without;
    }
    // The observations of an interrupted run are lost, so it starts over.
    boolean resumes = arm.watch().isEmpty() && Files.exists(new RunFolder(folder).state());
    if (!resumes) {
      Folders.delete(folder);
    }
    listener.on(new StudyEvent.RunBegan(number, arm.name(), seed));
    RunConfig c = started(arm, seed);
    Optional<TrainedRun> run =
        train(
            arm.with(c.with(c.engine().withSeed(seed)).with(c.output().into("" + folder, resumes))),
            seed);
    run.ifPresent(
        r -> {
          write(finished, JsonTree.compact(RecordTree.of(r)));
          listener.on(new StudyEvent.RunEnded(number, r, false));
        });
    return run;
  }

  private static TrainedRun stored(Path finished) {
    return RecordTree.read(
        TrainedRun.class, JsonTree.parse(read(finished), finished.toString()), "" + finished);
  }

  /** Returns the run of an arm for which there are no weights to start from, if so. */
  private Optional<TrainedRun> withoutStart(Arm arm, long seed) {
    return arm.start()
        .map(s -> setting.runFolder(s.arm(), seed))
        .filter(f -> !Files.exists(new RunFolder(f).model()))
        .map(f -> stored(f.resolve(FINISHED)))
        .map(r -> new TrainedRun(arm.name(), seed, r.classes(), true, List.of(), 0, List.of()));
  }

  /** Returns the configuration of an arm with the weights that it starts from. */
  private RunConfig started(Arm arm, long seed) {
    RunConfig c = arm.config();
    if (arm.start().isEmpty()) {
      return c;
    }
    Arm.Start start = arm.start().get();
    Path folder = setting.runFolder(arm.name(), seed);
    Path target = folder.resolveSibling(folder.getFileName() + "-start.safetensors");
    Path trained = new RunFolder(setting.runFolder(start.arm(), seed)).model();
    Path from = start.conversion().of(trained, backend, target);
    return c.with(c.network().withInit(from.toString()));
  }

  private Optional<TrainedRun> train(Arm arm, long seed) {
    RunRecorder recorder = new RunRecorder(arm, backend);
    try (Trainer trainer =
        Trainer.open(
            arm.config(),
            backend,
            images(arm.config()),
            recorder,
            e -> listener.on(new StudyEvent.Training(e)))) {
      running = trainer;
      recorder.begin(trainer);
      if (interrupted) {
        return Optional.empty();
      }
      TrainResult result = trainer.run();
      return result.outcome() == TrainResult.Outcome.INTERRUPTED
          ? Optional.empty()
          : Optional.of(recorder.result(seed, false));
    } catch (DivergedException e) {
      return Optional.of(recorder.result(seed, true));
    } finally {
      running = null;
      recorder.close();
    }
  }

  private Additions images(RunConfig config) {
    Additions.Images images =
        (split, options) -> study.images(Datasets.open(config.data().source(), split, options));
    return new Additions(Optional.of(images), List.of(), List.of());
  }

  static Path folder(Setting setting, String arm, long seed) {
    return setting
        .folder()
        .resolve("runs")
        .resolve(arm.replaceAll("[^A-Za-z0-9._-]+", "_") + "-" + seed);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> child(Map<String, Object> tree, String key, Path file) {
    if (tree.get(key) instanceof Map<?, ?> child) {
      return (Map<String, Object>) child;
    }
    throw CheckpointException.of(
        file, "has no object '" + key + "'; remove the file to start the study over");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw CheckpointException.of(file, "cannot be read: " + IoReason.of(e), e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw CheckpointException.of(file, "its folder cannot be created: " + IoReason.of(e), e);
    }
    AtomicFile.write(file, text);
  }
}
