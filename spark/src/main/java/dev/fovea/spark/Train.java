package dev.fovea.spark;

import dev.fovea.train.ConfigException;
import dev.fovea.train.SaveInterval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * The program for {@code spark-submit --class dev.fovea.spark.Train}: trains on images that all
 * executors can open.
 *
 * <p>{@code fovea train --spark} resolves all its flags to a configuration and calls this with it.
 * By hand: {@code --data PATH --run DIR [--recipe NAME|FILE] [--set KEY=VALUE]... [--ranks N]
 * [--threads N] [--batch-per-rank N] [--scale-rate none|linear|sqrt] [--wire f32|bf16] [--deadline
 * T] [--resume]}, as {@code fovea train} has them.
 */
public final class Train {
  private Train() {}

  /**
   * Trains.
   *
   * @throws ConfigException if an argument is unknown or has no value, naming it
   * @throws IOException if Spark cannot end its session
   */
  public static void main(String[] args) throws IOException {
    FoveaTrainer trainer = trainer(List.of(args));
    try (SparkSession spark = SparkSession.builder().appName("fovea train").getOrCreate()) {
      FoveaClassifier classifier = trainer.fit(spark.emptyDataFrame());
      System.getLogger(Train.class.getName())
          .log(System.Logger.Level.INFO, "model {0}", classifier.getModel());
    }
  }

  /** The trainer that arguments describe. */
  static FoveaTrainer trainer(List<String> args) {
    FoveaTrainer trainer = new FoveaTrainer();
    List<String> settings = new ArrayList<>();
    Iterator<String> all = args.iterator();
    while (all.hasNext()) {
      String flag = all.next();
      if (flag.equals("--resume")) {
        trainer.setResume(true);
      } else if (flag.equals("--set")) {
        settings.add(value(flag, all));
      } else {
        set(trainer, flag, all);
      }
    }
    if (trainer.getData().isEmpty()) {
      throw new ConfigException("--data is missing; name images that all executors can open");
    }
    return trainer.setSettings(settings.toArray(String[]::new));
  }

  private static void set(FoveaTrainer trainer, String flag, Iterator<String> rest) {
    FoveaTrainer unused =
        switch (flag) {
          case "--data" -> trainer.setData(value(flag, rest));
          case "--run" -> trainer.setRunFolder(value(flag, rest));
          case "--recipe" -> trainer.setRecipe(value(flag, rest));
          case "--ranks" -> trainer.setRanks(number(flag, rest));
          case "--threads" -> trainer.setThreads(number(flag, rest));
          case "--batch-per-rank" -> trainer.setBatchPerRank(number(flag, rest));
          case "--scale-rate" -> trainer.setScaleRate(value(flag, rest));
          case "--wire" -> trainer.setWire(value(flag, rest));
          case "--deadline" -> trainer.setDeadlineSeconds(seconds(flag, rest));
          default ->
              throw new ConfigException(
                  "unknown argument '"
                      + flag
                      + "'; expected --data, --run, --recipe, --set, --ranks, --threads,"
                      + " --batch-per-rank, --scale-rate, --wire, --deadline or --resume:"
                      + " 'fovea train --spark' takes all others");
        };
  }

  private static String value(String flag, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new ConfigException(flag + " has no value; write it behind the flag");
    }
    return rest.next();
  }

  private static int number(String flag, Iterator<String> rest) {
    String text = value(flag, rest);
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new ConfigException(flag + " is '" + text + "'; write a whole number", e);
    }
  }

  private static int seconds(String flag, Iterator<String> rest) {
    String text = value(flag, rest);
    long seconds = SaveInterval.parse(text).time().toSeconds();
    if (seconds < 1) {
      throw new ConfigException(flag + " is '" + text + "'; write a time such as 90s, 5m or 1h");
    }
    return Math.toIntExact(seconds);
  }
}
