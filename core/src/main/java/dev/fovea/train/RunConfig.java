package dev.fovea.train;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.optim.Clipping;
import dev.fovea.optim.LearningRate;
import dev.fovea.optim.Optimizer;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.WarmUp;
import dev.fovea.optim.WeightAverage;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The complete configuration of a training run, as an immutable value.
 *
 * <p>Its JSON form uses the same names: a recipe file contains some of the keys, {@code
 * config.json} in the run folder contains all of them, and {@link #with(String, String)} takes a
 * key such as {@code learning.rate.base}. All groups except {@link Output} determine the weights
 * after each step bit by bit and are stored in the model file; {@link Output} only affects which
 * epoch's weights become the model, by when the run evaluates and ends.
 *
 * @param recipe the name of the recipe it is based on
 */
public record RunConfig(
    String recipe,
    DataSettings data,
    Network network,
    Learning learning,
    Engine engine,
    Output output) {

  /**
   * The network to train.
   *
   * @param model the name of a model, with options
   * @param input the side of the square input in pixels; 0 for the published size of the model
   * @param init a model file with initial weights; empty for random weights
   * @param progressive smaller image sizes at the start of training
   */
  public record Network(String model, int input, String init, ProgressiveResizing progressive) {
    /** Checks the input size. */
    public Network {
      require(input >= 0, "network.input must not be negative, got " + input);
    }

    /** Creates a network without progressive resizing. */
    public Network(String model, int input, String init) {
      this(model, input, init, ProgressiveResizing.NONE);
    }

    /** Returns a copy with this model. */
    public Network withModel(String to) {
      return new Network(to, input, init, progressive);
    }

    /** Returns a copy with this input size. */
    public Network withInput(int side) {
      return new Network(model, side, init, progressive);
    }

    /** Returns a copy with initial weights from this file. */
    public Network withInit(String file) {
      return new Network(model, input, file, progressive);
    }

    /** Returns a copy with this progressive resizing. */
    public Network with(ProgressiveResizing to) {
      return new Network(model, input, init, to);
    }
  }

  /**
   * The training schedule and optimizer.
   *
   * @param length of the run: {@code 30epochs}, {@code 64000steps}, or {@code 13minutes} for as
   *     many epochs as fit into that time; once started, a run has epochs or steps
   * @param batch images per step
   * @param smoothing label smoothing
   * @param rate the learning rate with its schedule and warm-up
   * @param update optimizer, weight decay, gradient clipping and weight averaging
   * @param mostEpochs that a run takes whose length is a time; 0 for as many as fit into it
   */
  public record Learning(
      TrainingLength length,
      int batch,
      double smoothing,
      LearningRate rate,
      UpdateRule update,
      int mostEpochs) {
    /** Settings of a run that takes as many epochs as fit into its time. */
    public Learning(
        TrainingLength length, int batch, double smoothing, LearningRate rate, UpdateRule update) {
      this(length, batch, smoothing, rate, update, 0);
    }

    /** Checks the ranges. */
    public Learning {
      require(
          isLength(length),
          "learning.length must be a whole number of epochs or steps, or a time in minutes, for"
              + " example 30epochs, got "
              + length);
      require(mostEpochs >= 0, "learning.most_epochs must be 0 or more, got " + mostEpochs);
      require(batch >= 1, "learning.batch must be at least 1, got " + batch);
      require(
          smoothing >= 0 && smoothing < 1,
          "learning.smoothing must be in [0, 1), got " + smoothing);
    }

    private static boolean isLength(TrainingLength length) {
      double count = length.count();
      return switch (length.unit()) {
        case EPOCHS, STEPS -> count >= 1 && count == Math.rint(count);
        case MINUTES -> count > 0;
        case PERCENT -> false;
      };
    }

    /** Returns a copy with this length. */
    public Learning with(TrainingLength to) {
      return new Learning(to, batch, smoothing, rate, update, mostEpochs);
    }

    /** Returns a copy that takes at most so many epochs if its length is a time; 0 for no limit. */
    public Learning withMostEpochs(int most) {
      return new Learning(length, batch, smoothing, rate, update, most);
    }

    /** Returns a copy with this batch size. */
    public Learning withBatch(int images) {
      return new Learning(length, images, smoothing, rate, update, mostEpochs);
    }

    /** Returns a copy with this label smoothing. */
    public Learning withSmoothing(double to) {
      return new Learning(length, batch, to, rate, update, mostEpochs);
    }

    /** Returns a copy with this learning rate. */
    public Learning with(LearningRate to) {
      return new Learning(length, batch, smoothing, to, update, mostEpochs);
    }

    /** Returns a copy with this update rule. */
    public Learning with(UpdateRule to) {
      return new Learning(length, batch, smoothing, rate, to, mostEpochs);
    }
  }

  /**
   * Execution settings that affect the resulting bits.
   *
   * @param precision the number format; empty ({@code auto} in JSON) for the fastest on this
   *     machine; resolved once the run has started
   * @param convolution how convolutions are computed
   * @param memory how the engine trades memory for time
   * @param threads of the engine; 0 for all cores; resolved once the run has started
   * @param evalBatch images per evaluation batch; 0 for the training batch size
   * @param seed of everything random in the run
   */
  public record Engine(
      Optional<Precision> precision,
      ConvolutionAlgorithm convolution,
      CompileOptions.Memory memory,
      int threads,
      int evalBatch,
      long seed) {
    /** Checks the ranges. */
    public Engine {
      require(threads >= 0, "engine.threads must be 0 or more, got " + threads);
      require(evalBatch >= 0, "engine.eval_batch must be 0 or more, got " + evalBatch);
    }

    /**
     * Returns the number format of a resolved configuration.
     *
     * @throws IllegalStateException if it is still {@code auto}
     */
    public Precision resolvedPrecision() {
      return precision.orElseThrow(
          () -> new IllegalStateException("engine.precision is still auto; resolve it first"));
    }

    /** Returns the number format as text: {@code auto}, {@code f32} or {@code bf16}. */
    public String precisionLabel() {
      return precision.map(Precision::label).orElse("auto");
    }

    /**
     * Returns how a resolved configuration compiles networks that only infer.
     *
     * @param images per batch
     * @throws IllegalStateException if the number format is still {@code auto}
     */
    public CompileOptions inferring(int images) {
      return new CompileOptions(images, resolvedPrecision(), CompileOptions.Memory.NORMAL, threads)
          .convolving(convolution);
    }

    /** Returns a copy with this number format. */
    public Engine with(Precision to) {
      return new Engine(Optional.of(to), convolution, memory, threads, evalBatch, seed);
    }

    /** Returns a copy with this algorithm for convolutions. */
    public Engine with(ConvolutionAlgorithm to) {
      return new Engine(precision, to, memory, threads, evalBatch, seed);
    }

    /** Returns a copy with this number of threads. */
    public Engine withThreads(int to) {
      return new Engine(precision, convolution, memory, to, evalBatch, seed);
    }

    /** Returns a copy with this evaluation batch size. */
    public Engine withEvalBatch(int images) {
      return new Engine(precision, convolution, memory, threads, images, seed);
    }

    /** Returns a copy with this seed. */
    public Engine withSeed(long to) {
      return new Engine(precision, convolution, memory, threads, evalBatch, to);
    }
  }

  /**
   * Where a run writes, when it evaluates and when it stops; does not affect the weights of a step.
   *
   * @param folder the run folder; empty for the next free of {@code runs/train}, {@code
   *     runs/train-2}, ...
   * @param resume whether to continue the run in the folder
   * @param saveEvery how often the state is saved within an epoch; it is always saved at the end of
   *     an epoch
   * @param maxTime when to save and stop; {@link SaveInterval#NEVER} to run to the end
   * @param patience epochs without a better validation top-1 after which the run stops; 0 for never
   * @param evaluateEvery epochs between evaluations; the last epoch is always evaluated
   * @param metrics the names of a program's own metrics; see {@link Additions}
   */
  public record Output(
      String folder,
      boolean resume,
      SaveInterval saveEvery,
      SaveInterval maxTime,
      int patience,
      int evaluateEvery,
      List<String> metrics) {
    /** Copies the list and checks the ranges. */
    public Output {
      require(patience >= 0, "output.patience must be 0 or more epochs, got " + patience);
      require(
          evaluateEvery >= 1,
          "output.evaluate_every must be 1 or more epochs, got " + evaluateEvery);
      metrics = List.copyOf(metrics);
      require(
          maxTime.steps() == 0, "output.max_time must be a time, for example 14m, got " + maxTime);
    }

    /** Returns a copy that writes to this folder, either resuming the run there or starting one. */
    public Output into(String runFolder, boolean resumes) {
      return new Output(runFolder, resumes, saveEvery, maxTime, patience, evaluateEvery, metrics);
    }

    /** Returns a copy that evaluates after every {@code epochs} epochs. */
    public Output withEvaluateEvery(int epochs) {
      return new Output(folder, resume, saveEvery, maxTime, patience, epochs, metrics);
    }

    /** Returns a copy that stops after so many epochs without improvement; 0 for never. */
    public Output withPatience(int epochs) {
      return new Output(folder, resume, saveEvery, maxTime, epochs, evaluateEvery, metrics);
    }

    /** Returns a copy with metrics of these names, which the program that runs it brings along. */
    public Output withMetrics(List<String> names) {
      return new Output(folder, resume, saveEvery, maxTime, patience, evaluateEvery, names);
    }
  }

  /** Returns the recipe with this name; {@link Recipes#names} lists them. */
  public static RunConfig named(String recipe) {
    return Recipes.named(recipe);
  }

  /**
   * Returns a built-in recipe by name, or reads a recipe file: JSON with some of the keys of this
   * record, and {@code recipe} to name the recipe that provides the others.
   *
   * @throws ConfigException if there is no such recipe or the file is invalid
   */
  public static RunConfig recipe(String nameOrFile) {
    return recipe(nameOrFile, note -> {});
  }

  /**
   * Returns a recipe by name or from a file.
   *
   * @param notes receives a sentence if the file uses keys of an earlier version
   */
  public static RunConfig recipe(String nameOrFile, Consumer<String> notes) {
    return RunConfigText.recipe(nameOrFile, notes);
  }

  /**
   * Returns the configuration of the run in a folder, set to resume it.
   *
   * @throws ConfigException if there is none or it cannot be read
   */
  public static RunConfig ofRun(RunFolder folder) {
    return RunConfigText.ofRun(folder);
  }

  /** Returns the training configuration of a model; {@link ModelCard#config} must not be empty. */
  public static RunConfig ofModel(ModelCard card) {
    return stored(card.config(), "the configuration in the model file");
  }

  /** Returns how the data is opened, so that a later evaluation holds out the same images. */
  public DatasetOptions dataOptions() {
    return new DatasetOptions(
            data.valFraction(),
            data.fraction(),
            0,
            DecodeLimits.ofMegapixels(data.maxMegapixels()),
            data.badFraction(),
            (long) data.memoryMib() << 20,
            engine.threads() > 0 ? engine.threads() : Runtime.getRuntime().availableProcessors())
        .withLabels(path(data.labels()))
        .withLabelColumn(
            data.labelColumn().isEmpty() ? Optional.empty() : Optional.of(data.labelColumn()))
        .withClasses(path(data.classes()));
  }

  private static Optional<Path> path(String file) {
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  /**
   * Returns a copy whose paths mean the same in any working directory. A source that is not there
   * is kept as it is.
   */
  public RunConfig withAbsolutePaths() {
    String source = data.source();
    boolean path = !Datasets.isGenerated(source) && Datasets.isThere(source);
    return with(data.withSource(path ? absolute(source) : source)
            .withLabels(absolute(data.labels()))
            .withClasses(absolute(data.classes())))
        .with(network.withInit(absolute(network.init())));
  }

  private static String absolute(String file) {
    return file.isEmpty() ? "" : Path.of(file).toAbsolutePath().normalize().toString();
  }

  /** Returns a copy with this recipe name. */
  public RunConfig withRecipe(String name) {
    return new RunConfig(name, data, network, learning, engine, output);
  }

  /** Returns a copy with these data settings. */
  public RunConfig with(DataSettings to) {
    return new RunConfig(recipe, to, network, learning, engine, output);
  }

  /** Returns a copy with this network. */
  public RunConfig with(Network to) {
    return new RunConfig(recipe, data, to, learning, engine, output);
  }

  /** Returns a copy with these learning settings. */
  public RunConfig with(Learning to) {
    return new RunConfig(recipe, data, network, to, engine, output);
  }

  /** Returns a copy with these engine settings. */
  public RunConfig with(Engine to) {
    return new RunConfig(recipe, data, network, learning, to, output);
  }

  /** Returns a copy with these output settings. */
  public RunConfig with(Output to) {
    return new RunConfig(recipe, data, network, learning, engine, to);
  }

  /** Returns a copy with this model. */
  public RunConfig withModel(String name) {
    return with(network.withModel(name));
  }

  /** Returns a copy with these augmentations. */
  public RunConfig withAugment(String... words) {
    return with(data.withAugment(words));
  }

  /** Returns a copy with this length. */
  public RunConfig with(TrainingLength length) {
    return with(learning.with(length));
  }

  /** Returns a copy with this batch size. */
  public RunConfig withBatch(int images) {
    return with(learning.withBatch(images));
  }

  /** Returns a copy with this label smoothing. */
  public RunConfig withSmoothing(double to) {
    return with(learning.withSmoothing(to));
  }

  /** Returns a copy with this base learning rate. */
  public RunConfig withRate(double base) {
    return with(learning.with(learning.rate.withBase(base)));
  }

  /** Returns a copy with this learning rate. */
  public RunConfig with(LearningRate rate) {
    return with(learning.with(rate));
  }

  /** Returns a copy with this learning rate schedule. */
  public RunConfig with(Schedule schedule) {
    return with(learning.with(learning.rate.with(schedule)));
  }

  /** Returns a copy with this learning rate warm-up. */
  public RunConfig with(WarmUp warmUp) {
    return with(learning.with(learning.rate.with(warmUp)));
  }

  /** Returns a copy with this update rule. */
  public RunConfig with(UpdateRule update) {
    return with(learning.with(update));
  }

  /** Returns a copy with this optimizer. */
  public RunConfig with(Optimizer optimizer) {
    return with(learning.update.with(optimizer));
  }

  /** Returns a copy with these parameter groups. */
  public RunConfig with(ParameterGroups groups) {
    return with(learning.update.with(groups));
  }

  /** Returns a copy with this gradient clipping. */
  public RunConfig with(Clipping clipping) {
    return with(learning.update.with(clipping));
  }

  /** Returns a copy with this weight average. */
  public RunConfig with(WeightAverage average) {
    return with(learning.update.with(average));
  }

  /**
   * Parses a configuration from JSON with some of its keys; keys of earlier versions are accepted.
   *
   * @param where names the source of the text in messages
   * @throws ConfigException if the text is invalid
   */
  public static RunConfig parse(String json, String where) {
    return RunConfigText.parse(json, where, note -> {});
  }

  /**
   * Parses the configuration of a run that has begun, as {@code config.json}, model files and
   * states contain it. Settings that its version of Fovea did not have yet are what it did, not
   * today's defaults, so that the run goes on to the same bits.
   *
   * @param where names the source of the text in messages
   * @throws ConfigException if the text is invalid
   */
  public static RunConfig stored(String json, String where) {
    return RunConfigText.stored(json, where);
  }

  /** Returns the current form of a key; unchanged if it was never renamed. */
  public static String currentKey(String key) {
    return FormerKeys.replace(key);
  }

  /**
   * Returns a copy with one setting changed, for text written by a user; code uses the typed
   * methods, which the compiler checks.
   *
   * @param key for example {@code learning.rate.base}; keys of earlier versions are accepted
   * @param text the value; list elements are separated by spaces
   * @throws ConfigException if there is no such key or the value is invalid
   */
  public RunConfig with(String key, String text) {
    return RunConfigText.change(this, key, text);
  }

  /** Returns all settings in order, by the full keys that {@link #with(String, String)} takes. */
  public Map<String, String> settings() {
    return RunConfigText.settings(this);
  }

  /** Returns the whole configuration as JSON, one key per line, as in {@code config.json}. */
  public String toJson() {
    return JsonTree.pretty(RecordTree.of(this));
  }

  /** Returns what determines the weights, as JSON on one line: everything except {@link Output}. */
  public String identity() {
    Map<String, Object> tree = RecordTree.of(this);
    tree.remove("output");
    return JsonTree.compact(tree);
  }

  static void require(boolean holds, String message) {
    if (!holds) {
      throw new ConfigException(message);
    }
  }
}
