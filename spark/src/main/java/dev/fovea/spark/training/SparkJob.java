package dev.fovea.spark.training;

import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;

/** Runs a job of Spark, and says in one line why it failed. */
final class SparkJob {
  /** A line of a stack trace, or of what Spark quotes of one, with an exception of ours. */
  private static final Pattern OURS = Pattern.compile("(?:^|\\s)dev\\.fovea\\.[\\w.$]+: (.+)$");

  private SparkJob() {}

  /**
   * Waits for a job. If this thread is interrupted meanwhile, the job is cancelled, and the thread
   * stays interrupted.
   *
   * @param failure makes an exception of the reason, in one line, and of what Spark has thrown
   */
  static <T> T run(
      SparkContext spark,
      Supplier<T> job,
      BiFunction<String, Exception, ? extends RuntimeException> failure) {
    String tag = "fovea-" + UUID.randomUUID();
    spark.addJobTag(tag);
    try {
      return job.get();
    } catch (Exception e) {
      // Spark throws checked exceptions that no signature names, this one among them.
      if (e instanceof InterruptedException) {
        spark.cancelJobsWithTag(tag);
        Thread.currentThread().interrupt();
        throw failure.apply("the thread that waited for it was interrupted", e);
      }
      throw failure.apply(reason(e), e);
    } finally {
      spark.removeJobTag(tag);
    }
  }

  /** The message of the task's own exception, which Spark has as a cause or quotes in its text. */
  static String reason(Exception failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String message = e.getMessage();
      if (message != null && e.getClass().getName().startsWith("dev.fovea.")) {
        return message;
      }
    }
    String text = String.valueOf(failure.getMessage());
    return text.lines()
        .map(OURS::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst()
        .orElseGet(() -> text.lines().findFirst().orElse(failure.toString()));
  }
}
