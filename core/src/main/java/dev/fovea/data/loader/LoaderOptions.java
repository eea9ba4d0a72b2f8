package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.source.BadImage;
import java.util.function.Consumer;

/**
 * How a loader works.
 *
 * @param seed with the epoch and the image's place it decides order and augmentation
 * @param threads worker threads
 * @param prefetch batches that may be filled or waiting at once, beyond the one in use
 * @param dropLast whether a last batch that is not full is left out of training
 * @param badFraction the part of the images that may be unreadable before the run stops
 * @param onBad told of each unreadable image once, from a worker thread
 */
public record LoaderOptions(
    long seed,
    int threads,
    int prefetch,
    boolean dropLast,
    double badFraction,
    Consumer<BadImage> onBad) {
  /** Seed 0, one thread, three batches ahead, last batch dropped, 1 % bad images, nobody told. */
  public static final LoaderOptions STANDARD = new LoaderOptions(0, 1, 3, true, 0.01, bad -> {});

  /** Checks the ranges. */
  public LoaderOptions {
    if (threads < 1 || threads > 1024 || prefetch < 1 || prefetch > 1024) {
      throw new DataException(
          "a loader needs 1..1024 threads and batches ahead, got " + threads + " and " + prefetch);
    }
    if (!(badFraction >= 0 && badFraction <= 1)) {
      throw new DataException("the fraction of bad images must lie in [0, 1], got " + badFraction);
    }
  }

  /** These options with another seed. */
  public LoaderOptions withSeed(long s) {
    return new LoaderOptions(s, threads, prefetch, dropLast, badFraction, onBad);
  }

  /** These options with other numbers of threads and of batches ahead. */
  public LoaderOptions withThreads(int n, int ahead) {
    return new LoaderOptions(seed, n, ahead, dropLast, badFraction, onBad);
  }

  /** These options with the last batch dropped or kept. */
  public LoaderOptions withDropLast(boolean drop) {
    return new LoaderOptions(seed, threads, prefetch, drop, badFraction, onBad);
  }

  /** These options with another limit for bad images and somebody to tell. */
  public LoaderOptions withBad(double fraction, Consumer<BadImage> listener) {
    return new LoaderOptions(seed, threads, prefetch, dropLast, fraction, listener);
  }
}
