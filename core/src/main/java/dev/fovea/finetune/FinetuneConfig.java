package dev.fovea.finetune;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.optim.FineTuning;
import dev.fovea.train.ConfigException;
import dev.fovea.train.DataSettings;
import dev.fovea.train.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a fine-tuning, as an immutable value; {@code finetune.json} in its folder
 * holds it.
 *
 * @param source the file with the trunk
 * @param seconds for everything, from the check of the data to the last evaluation
 * @param stages what is trained
 * @param run how the second stage trains, on which data, and with which engine
 * @param given the keys of those settings of {@link #FITTED} that were set and stay as they are
 */
public record FinetuneConfig(
    Source source, double seconds, Stages stages, RunConfig run, List<String> given) {
  static final String BATCH = "learning.batch";
  static final String BASE_RATE = "learning.rate.base";
  static final String LAYER_DECAY = "learning.update.groups.layer_decay";
  static final String RATES = "learning.update.groups.lr_scale";
  static final String FREEZE = "learning.update.groups.freeze";

  /** The settings that are fitted to images, network and time where nobody has set them. */
  public static final List<String> FITTED = List.of(BATCH, BASE_RATE, LAYER_DECAY, RATES, FREEZE);

  private static final String TIME = "finetune.time";
  private static final String STAGES = "finetune.stages";
  private static final String OPEN = "fitted";

  /** The fraction of the training images by which the best epoch is chosen. */
  public static final double HOLD_BACK = 0.1;

  // The last layer is fitted already when the whole network is trained.
  private static final double RATE = 5e-5;

  private static final double SECONDS = 300;
  // More passes over the same few images teach nothing new.
  private static final int MOST_EPOCHS = 30;

  private static final int PATIENCE = 5;

  // A few hundred photographs are not given up for a few broken files, which the check has named.
  private static final double BAD_FRACTION = 0.1;

  /** What is trained. */
  public enum Stages {
    /** The last layer alone. */
    HEAD,
    /** The last layer, then the whole network. */
    ALL
  }

  /**
   * The file with the trunk.
   *
   * @param file a model file, an ONNX model, or weights of PyTorch or in safetensors
   * @param model the network that weights alone belong to; else empty
   * @param entry which of several sets of weights; empty for the only one
   * @param preprocess how images are prepared, where the file does not say it; else empty
   */
  public record Source(String file, String model, String entry, String preprocess) {}

  /** Copies the list and checks the time. */
  public FinetuneConfig {
    given = List.copyOf(new TreeSet<>(given));
    if (!(seconds > 0)) {
      throw new ConfigException(
          "finetune.time must be above 0, got " + seconds + " seconds; give a time such as 5m");
    }
  }

  /** Returns the settings that fine-tuning begins with: five minutes, both stages. */
  public static FinetuneConfig of(Source source, String data) {
    RunConfig recipe = RunConfig.named("finetune");
    DataSettings images =
        recipe.data().withSource(data).withHoldBack(HOLD_BACK).withBadFraction(BAD_FRACTION);
    return new FinetuneConfig(
        source,
        SECONDS,
        Stages.ALL,
        recipe
            .with(images)
            .with(recipe.learning().withMostEpochs(MOST_EPOCHS))
            .withRate(RATE)
            .with(recipe.learning().update().groups().with(FineTuning.none()))
            .with(recipe.output().withPatience(PATIENCE)),
        List.of());
  }

  /** Returns a copy with these settings of the second stage; those that differ are set. */
  public FinetuneConfig with(RunConfig other) {
    Map<String, String> now = other.settings();
    Map<String, String> before = run.settings();
    List<String> set = new ArrayList<>(given);
    FITTED.stream().filter(k -> !Objects.equals(now.get(k), before.get(k))).forEach(set::add);
    return new FinetuneConfig(source, seconds, stages, other, set);
  }

  /** Returns a copy in which these settings stay as they are; others than {@link #FITTED} do. */
  public FinetuneConfig withGiven(Collection<String> keys) {
    List<String> set = new ArrayList<>(given);
    keys.stream().map(RunConfig::currentKey).filter(FITTED::contains).forEach(set::add);
    return new FinetuneConfig(source, seconds, stages, run, set);
  }

  /** Returns a copy with this file. */
  public FinetuneConfig with(Source other) {
    return new FinetuneConfig(other, seconds, stages, run, given);
  }

  /** Returns a copy with this time. */
  public FinetuneConfig withSeconds(double other) {
    return new FinetuneConfig(source, other, stages, run, given);
  }

  /** Returns a copy that trains these stages. */
  public FinetuneConfig with(Stages other) {
    return new FinetuneConfig(source, seconds, other, run, given);
  }

  boolean isGiven(String key) {
    return given.contains(key);
  }

  /**
   * Reads the settings of a fine-tuning that has begun.
   *
   * @throws ConfigException if there is none in the folder, or its settings cannot be read
   */
  public static FinetuneConfig ofRun(Path folder) {
    return new FinetuneFolder(folder).config();
  }

  static FinetuneConfig parse(String json, String where) {
    try {
      Map<String, Object> tree = JsonTree.parse(json, where);
      RunConfig run =
          RunConfig.stored(JsonTree.compact(group(tree, "run", where)), where + ": run");
      return new FinetuneConfig(
          RecordTree.read(Source.class, group(tree, "source", where), where + ": source"),
          number(tree, "seconds", where),
          Stages.valueOf(String.valueOf(tree.get("stages")).toUpperCase(Locale.ROOT)),
          run,
          words(tree.get("given")));
    } catch (CheckpointException | IllegalArgumentException e) {
      throw new ConfigException(
          where + " is damaged: " + e.getMessage() + "; begin again in another folder", e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> group(Map<String, Object> tree, String key, String where) {
    if (tree.get(key) instanceof Map<?, ?> group) {
      return (Map<String, Object>) group;
    }
    throw new CheckpointException(where + ": the key '" + key + "' is missing");
  }

  private static List<String> words(@Nullable Object list) {
    return list instanceof List<?> words ? words.stream().map(String::valueOf).toList() : List.of();
  }

  private static double number(Map<String, Object> tree, String key, String where) {
    if (tree.get(key) instanceof Number n) {
      return n.doubleValue();
    }
    throw new CheckpointException(where + ": the key '" + key + "' is missing");
  }

  String toJson() {
    return JsonTree.pretty(RecordTree.of(this));
  }

  /** Names the settings that differ from those of {@code before}, apart from folders. */
  List<String> changesFrom(FinetuneConfig before) {
    Map<String, String> then = before.flat();
    Map<String, String> now = flat();
    List<String> changes = new ArrayList<>();
    now.forEach(
        (key, value) -> {
          String old = then.getOrDefault(key, "");
          if (!value.equals(old)) {
            changes.add(key + " is '" + value + "', was '" + old + "'");
          }
        });
    return changes;
  }

  private Map<String, String> flat() {
    Map<String, String> all = new TreeMap<>(run.settings());
    all.keySet().removeIf(key -> key.startsWith("output."));
    FITTED.stream().filter(key -> !isGiven(key)).forEach(key -> all.put(key, OPEN));
    all.put("finetune.from", source.file());
    all.put("network.model", source.model());
    all.put("finetune.entry", source.entry());
    all.put("data.preprocess", source.preprocess());
    all.put(TIME, Double.toString(seconds));
    all.put(STAGES, stages.name().toLowerCase(Locale.ROOT));
    return all;
  }
}
