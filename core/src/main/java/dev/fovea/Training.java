package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.augment.ImageChange;
import dev.fovea.data.augment.OwnAugment;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Metric;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.Precision;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.DataProfile;
import dev.fovea.train.InitialModel;
import dev.fovea.train.RecipeChoice;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunFolder;
import dev.fovea.train.TrainResult;
import dev.fovea.train.Trainer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A training run: the images, and what is to be different from the recipe that suits them.
 *
 * <pre>{@code
 * LabeledImages images = LabeledImages.of(samples);
 * TrainingResult result =
 *     Training.on(images)
 *         .network("resnet18")
 *         .epochs(20)
 *         .folder(Path.of("runs/mine"))
 *         .listener(new TrainingListener() {})
 *         .run();
 * System.out.println(result.model() + ": " + result.top1());
 * }</pre>
 *
 * <p>Immutable; each method returns a copy. Without a recipe, one is chosen by the images, as
 * {@code fovea train} does; with first weights, it is {@code finetune}. What is not named here is
 * named by {@link #setting}. A run that was stopped goes on with {@link #resume}, to the same bytes
 * as if it had not been.
 */
@Api(Api.Status.STABLE)
public final class Training {
  private static final int LEAST_BATCH = 2;

  private final Source source;
  private final Optional<LabeledImages> validation;
  private final Map<String, UnaryOperator<RunConfig>> changes;
  private final List<OwnAugment> augments;
  private final List<Metric> metrics;
  private final List<TrainingListener> listeners;

  /** Where the images come from; a path if the run can go on without this program. */
  private record Source(String name, Optional<LabeledImages> images) {}

  private Training(
      Source source,
      Optional<LabeledImages> validation,
      Map<String, UnaryOperator<RunConfig>> changes,
      List<OwnAugment> augments,
      List<Metric> metrics,
      List<TrainingListener> listeners) {
    this.source = source;
    this.validation = validation;
    this.changes = changes;
    this.augments = augments;
    this.metrics = metrics;
    this.listeners = listeners;
  }

  /** Trains on images of this program. */
  public static Training on(LabeledImages images) {
    return on(new Source(Additions.source(images.toString()), Optional.of(images)));
  }

  /**
   * Trains on class folders, an archive of them, or any other form that {@code fovea train --data}
   * takes. {@code fovea train --resume} can go on with such a run.
   */
  public static Training on(Path folderOrArchive) {
    return on(new Source(folderOrArchive.toString(), Optional.empty()));
  }

  private static Training on(Source source) {
    return new Training(source, Optional.empty(), Map.of(), List.of(), List.of(), List.of());
  }

  /** Validates on these images, in place of a tenth of the others. */
  public Training validateOn(LabeledImages images) {
    return new Training(source, Optional.of(images), changes, augments, metrics, listeners);
  }

  /** Follows a recipe: a name that {@code fovea train --help} lists, or a recipe file. */
  public Training recipe(String nameOrFile) {
    return with("recipe", config -> RunConfig.recipe(nameOrFile));
  }

  /** Trains a network by name, with options: {@code resnet50}, {@code googlenet(aux=false)}. */
  public Training network(String name) {
    return with("network.model", config -> config.withModel(name));
  }

  /**
   * Trains a network of one's own. Its definition is stored in the model file, so that the file is
   * used like any other. If it has another number of classes than the images, its last layer is
   * replaced.
   *
   * @throws dev.fovea.models.ModelException if it has an operation that is not one of networks
   */
  public Training network(Graph network) {
    int side = network.inputShape().dim(1);
    if (network.inputShape().dim(2) != side) {
      throw new ConfigException(
          "network '"
              + network.title()
              + "' takes images of "
              + network.inputShape()
              + "; expected square ones, as runs train on those only");
    }
    String definition = Models.spec(network);
    return with("network.model", config -> config.withModel(definition)).inputSize(side);
  }

  /** Starts from the weights of a model file, or of the folder of a run. */
  public Training startFrom(Path model) {
    String file = ModelPaths.file(model).toString();
    return with("network.init", config -> config.with(config.network().withInit(file)));
  }

  /** Trains on images of this side in pixels. */
  public Training inputSize(int side) {
    return with("network.input", config -> config.with(config.network().withInput(side)));
  }

  /** Trains for this many passes over the images. */
  public Training epochs(int number) {
    return with("learning.length", config -> config.with(TrainingLength.epochs(number)));
  }

  /** Trains for as many whole epochs as fit into this time on this machine. */
  public Training duration(Duration time) {
    double minutes = time.toSeconds() / 60.0;
    return with(
        "learning.length",
        config -> config.with(TrainingLength.minutes(Math.max(1, Math.floor(minutes)))));
  }

  /** Takes this many images in a step. */
  public Training batch(int images) {
    return with("learning.batch", config -> config.withBatch(images));
  }

  /** Learns at this base rate, which the recipe's schedule varies. */
  public Training learningRate(double base) {
    return with("learning.rate.base", config -> config.withRate(base));
  }

  /** Ends when so many epochs in a row were not better. */
  public Training patience(int epochs) {
    return with("output.patience", config -> config.with(config.output().withPatience(epochs)));
  }

  /** Computes in this number format; without it, in the fastest on this machine. */
  public Training precision(Precision format) {
    return with("engine.precision", config -> config.with(config.engine().with(format)));
  }

  /** Uses this number of threads; without it, all cores. */
  public Training threads(int number) {
    return with("engine.threads", config -> config.with(config.engine().withThreads(number)));
  }

  /** Draws all random numbers from this seed. */
  public Training seed(long seed) {
    return with("engine.seed", config -> config.with(config.engine().withSeed(seed)));
  }

  /**
   * Changes training images like this, in place of the recipe's augmentation.
   *
   * @param words in order, for example {@code "pad-crop"}, {@code "flip"}; {@code fovea train
   *     --help} lists them
   */
  public Training augment(String... words) {
    List<String> all = List.of(words);
    return with("data.augment", config -> config.withAugment(all.toArray(String[]::new)));
  }

  /** Changes training images by classes of one's own as well, after the others. */
  public Training augment(ImageChange... more) {
    List<OwnAugment> all = new ArrayList<>(augments);
    Arrays.stream(more).map(OwnAugment::new).forEach(all::add);
    return new Training(source, validation, changes, List.copyOf(all), metrics, listeners);
  }

  /** Computes figures of one's own in each evaluation; they are stored in the model file. */
  public Training metric(Metric... more) {
    return new Training(
        source, validation, changes, augments, joined(metrics, List.of(more)), listeners);
  }

  /** Writes into this folder; without it, into the next free one of {@code runs}. */
  public Training folder(Path folder) {
    return with(
        "output.folder", config -> config.with(config.output().into(folder.toString(), false)));
  }

  /**
   * Changes any other setting of a run.
   *
   * @param key for example {@code learning.smoothing}, as {@code config.json} of a run has it
   * @throws ConfigException when the run begins, if there is no such setting or value
   */
  public Training setting(String key, String value) {
    return with(RunConfig.currentKey(key), config -> config.with(key, value));
  }

  /** Tells this listener what happens. */
  public Training listener(TrainingListener... more) {
    return new Training(
        source, validation, changes, augments, metrics, joined(listeners, List.of(more)));
  }

  private static <T> List<T> joined(List<T> some, List<T> more) {
    List<T> all = new ArrayList<>(some);
    all.addAll(more);
    return List.copyOf(all);
  }

  private Training with(String key, UnaryOperator<RunConfig> change) {
    Map<String, UnaryOperator<RunConfig>> all = new LinkedHashMap<>(changes);
    all.put(key, change);
    return new Training(source, validation, all, augments, metrics, listeners);
  }

  /**
   * Trains to the end, or until a listener stops it.
   *
   * @throws ConfigException if a setting does not fit, or the folder holds a run already
   * @throws dev.fovea.data.image.DataException if the images cannot be used
   * @throws dev.fovea.models.ModelException if there is no such network
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be read or written
   * @throws dev.fovea.train.DivergedException if the loss is no longer a number
   */
  public TrainingResult run() {
    return run(config());
  }

  /**
   * Goes on with the run in {@link #folder} that was stopped or killed. Its settings are those that
   * it began with; images, augmentations and metrics of this program must be given again.
   *
   * @throws ConfigException if there is no such run, or something that it needs is not given
   */
  public TrainingResult resume() {
    UnaryOperator<RunConfig> folder =
        Optional.ofNullable(changes.get("output.folder"))
            .orElseThrow(
                () ->
                    new ConfigException(
                        "output.folder is not set; name the folder of the run to resume"));
    String path = folder.apply(RunConfig.named("finetune")).output().folder();
    return run(RunConfig.ofRun(new RunFolder(Path.of(path))));
  }

  private TrainingResult run(RunConfig config) {
    Events events = new Events(listeners);
    try (Trainer trainer = Trainer.open(config, Engine.get(), additions(), events)) {
      events.stopsBy(trainer::interrupt);
      TrainResult result = trainer.run();
      return new TrainingResult(
          result.folder().path(),
          result.model(),
          !result.resumable(),
          result.bestTop1(),
          events.epochs());
    }
  }

  private Additions additions() {
    boolean files = source.images.isEmpty() && validation.isEmpty();
    return new Additions(files ? Optional.empty() : Optional.of(this::open), augments, metrics);
  }

  private Dataset open(Split split, dev.fovea.data.source.DatasetOptions options) {
    LabeledImages images = source.images.orElseGet(() -> LabeledImages.in(Path.of(source.name)));
    if (validation.isEmpty()) {
      return images.open(split, options);
    }
    // All images of each: neither holds out a part of itself.
    return split == Split.TRAIN
        ? images.open(Split.ALL, options)
        : validation.get().open(Split.ALL, options);
  }

  private RunConfig config() {
    RunConfig config = base();
    for (Map.Entry<String, UnaryOperator<RunConfig>> change : changes.entrySet()) {
      if (!change.getKey().equals("recipe")) {
        config = change.getValue().apply(config);
      }
    }
    config = config.with(config.data().withSource(source()));
    if (!config.network().init().isEmpty()) {
      Set<String> given = new HashSet<>(changes.keySet());
      config = InitialModel.apply(config, given);
    }
    List<String> words = new ArrayList<>(config.data().augment());
    augments.forEach(a -> words.add(a.word()));
    return config
        .withAugment(words.toArray(String[]::new))
        .with(config.output().withMetrics(metrics.stream().map(Metric::name).toList()));
  }

  private String source() {
    return validation.isPresent() && source.images.isEmpty()
        ? Additions.source(source.name)
        : source.name;
  }

  // The recipe before the changes.
  private RunConfig base() {
    UnaryOperator<RunConfig> recipe = changes.get("recipe");
    if (recipe != null) {
      return recipe.apply(RunConfig.named("finetune"));
    }
    if (changes.containsKey("network.init")) {
      return fitted(RunConfig.named("finetune"));
    }
    RunConfig chosen;
    try (Dataset images = training()) {
      chosen = RecipeChoice.of(DataProfile.of(images)).config();
    }
    return changes.containsKey("network.input")
        ? chosen.with("network.progressive", "none")
        : chosen;
  }

  private Dataset training() {
    LabeledImages images = source.images.orElseGet(() -> LabeledImages.in(Path.of(source.name)));
    return Datasets.isGenerated(source.name)
        ? Datasets.open(source.name, Split.TRAIN)
        : images.open(Split.TRAIN);
  }

  // Few images make small batches, at a rate in proportion (Goyal et al. 2017).
  private RunConfig fitted(RunConfig config) {
    int size;
    try (Dataset images = training()) {
      size = images.size();
    }
    int usual = config.learning().batch();
    int most = Integer.highestOneBit(Math.max(LEAST_BATCH, size / 10));
    return most >= usual
        ? config
        : config.withBatch(most).withRate(config.learning().rate().base() * most / usual);
  }
}
