package dev.fovea.spark.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;

/** How many cores of its machine an executor was given. */
public final class ExecutorCores {
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\*|\\d+)(?:,\\s*\\d+)?\\])?");

  private ExecutorCores() {}

  /**
   * The cores of an executor as the settings of a context have them; 0 if it has all that it sees.
   * A standalone cluster gives all cores of a worker unless {@code spark.executor.cores} is set,
   * YARN and Kubernetes give one.
   */
  public static int of(SparkConf settings) {
    String master = settings.get("spark.master", "");
    Matcher local = LOCAL.matcher(master);
    if (local.matches()) {
      String number = local.group(1);
      return number == null ? 1 : number.equals("*") ? 0 : Integer.parseInt(number);
    }
    return settings.getInt("spark.executor.cores", master.startsWith("spark://") ? 0 : 1);
  }
}
