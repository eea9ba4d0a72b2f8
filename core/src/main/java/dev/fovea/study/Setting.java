package dev.fovea.study;

import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a study is run, apart from what it compares.
 *
 * @param data a path or the name of a generated set
 * @param seeds how often each arm is trained; 0 for as often as the study says
 * @param time what a quick run may take in all
 * @param folder where everything is written; finished runs found there are not repeated
 * @param precision of every run
 * @param threads of the engine
 */
public record Setting(
    Scale scale,
    String data,
    int seeds,
    Duration time,
    Path folder,
    Precision precision,
    int threads) {
  /**
   * What a quick study may take unless told otherwise: a quarter of an hour less a fifth, because
   * what is planned from a few steps has taken up to a fifth longer.
   */
  public static final Duration QUICK_TIME = Duration.ofMinutes(12);

  /** Checks the ranges. */
  public Setting {
    if (seeds < 0 || threads < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(
          "seeds must not be negative, threads and time must be above 0; got "
              + seeds
              + ", "
              + threads
              + " and "
              + time);
    }
  }

  /** Where the run of an arm with a seed has its files. */
  Path runFolder(String arm, long seed) {
    return folder.resolve("runs").resolve(arm.replaceAll("[^A-Za-z0-9._-]+", "_") + "-" + seed);
  }
}
