package dev.fovea.study;

import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a study is run, independent of what it compares.
 *
 * @param data a path or the name of a generated set
 * @param seeds the number of runs per arm; 0 for the study's default
 * @param time the time limit of a quick study
 * @param folder where everything is written; finished runs found there are reused
 * @param precision of every run
 * @param threads of the engine
 * @param convolution how every run and measurement computes convolutions
 * @param machine the processor, for readers of the result; may be empty
 */
public record Setting(
    Scale scale,
    String data,
    int seeds,
    Duration time,
    Path folder,
    Precision precision,
    int threads,
    ConvolutionAlgorithm convolution,
    String machine) {
  /**
   * The default time limit of a quick study: a quarter of an hour minus a fifth, because plans
   * based on a few steps have been up to a fifth too short.
   */
  public static final Duration QUICK_TIME = Duration.ofMinutes(12);

  /** Creates a setting with convolutions by the rule. */
  public Setting(
      Scale scale,
      String data,
      int seeds,
      Duration time,
      Path folder,
      Precision precision,
      int threads) {
    this(scale, data, seeds, time, folder, precision, threads, ConvolutionAlgorithm.AUTO, "");
  }

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

  /** Returns a copy with another algorithm for convolutions. */
  public Setting convolving(ConvolutionAlgorithm by) {
    return new Setting(scale, data, seeds, time, folder, precision, threads, by, machine);
  }

  /** Returns the folder of the run of an arm with a seed. */
  Path runFolder(String arm, long seed) {
    return folder.resolve("runs").resolve(arm.replaceAll("[^A-Za-z0-9._-]+", "_") + "-" + seed);
  }
}
