package dev.fovea.data.loader;

import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.WatchedDataset;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures the stages in which samples are made. A sample is made from a data set that this clock
 * watches: opening a picture is reading, asking it for pixels is decoding, and the rest of the time
 * is resizing. Safe for any number of threads; costs a few calls of the system's clock per image.
 */
final class LoadingClock {
  private final LongAdder images = new LongAdder();
  private final LongAdder reading = new LongAdder();
  private final LongAdder decoding = new LongAdder();
  private final LongAdder all = new LongAdder();

  /** The same data set, whose reading and decoding are measured. */
  Dataset watch(Dataset set) {
    return new WatchedDataset(set, reading::add, decoding::add);
  }

  /** Makes one sample from a watched data set. */
  void time(Runnable making) {
    long start = System.nanoTime();
    try {
      making.run();
    } finally {
      all.add(System.nanoTime() - start);
      images.increment();
    }
  }

  /** The sums so far; exact while no sample is being made. */
  LoadingTime sums() {
    long read = reading.sum();
    long decoded = decoding.sum();
    return new LoadingTime(
        images.sum(), read / 1e9, decoded / 1e9, Math.max(0, all.sum() - read - decoded) / 1e9);
  }
}
