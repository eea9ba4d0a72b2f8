package dev.fovea.data.source;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.DataException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a source becomes a data set.
 *
 * @param valFraction the part of every class that becomes the validation set where the source has
 *     no such folder; 0 leaves everything for training
 * @param fraction the part of every class that is used at all, for quick trials; 1 is everything
 * @param seed decides which images those are
 * @param limits what an image may cost
 * @param badFraction the part of the images that may be unreadable before a run stops
 * @param memoryBytes sets of small images of one size are decoded at opening if their pixels fit
 *     this; 0 never
 * @param threads threads that decode at opening
 * @param labels a file of lines {@code path,label} that gives the classes in place of folders, see
 *     {@link Datasets}
 */
public record DatasetOptions(
    double valFraction,
    double fraction,
    long seed,
    DecodeLimits limits,
    double badFraction,
    long memoryBytes,
    int threads,
    Optional<Path> labels) {
  /**
   * One tenth for validation, everything used, seed 0, 1 % bad images, 1 GiB of pixels in memory, 2
   * threads.
   */
  public static final DatasetOptions STANDARD =
      new DatasetOptions(0.1, 1, 0, DecodeLimits.STANDARD, 0.01, 1L << 30, 2);

  /** Classes by folders. */
  public DatasetOptions(
      double valFraction,
      double fraction,
      long seed,
      DecodeLimits limits,
      double badFraction,
      long memoryBytes,
      int threads) {
    this(valFraction, fraction, seed, limits, badFraction, memoryBytes, threads, Optional.empty());
  }

  /** Checks the ranges. */
  public DatasetOptions {
    if (!(valFraction >= 0 && valFraction < 1)) {
      throw new DataException("the validation fraction must lie in [0, 1), got " + valFraction);
    }
    if (!(fraction > 0 && fraction <= 1)) {
      throw new DataException("the fraction of the data must lie in (0, 1], got " + fraction);
    }
    if (!(badFraction >= 0 && badFraction <= 1)) {
      throw new DataException("the fraction of bad images must lie in [0, 1], got " + badFraction);
    }
    if (threads < 1) {
      throw new DataException("at least one thread is needed to decode, got " + threads);
    }
    if (memoryBytes < 0) {
      throw new DataException(
          "the memory for decoded images must not be negative, got " + memoryBytes);
    }
  }

  /** These options with another validation fraction. */
  public DatasetOptions withValFraction(double f) {
    return new DatasetOptions(f, fraction, seed, limits, badFraction, memoryBytes, threads, labels);
  }

  /** These options with another used fraction. */
  public DatasetOptions withFraction(double f) {
    return new DatasetOptions(
        valFraction, f, seed, limits, badFraction, memoryBytes, threads, labels);
  }

  /** These options with another seed. */
  public DatasetOptions withSeed(long s) {
    return new DatasetOptions(
        valFraction, fraction, s, limits, badFraction, memoryBytes, threads, labels);
  }

  /** These options with other decoding limits. */
  public DatasetOptions withLimits(DecodeLimits l) {
    return new DatasetOptions(
        valFraction, fraction, seed, l, badFraction, memoryBytes, threads, labels);
  }

  /** These options with another limit for unreadable images. */
  public DatasetOptions withBadFraction(double f) {
    return new DatasetOptions(valFraction, fraction, seed, limits, f, memoryBytes, threads, labels);
  }

  /** These options with another budget for decoded images. */
  public DatasetOptions withMemoryBytes(long bytes) {
    return new DatasetOptions(
        valFraction, fraction, seed, limits, badFraction, bytes, threads, labels);
  }

  /** These options with another number of threads. */
  public DatasetOptions withThreads(int n) {
    return new DatasetOptions(
        valFraction, fraction, seed, limits, badFraction, memoryBytes, n, labels);
  }

  /** These options with classes from a labels file; empty for classes by folders. */
  public DatasetOptions withLabels(Optional<Path> file) {
    return new DatasetOptions(
        valFraction, fraction, seed, limits, badFraction, memoryBytes, threads, file);
  }
}
