package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.source.BadImage;
import java.util.function.Consumer;

/**
 * Options of a {@link Loader}.
 *
 * @param seed determines order and augmentation, together with the epoch and the image's index
 * @param threads number of worker threads
 * @param prefetch batches that may be in preparation or waiting, besides the one in use
 * @param dropLast whether training drops a last batch that is not full
 * @param badFraction fraction of the images that may be unreadable before the run stops
 * @param onBad called once for each unreadable image, from a worker thread
 * @param turns when the worker threads work
 * @param shuffling the order of the images in training
 * @param share what is loaded, if several ranks load together
 */
public record LoaderOptions(
    long seed,
    int threads,
    int prefetch,
    boolean dropLast,
    double badFraction,
    Consumer<BadImage> onBad,
    LoaderTurns turns,
    Shuffling shuffling,
    RankShare share) {
  /**
   * Seed 0, one thread, three batches ahead, last batch dropped, 1% unreadable images, no listener,
   * beside the network, the whole data set shuffled.
   */
  public static final LoaderOptions STANDARD = new LoaderOptions(0, 1, 3, true, 0.01, bad -> {});

  /** Options of threads that work beside the network, with the whole data set shuffled. */
  public LoaderOptions(
      long seed,
      int threads,
      int prefetch,
      boolean dropLast,
      double badFraction,
      Consumer<BadImage> onBad) {
    this(
        seed,
        threads,
        prefetch,
        dropLast,
        badFraction,
        onBad,
        LoaderTurns.BESIDE_THE_NETWORK,
        new Shuffling.Images(),
        RankShare.ALL);
  }

  /** Checks the ranges. */
  public LoaderOptions {
    if (threads < 1 || threads > 1024 || prefetch < 1 || prefetch > 1024) {
      throw new DataException(
          "a loader needs 1..1024 threads and 1..1024 batches ahead, got "
              + threads
              + " and "
              + prefetch);
    }
    if (!(badFraction >= 0 && badFraction <= 1)) {
      throw new DataException(
          "the fraction of unreadable images must lie in [0, 1], got " + badFraction);
    }
  }

  /** These options with another seed. */
  public LoaderOptions withSeed(long s) {
    return new LoaderOptions(
        s, threads, prefetch, dropLast, badFraction, onBad, turns, shuffling, share);
  }

  /** These options with other numbers of threads and batches ahead. */
  public LoaderOptions withThreads(int n, int ahead) {
    return new LoaderOptions(seed, n, ahead, dropLast, badFraction, onBad, turns, shuffling, share);
  }

  /** These options with the last batch dropped or kept. */
  public LoaderOptions withDropLast(boolean drop) {
    return new LoaderOptions(
        seed, threads, prefetch, drop, badFraction, onBad, turns, shuffling, share);
  }

  /** These options with another limit for unreadable images and a listener. */
  public LoaderOptions withBad(double fraction, Consumer<BadImage> listener) {
    return new LoaderOptions(
        seed, threads, prefetch, dropLast, fraction, listener, turns, shuffling, share);
  }

  /** These options with threads that work at other times. */
  public LoaderOptions withTurns(LoaderTurns when) {
    return new LoaderOptions(
        seed, threads, prefetch, dropLast, badFraction, onBad, when, shuffling, share);
  }

  /** These options with another order in training. */
  public LoaderOptions withShuffling(Shuffling by) {
    return new LoaderOptions(
        seed, threads, prefetch, dropLast, badFraction, onBad, turns, by, share);
  }

  /** These options for one of several ranks that load together. */
  public LoaderOptions withShare(RankShare of) {
    return new LoaderOptions(
        seed, threads, prefetch, dropLast, badFraction, onBad, turns, shuffling, of);
  }
}
