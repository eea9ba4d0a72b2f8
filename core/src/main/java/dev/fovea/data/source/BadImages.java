package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.tensor.Decimals;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts distinct unreadable images and stops the run when there are too many. Safe for any number
 * of threads.
 */
public final class BadImages {
  private final Dataset set;
  private final double fraction;
  private final @Nullable Consumer<BadImage> listener;
  private final TreeMap<Integer, BadImage> found = new TreeMap<>();

  BadImages(Dataset set, double fraction) {
    this(set, fraction, null);
  }

  /**
   * A counter for {@code set}.
   *
   * @param fraction fraction of the images that may be unreadable
   * @param listener called once for each unreadable image
   */
  public BadImages(Dataset set, double fraction, @Nullable Consumer<BadImage> listener) {
    this.set = set;
    this.fraction = fraction;
    this.listener = listener;
  }

  /**
   * Records an unreadable image.
   *
   * @throws DataException if more than the allowed fraction of the set is unreadable
   */
  public void report(int index, DataException why) {
    BadImage bad = new BadImage(index, set.name(index), String.valueOf(why.getMessage()));
    synchronized (this) {
      if (found.put(index, bad) != null) {
        return;
      }
      require(found.size(), why);
    }
    if (listener != null) {
      listener.accept(bad);
    }
  }

  /** Records an image that another counter has reported; {@link #require} judges their number. */
  public void add(BadImage elsewhere) {
    synchronized (this) {
      if (found.putIfAbsent(elsewhere.index(), elsewhere) != null) {
        return;
      }
    }
    if (listener != null) {
      listener.accept(elsewhere);
    }
  }

  /**
   * Compares a number of unreadable images with what is allowed.
   *
   * @param why the latest of them could not be read; null if it is known elsewhere
   * @throws DataException if more than the allowed fraction of the set is unreadable
   */
  public synchronized void require(int count, @Nullable DataException why) {
    if (count > fraction * set.size()) {
      throw new DataException(
          count
              + " of the "
              + Decimals.count(set.size(), "image")
              + " of "
              + set.description()
              + " are unreadable, above the limit of "
              + fraction * 100
              + " %; for example "
              + String.join("; ", found.values().stream().limit(3).map(BadImage::reason).toList())
              + ". A data check lists all of them; repair or remove them, or raise"
              + " data.bad_fraction",
          why);
    }
  }

  /** The number of distinct unreadable images. */
  public synchronized int count() {
    return found.size();
  }

  /** The unreadable images, sorted by index. */
  public synchronized List<BadImage> list() {
    return List.copyOf(found.values());
  }
}
