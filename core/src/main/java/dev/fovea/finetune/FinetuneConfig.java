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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that decides a fine-tuning, as an immutable value; {@code finetune.json} in its folder
 * holds it.
 *
 * @param source the file with the trunk
 * @param seconds for everything, from the check of the data to the last evaluation
 * @param stages what is trained
 * @param run how the second stage trains, on which data, and with which engine
 */
public record FinetuneConfig(Source source, double seconds, Stages stages, RunConfig run) {
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

  /** Checks the time. */
  public FinetuneConfig {
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
            .with(recipe.output().withPatience(PATIENCE)));
  }

  /** Returns a copy with these settings of the second stage. */
  public FinetuneConfig with(RunConfig other) {
    return new FinetuneConfig(source, seconds, stages, other);
  }

  /** Returns a copy with this time. */
  public FinetuneConfig withSeconds(double other) {
    return new FinetuneConfig(source, other, stages, run);
  }

  /** Returns a copy that trains these stages. */
  public FinetuneConfig with(Stages other) {
    return new FinetuneConfig(source, seconds, other, run);
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
          run);
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
    all.put("finetune.from", source.file());
    all.put("network.model", source.model());
    all.put("finetune.entry", source.entry());
    all.put("data.preprocess", source.preprocess());
    all.put("finetune.time", Double.toString(seconds));
    all.put("finetune.stages", stages.name().toLowerCase(Locale.ROOT));
    return all;
  }
}
