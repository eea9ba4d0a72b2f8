package dev.fovea.spark;

import dev.fovea.collective.ring.WireFormat;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.spark.training.SparkTraining;
import dev.fovea.train.ConfigException;
import dev.fovea.train.DataProfile;
import dev.fovea.train.RankBatch;
import dev.fovea.train.RankBatch.RateRule;
import dev.fovea.train.RecipeChoice;
import dev.fovea.train.Recipes;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the parameters of a {@link FoveaTrainer} ask for, checked before anything is written.
 *
 * @param folder of the run, absolute
 * @param resume whether to go on with the run there
 * @param ranks that train
 * @param recipe a name, or a file of the driver; empty to choose one by the images
 * @param changes of the recipe, by setting
 * @param threads of each rank; 0 for the cores of its executor
 * @param batchPerRank images per step of each rank; 0 for {@code learning.batch}
 * @param rule what {@code batchPerRank} does to the rate
 */
record TrainingRequest(
    Path folder,
    boolean resume,
    SparkTraining ranks,
    String recipe,
    Map<String, String> changes,
    int threads,
    int batchPerRank,
    RateRule rule) {
  private static final System.Logger LOG = System.getLogger(FoveaTrainer.class.getName());

  /**
   * That of a trainer.
   *
   * @throws ConfigException if a parameter or setting is invalid, naming it
   */
  static TrainingRequest of(FoveaTrainer trainer) {
    return new TrainingRequest(
        folder(trainer.getRunFolder()),
        trainer.getResume(),
        new SparkTraining(
            trainer.getRanks(),
            choice("wire", trainer.getWire(), WireFormat.class),
            Duration.ofSeconds(trainer.getDeadlineSeconds())),
        trainer.getRecipe(),
        changes(trainer.getSettings()),
        trainer.getThreads(),
        trainer.getBatchPerRank(),
        choice("scaleRate", trainer.getScaleRate(), RateRule.class));
  }

  private static Path folder(String named) {
    if (named.isEmpty() || named.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
      throw new ConfigException(
          "runFolder is '"
              + named
              + "'; set it to a path of a file system that the driver and all executors mount,"
              + " which Hadoop's (hdfs:, s3a:) are not");
    }
    return Path.of(named).toAbsolutePath().normalize();
  }

  private static <E extends Enum<E>> E choice(String param, String text, Class<E> all) {
    List<E> values = Arrays.asList(all.getEnumConstants());
    return values.stream()
        .filter(e -> e.name().equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    param
                        + " is '"
                        + text
                        + "'; expected one of "
                        + String.join(
                            ", ",
                            values.stream().map(e -> e.name().toLowerCase(Locale.ROOT)).toList())));
  }

  private static Map<String, String> changes(String[] settings) {
    Map<String, String> changes = new LinkedHashMap<>();
    for (String setting : settings) {
      int at = setting.indexOf('=');
      if (at < 1) {
        throw new ConfigException(
            "settings has '" + setting + "'; write KEY=VALUE, for example learning.batch=64");
      }
      changes.put(RunConfig.currentKey(setting.substring(0, at)), setting.substring(at + 1));
    }
    return changes;
  }

  /**
   * Checks that a new run overwrites none.
   *
   * @throws ConfigException if the folder holds one
   */
  void requireFree() {
    if (!resume && new RunFolder(folder).holdsRun()) {
      throw new ConfigException(
          "the folder "
              + folder
              + " already holds a run, which a new run must not overwrite; set resume to true to"
              + " continue it, or runFolder to another folder");
    }
  }

  /**
   * The fraction of images that may be unreadable.
   *
   * @throws ConfigException if a setting is invalid
   */
  double badFraction() {
    String named = recipe.isEmpty() ? Recipes.STANDARD : recipe;
    return changed(RunConfig.recipe(named)).data().badFraction();
  }

  /**
   * The configuration of the run; all its paths are absolute, as the working directories of
   * executors are others.
   *
   * @param source images that all ranks can open, and the driver too if there is no recipe
   * @param count of ranks
   * @throws ConfigException if a setting is invalid
   */
  RunConfig config(String source, int count) {
    RunConfig base = recipe.isEmpty() ? chosen(source) : RunConfig.recipe(recipe);
    RunConfig config = asThen(changed(base.with("data.source", source)).withAbsolutePaths());
    if (threads > 0) {
      config = config.with(config.engine().withThreads(threads));
    }
    if (batchPerRank > 0) {
      RankBatch.Applied applied = new RankBatch(batchPerRank, count, rule).to(config);
      LOG.log(System.Logger.Level.INFO, applied.note());
      config = applied.config();
    }
    return config.with(config.output().into(folder.toString(), resume));
  }

  // A run that began with a relative path there goes on with the same text: it is compared, and the
  // file is not read again.
  private RunConfig asThen(RunConfig config) {
    RunFolder run = new RunFolder(folder);
    if (!resume || !Files.exists(run.config())) {
      return config;
    }
    RunConfig then = RunConfig.ofRun(run);
    boolean same = then.withAbsolutePaths().network().init().equals(config.network().init());
    return same ? config.with(config.network().withInit(then.network().init())) : config;
  }

  // As on the command line.
  private static RunConfig chosen(String source) {
    try (Dataset set = Datasets.open(source, Split.TRAIN)) {
      RecipeChoice choice = RecipeChoice.of(DataProfile.of(set));
      LOG.log(System.Logger.Level.INFO, choice.reason());
      return choice.config();
    }
  }

  private RunConfig changed(RunConfig base) {
    RunConfig config = base;
    for (Map.Entry<String, String> change : changes.entrySet()) {
      config = config.with(change.getKey(), change.getValue());
    }
    return config;
  }
}
