package dev.fovea.data.source;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.DataException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Options for opening a data set.
 *
 * @param valFraction fraction of every class held out for validation if the source has no
 *     validation split; 0 keeps everything for training
 * @param fraction fraction of every class that is used, for quick trials; 1 uses everything
 * @param seed determines which images the two fractions select
 * @param limits size limits of images
 * @param badFraction fraction of the images that may be unreadable before a run stops
 * @param memoryBytes small images of equal size are decoded into memory while opening if their
 *     pixels fit in this many bytes; 0 disables it
 * @param threads number of threads that decode while opening
 * @param labels a file of {@code path,label} lines that defines the classes in place of folders;
 *     see {@link Datasets}
 * @param labelColumn the column of the labels file, or the field of a WebDataset's {@code .json}
 *     members, that holds the class; empty for the usual names
 * @param classes a file of class names, for labels that are numbers; empty for the usual files
 *     beside the images
 */
public record DatasetOptions(
    double valFraction,
    double fraction,
    long seed,
    DecodeLimits limits,
    double badFraction,
    long memoryBytes,
    int threads,
    Optional<Path> labels,
    Optional<String> labelColumn,
    Optional<Path> classes) {
  /**
   * One tenth held out, everything used, seed 0, 1% unreadable images, 1 GiB of pixels in memory, 2
   * threads.
   */
  public static final DatasetOptions STANDARD =
      new DatasetOptions(0.1, 1, 0, DecodeLimits.STANDARD, 0.01, 1L << 30, 2);

  /** Options with classes from folders. */
  public DatasetOptions(
      double valFraction,
      double fraction,
      long seed,
      DecodeLimits limits,
      double badFraction,
      long memoryBytes,
      int threads) {
    this(
        valFraction,
        fraction,
        seed,
        limits,
        badFraction,
        memoryBytes,
        threads,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
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
      throw new DataException(
          "the fraction of unreadable images must lie in [0, 1], got " + badFraction);
    }
    if (threads < 1) {
      throw new DataException("decoding needs at least one thread, got " + threads);
    }
    if (memoryBytes < 0) {
      throw new DataException(
          "the memory for decoded images must not be negative, got " + memoryBytes);
    }
  }

  /** These options with another validation fraction. */
  public DatasetOptions withValFraction(double f) {
    return change(d -> d.valFraction = f);
  }

  /** These options with another fraction of the data. */
  public DatasetOptions withFraction(double f) {
    return change(d -> d.fraction = f);
  }

  /** These options with another seed. */
  public DatasetOptions withSeed(long s) {
    return change(d -> d.seed = s);
  }

  /** These options with other decoding limits. */
  public DatasetOptions withLimits(DecodeLimits l) {
    return change(d -> d.limits = l);
  }

  /** These options with another limit for unreadable images. */
  public DatasetOptions withBadFraction(double f) {
    return change(d -> d.badFraction = f);
  }

  /** These options with another memory budget for decoded images. */
  public DatasetOptions withMemoryBytes(long bytes) {
    return change(d -> d.memoryBytes = bytes);
  }

  /** These options with another number of threads. */
  public DatasetOptions withThreads(int n) {
    return change(d -> d.threads = n);
  }

  /** These options with classes from a labels file; empty for classes from folders. */
  public DatasetOptions withLabels(Optional<Path> file) {
    return change(d -> d.labels = file);
  }

  /** These options with labels from this column; empty for the usual names. */
  public DatasetOptions withLabelColumn(Optional<String> name) {
    return change(d -> d.labelColumn = name);
  }

  /** These options with class names from this file; empty for the usual files. */
  public DatasetOptions withClasses(Optional<Path> file) {
    return change(d -> d.classes = file);
  }

  private DatasetOptions change(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.options();
  }

  /** Every option by its name, so that a copy names only the one that it changes. */
  private static final class Draft {
    private double valFraction;
    private double fraction;
    private long seed;
    private DecodeLimits limits;
    private double badFraction;
    private long memoryBytes;
    private int threads;
    private Optional<Path> labels;
    private Optional<String> labelColumn;
    private Optional<Path> classes;

    Draft(DatasetOptions from) {
      valFraction = from.valFraction;
      fraction = from.fraction;
      seed = from.seed;
      limits = from.limits;
      badFraction = from.badFraction;
      memoryBytes = from.memoryBytes;
      threads = from.threads;
      labels = from.labels;
      labelColumn = from.labelColumn;
      classes = from.classes;
    }

    DatasetOptions options() {
      return new DatasetOptions(
          valFraction,
          fraction,
          seed,
          limits,
          badFraction,
          memoryBytes,
          threads,
          labels,
          labelColumn,
          classes);
    }
  }
}
