package dev.fovea.train;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.source.DatasetOptions;
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
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Everything that decides a training run, as one value.
 *
 * <p>It is written as JSON with the same names: a recipe file holds some of its keys, the run
 * folder's {@code config.json} all of them, and {@link #with} takes one as {@code
 * learning.rate.base}. All groups but {@link Output} decide the weights after each step bit by bit
 * and are stored in the model file; which epoch's weights become the model depends on where {@link
 * Output} ends the run and evaluates.
 *
 * @param recipe the name of the recipe it started from
 */
public record RunConfig(
    String recipe, Data data, Network network, Learning learning, Engine engine, Output output) {

  // Below learning.rate and learning.update the keys depend on the names given there.
  private static final int OPEN_DEPTH = 2;

  /**
   * What is learnt from.
   *
   * @param source a path or the name of a generated set; empty if it is still to be chosen
   * @param valFraction the part held back for validation where the source has none
   * @param fraction the part of the images that is used
   * @param augment how training images are varied, in order, see {@link Augmentation}: {@code cifar
   *     cutout(side=8)}
   * @param preprocess how evaluated images are fitted and all are normalised: {@code native} for
   *     sets of the network's size, {@code imagenet}, or {@code auto} for the one that suits its
   *     input; with changes as {@link Augmentation#preprocessing} reads them
   * @param badFraction the part of the images that may be unreadable before the run stops
   * @param memoryMib mebibytes; small sets are decoded once if their pixels fit
   * @param overfit if above 0, so many training images are all that is learnt and evaluated: a
   *     network that cannot learn them by heart has something wrong
   * @param maxMegapixels millions of pixels above which an image counts as unreadable
   * @param labels a file of lines {@code path,label} that gives the classes in place of folders;
   *     empty for classes by folders
   */
  public record Data(
      String source,
      double valFraction,
      double fraction,
      List<String> augment,
      String preprocess,
      double badFraction,
      int memoryMib,
      int overfit,
      int maxMegapixels,
      String labels) {
    /** Copies the list and checks the numbers. */
    public Data {
      augment = List.copyOf(augment);
      require(
          maxMegapixels >= 1 && maxMegapixels <= DecodeLimits.MOST_MEGAPIXELS,
          "data.max_megapixels must be 1 to "
              + DecodeLimits.MOST_MEGAPIXELS
              + " megapixels, got "
              + maxMegapixels);
      require(overfit >= 0, "data.overfit must be 0 or more images, got " + overfit);
    }

    /** All images of usual sizes. */
    public Data(
        String source,
        double valFraction,
        double fraction,
        List<String> augment,
        String preprocess,
        double badFraction,
        int memoryMib) {
      this(
          source,
          valFraction,
          fraction,
          augment,
          preprocess,
          badFraction,
          memoryMib,
          0,
          DecodeLimits.STANDARD_MEGAPIXELS,
          "");
    }

    /** This from another source. */
    public Data withSource(String to) {
      return copy(to, fraction, augment, preprocess, overfit, maxMegapixels, labels);
    }

    /** This with another part of the images. */
    public Data withFraction(double to) {
      return copy(source, to, augment, preprocess, overfit, maxMegapixels, labels);
    }

    /** This with other augmentation, in words. */
    public Data withAugment(String... words) {
      return copy(source, fraction, List.of(words), preprocess, overfit, maxMegapixels, labels);
    }

    /** This with another way of fitting and normalizing. */
    public Data withPreprocess(String to) {
      return copy(source, fraction, augment, to, overfit, maxMegapixels, labels);
    }

    /** This with so many images to learn by heart; 0 for an ordinary run. */
    public Data withOverfit(int to) {
      return copy(source, fraction, augment, preprocess, to, maxMegapixels, labels);
    }

    /** This with another largest image. */
    public Data withMaxMegapixels(int to) {
      return copy(source, fraction, augment, preprocess, overfit, to, labels);
    }

    /** This with classes from a file; by folders if it is empty. */
    public Data withLabels(String to) {
      return copy(source, fraction, augment, preprocess, overfit, maxMegapixels, to);
    }

    private Data copy(
        String from,
        double part,
        List<String> words,
        String how,
        int few,
        int megapixels,
        String file) {
      return new Data(
          from, valFraction, part, words, how, badFraction, memoryMib, few, megapixels, file);
    }
  }

  /**
   * What learns.
   *
   * @param model a name of the list of models, with options
   * @param input the side of the square input in pixels; 0 for the one the model was published for
   * @param init a model file whose weights it starts from; empty for fresh weights
   * @param progressive smaller sizes that training begins with
   */
  public record Network(String model, int input, String init, ProgressiveResizing progressive) {
    /** Checks the range. */
    public Network {
      require(input >= 0, "network.input must not be negative, got " + input);
    }

    /** One size of images throughout. */
    public Network(String model, int input, String init) {
      this(model, input, init, ProgressiveResizing.NONE);
    }

    /** This with another model. */
    public Network withModel(String to) {
      return new Network(to, input, init, progressive);
    }

    /** This with another input size. */
    public Network withInput(int side) {
      return new Network(model, side, init, progressive);
    }

    /** This with other weights to start from. */
    public Network withInit(String file) {
      return new Network(model, input, file, progressive);
    }

    /** This with other sizes to begin with. */
    public Network with(ProgressiveResizing to) {
      return new Network(model, input, init, to);
    }
  }

  /**
   * How it learns.
   *
   * @param length of the run: {@code 30epochs}, {@code 64000steps}, or {@code 13minutes} for as
   *     many epochs as fit into that time; a started run has epochs or steps
   * @param batch images per step
   * @param smoothing label smoothing
   * @param rate the learning rate with its schedule and warm-up
   * @param update optimizer, weight decay, clipping and averaging
   */
  public record Learning(
      TrainingLength length, int batch, double smoothing, LearningRate rate, UpdateRule update) {
    /** Checks the ranges. */
    public Learning {
      require(
          length.count() >= 1
              && length.count() == Math.rint(length.count())
              && length.unit() != TrainingLength.Unit.PERCENT,
          "learning.length must be a whole number of epochs or steps, or a time in minutes, for"
              + " example 30epochs, got "
              + length);
      require(batch >= 1, "learning.batch must be at least 1, got " + batch);
      require(
          smoothing >= 0 && smoothing < 1,
          "learning.smoothing must be in [0, 1), got " + smoothing);
    }

    /** This for another length. */
    public Learning with(TrainingLength to) {
      return new Learning(to, batch, smoothing, rate, update);
    }

    /** This with another batch size. */
    public Learning withBatch(int images) {
      return new Learning(length, images, smoothing, rate, update);
    }

    /** This with another label smoothing. */
    public Learning withSmoothing(double to) {
      return new Learning(length, batch, to, rate, update);
    }

    /** This with another learning rate. */
    public Learning with(LearningRate to) {
      return new Learning(length, batch, smoothing, to, update);
    }

    /** This with another update rule. */
    public Learning with(UpdateRule to) {
      return new Learning(length, batch, smoothing, rate, to);
    }
  }

  /**
   * What it runs on, as far as that changes bits.
   *
   * @param precision the number format; empty for the one that is faster on this machine, which
   *     JSON writes as {@code auto}; a started run has one
   * @param threads of the engine; 0 for all; a started run has their number
   * @param evalBatch images per evaluation step; 0 for the training batch
   */
  public record Engine(
      Optional<Precision> precision,
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
     * The number format of a started run.
     *
     * @throws IllegalStateException if it is still open
     */
    public Precision resolvedPrecision() {
      return precision.orElseThrow(
          () -> new IllegalStateException("engine.precision is still auto; resolve it first"));
    }

    /** The number format as it is written: {@code auto}, {@code f32} or {@code bf16}. */
    public String precisionLabel() {
      return precision.map(Precision::label).orElse("auto");
    }

    /** This in a number format. */
    public Engine with(Precision to) {
      return new Engine(Optional.of(to), memory, threads, evalBatch, seed);
    }

    /** This on another number of threads. */
    public Engine withThreads(int to) {
      return new Engine(precision, memory, to, evalBatch, seed);
    }

    /** This with another batch size of evaluation. */
    public Engine withEvalBatch(int images) {
      return new Engine(precision, memory, threads, images, seed);
    }

    /** This with another seed. */
    public Engine withSeed(long to) {
      return new Engine(precision, memory, threads, evalBatch, to);
    }
  }

  /**
   * Where it writes, when it evaluates and when it stops; changes no bit of what is learnt.
   *
   * @param folder the run folder; empty for the next free of {@code runs/train}, {@code
   *     runs/train-2}, ...
   * @param resume whether to go on with the run that is in the folder
   * @param saveEvery how often the state is saved within an epoch; it always is at the end of one
   * @param maxTime when to stop and save; {@link SaveInterval#NEVER} for at the end
   * @param patience epochs without a better validation top-1 after which the run stops; 0 for never
   * @param evaluateEvery epochs from one evaluation to the next; the last epoch always ends with
   *     one
   */
  public record Output(
      String folder,
      boolean resume,
      SaveInterval saveEvery,
      SaveInterval maxTime,
      int patience,
      int evaluateEvery) {
    /** Checks the ranges. */
    public Output {
      require(patience >= 0, "output.patience must be 0 or more epochs, got " + patience);
      require(
          evaluateEvery >= 1,
          "output.evaluate_every must be 1 or more epochs, got " + evaluateEvery);
      require(
          maxTime.steps() == 0, "output.max_time must be a time, for example 14m, got " + maxTime);
    }

    /** This into another folder, to go on with the run that is there or to start one. */
    public Output into(String runFolder, boolean resumed) {
      return new Output(runFolder, resumed, saveEvery, maxTime, patience, evaluateEvery);
    }

    /** This with an evaluation after every so many epochs. */
    public Output withEvaluateEvery(int epochs) {
      return new Output(folder, resume, saveEvery, maxTime, patience, epochs);
    }
  }

  /** The recipe of this name; {@link Recipes#names} lists them. */
  public static RunConfig named(String recipe) {
    return Recipes.named(recipe);
  }

  /**
   * A recipe by name, or from a file if there is one of that path: JSON with some of the keys of
   * this record, and {@code recipe} for the one that gives the others.
   *
   * @throws ConfigException if there is no such recipe or the file cannot be understood
   */
  public static RunConfig recipe(String nameOrFile) {
    return recipe(nameOrFile, note -> {});
  }

  /**
   * The same.
   *
   * @param notes told if the file has keys of an earlier version
   */
  public static RunConfig recipe(String nameOrFile, Consumer<String> notes) {
    Path file = Path.of(nameOrFile);
    if (Recipes.names().contains(nameOrFile) || !Files.isRegularFile(file)) {
      return named(nameOrFile);
    }
    try {
      return parse(Files.readString(file), nameOrFile, notes);
    } catch (CharacterCodingException e) {
      throw new ConfigException(
          "the recipe " + nameOrFile + " is not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new ConfigException("cannot read the recipe " + nameOrFile + ": " + IoReason.of(e), e);
    }
  }

  /**
   * The configuration of the run in a folder, set to go on with it.
   *
   * @throws ConfigException if there is none or it cannot be read
   */
  public static RunConfig ofRun(RunFolder folder) {
    if (!Files.isRegularFile(folder.config())) {
      throw new ConfigException(
          "the folder "
              + folder.path()
              + " holds no run (config.json is missing); check output.folder");
    }
    RunConfig config = recipe(folder.config().toString());
    return config.with(config.output().into(folder.path().toString(), true));
  }

  /** The configuration that a model was trained with; {@link ModelCard#config} must be one. */
  public static RunConfig ofModel(ModelCard card) {
    return parse(card.config(), "the configuration in the model file");
  }

  /** How the data is opened, so that a later evaluation holds back the same images. */
  public DatasetOptions dataOptions() {
    return new DatasetOptions(
            data.valFraction(),
            data.fraction(),
            0,
            DecodeLimits.ofMegapixels(data.maxMegapixels()),
            data.badFraction(),
            (long) data.memoryMib() << 20,
            Math.max(1, engine.threads()))
        .withLabels(
            data.labels().isEmpty() ? Optional.empty() : Optional.of(Path.of(data.labels())));
  }

  /** This under another name of a recipe. */
  public RunConfig withRecipe(String name) {
    return new RunConfig(name, data, network, learning, engine, output);
  }

  /** This with other data. */
  public RunConfig with(Data to) {
    return new RunConfig(recipe, to, network, learning, engine, output);
  }

  /** This with another network. */
  public RunConfig with(Network to) {
    return new RunConfig(recipe, data, to, learning, engine, output);
  }

  /** This with another way of learning. */
  public RunConfig with(Learning to) {
    return new RunConfig(recipe, data, network, to, engine, output);
  }

  /** This on another engine. */
  public RunConfig with(Engine to) {
    return new RunConfig(recipe, data, network, learning, to, output);
  }

  /** This with another output. */
  public RunConfig with(Output to) {
    return new RunConfig(recipe, data, network, learning, engine, to);
  }

  /** This with another model. */
  public RunConfig withModel(String name) {
    return with(network.withModel(name));
  }

  /** This with other augmentation, in words. */
  public RunConfig withAugment(String... words) {
    return with(data.withAugment(words));
  }

  /** This for another length. */
  public RunConfig with(TrainingLength length) {
    return with(learning.with(length));
  }

  /** This with another batch size. */
  public RunConfig withBatch(int images) {
    return with(learning.withBatch(images));
  }

  /** This with another label smoothing. */
  public RunConfig withSmoothing(double to) {
    return with(learning.withSmoothing(to));
  }

  /** This with another base of the learning rate. */
  public RunConfig withRate(double base) {
    return with(learning.with(learning.rate.withBase(base)));
  }

  /** This with another learning rate. */
  public RunConfig with(LearningRate rate) {
    return with(learning.with(rate));
  }

  /** This with another schedule of the learning rate. */
  public RunConfig with(Schedule schedule) {
    return with(learning.with(learning.rate.with(schedule)));
  }

  /** This with another warm-up of the learning rate. */
  public RunConfig with(WarmUp warmUp) {
    return with(learning.with(learning.rate.with(warmUp)));
  }

  /** This with another update rule. */
  public RunConfig with(UpdateRule update) {
    return with(learning.with(update));
  }

  /** This with another optimizer. */
  public RunConfig with(Optimizer optimizer) {
    return with(learning.update.with(optimizer));
  }

  /** This with other weight decay and other groups of parameters. */
  public RunConfig with(ParameterGroups groups) {
    return with(learning.update.with(groups));
  }

  /** This with other clipping of gradients. */
  public RunConfig with(Clipping clipping) {
    return with(learning.update.with(clipping));
  }

  /** This with another average of the weights. */
  public RunConfig with(WeightAverage average) {
    return with(learning.update.with(average));
  }

  /**
   * A configuration from JSON with some of its keys, those of earlier versions included.
   *
   * @param where what the text is, for messages
   * @throws ConfigException if it cannot be understood
   */
  public static RunConfig parse(String json, String where) {
    return parse(json, where, note -> {});
  }

  private static RunConfig parse(String json, String where, Consumer<String> notes) {
    try {
      Map<String, Object> changes = FormerKeys.replaced(JsonTree.parse(json, where), where, notes);
      Object base = changes.getOrDefault("recipe", Recipes.STANDARD);
      Map<String, Object> tree =
          RecordTree.of(
              Recipes.names().contains(base) ? named(base.toString()) : named(Recipes.STANDARD));
      merge(tree, changes, where, "");
      return RecordTree.read(RunConfig.class, tree, where);
    } catch (CheckpointException e) {
      throw new ConfigException(String.valueOf(e.getMessage()), e);
    }
  }

  @SuppressWarnings("unchecked")
  private static void merge(
      Map<String, Object> tree, Map<String, Object> changes, String where, String prefix) {
    for (Map.Entry<String, Object> e : changes.entrySet()) {
      Object old = tree.get(e.getKey());
      if (old == null && prefix.chars().filter(c -> c == '.').count() < OPEN_DEPTH) {
        throw new ConfigException(
            where
                + ": unknown key '"
                + prefix
                + e.getKey()
                + "'; expected one of "
                + String.join(", ", tree.keySet()));
      } else if (old instanceof Map<?, ?>
          && e.getValue() instanceof Map<?, ?> change
          && !change.containsKey("name")) {
        merge(
            (Map<String, Object>) old,
            (Map<String, Object>) e.getValue(),
            where,
            prefix + e.getKey() + ".");
      } else {
        tree.put(e.getKey(), e.getValue());
      }
    }
  }

  /** The key of a setting in this version; the same one if it was never called otherwise. */
  public static String currentKey(String key) {
    return FormerKeys.replaced(key);
  }

  /**
   * This configuration with one setting changed, for text that a person wrote; code uses the typed
   * copies, which the compiler checks.
   *
   * @param key for example {@code learning.rate.base}; one of an earlier version is understood too
   * @param text the value as on a command line; lists are separated by spaces
   * @throws ConfigException if there is no such key or it does not take that value
   */
  public RunConfig with(String key, String text) {
    Map<String, Object> tree = RecordTree.of(this);
    Map<String, Object> group = tree;
    String[] path = currentKey(key).split("\\.");
    for (int i = 0; i < path.length - 1; i++) {
      group = child(group, path[i], key);
    }
    String last = path[path.length - 1];
    Object old = group.get(last);
    boolean open = path.length > OPEN_DEPTH && key.startsWith("learning.");
    if (old instanceof Map<?, ?> || (old == null && !open)) {
      throw new ConfigException(
          "unknown setting '" + key + "'; expected one of " + String.join(", ", keys()));
    } else if (open && last.equals("name")) {
      group.clear();
    } else if (open && last.equals("form") && !text.strip().equals(old)) {
      // A form has defaults of its own, as a name has.
      group.keySet().retainAll(Set.of("name"));
    }
    group.put(last, old == null ? guess(text.strip()) : like(old, text.strip(), key));
    try {
      return RecordTree.read(RunConfig.class, tree, key);
    } catch (CheckpointException e) {
      throw new ConfigException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Object guess(String text) {
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    return text.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
        ? (Object) Double.parseDouble(text)
        : text;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> child(Map<String, Object> group, String name, String key) {
    if (group.get(name) instanceof Map<?, ?> child) {
      return (Map<String, Object>) child;
    }
    throw new ConfigException("unknown setting '" + key + "'; there is no group '" + name + "'");
  }

  private static Object like(Object old, String text, String key) {
    try {
      if (old instanceof Long) {
        return (Object) Long.parseLong(text);
      } else if (old instanceof Double) {
        return (Object) Double.parseDouble(text);
      }
    } catch (NumberFormatException e) {
      throw new ConfigException(
          key
              + ": expected a "
              + (old instanceof Long ? "whole " : "")
              + "number, got '"
              + text
              + "'",
          e);
    }
    if (old instanceof Boolean) {
      if (!text.equals("true") && !text.equals("false")) {
        throw new ConfigException(key + ": expected true or false, got '" + text + "'");
      }
      return Boolean.valueOf(text);
    } else if (old instanceof List<?>) {
      return text.isEmpty() ? List.of() : List.of(text.split("\\s+"));
    }
    return text;
  }

  /** All settings by their full names, with their values, in order; what {@link #with} takes. */
  public Map<String, String> settings() {
    Map<String, String> flat = new LinkedHashMap<>();
    flatten("", RecordTree.of(this), flat);
    return flat;
  }

  private static void flatten(String prefix, Map<?, ?> tree, Map<String, String> flat) {
    tree.forEach(
        (k, v) -> {
          if (v instanceof Map<?, ?> group) {
            flatten(prefix + k + ".", group, flat);
          } else if (v instanceof List<?> list) {
            flat.put(prefix + k, String.join(" ", list.stream().map(String::valueOf).toList()));
          } else {
            flat.put(prefix + k, v.toString());
          }
        });
  }

  private List<String> keys() {
    return List.copyOf(settings().keySet());
  }

  /** The whole configuration as JSON, one key per line: what {@code config.json} holds. */
  public String toJson() {
    return JsonTree.pretty(RecordTree.of(this));
  }

  /** What decides the weights, as JSON on one line: everything but {@link Output}. */
  String identity() {
    Map<String, Object> tree = RecordTree.of(this);
    tree.remove("output");
    return JsonTree.compact(tree);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new ConfigException(message);
    }
  }
}
