package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The training batches of an epoch, of which each rank has its part: all ranks get the next one, or
 * none does. Used by the training thread.
 */
final class SharedBatches implements AutoCloseable {
  private final Loader.Batches own;
  private final SharedBadImages bad;

  /** As {@link Loader#epoch(int, int)}. */
  SharedBatches(Loader loader, int epoch, int firstBatch, Ranks ranks) {
    this.own = loader.epoch(epoch, firstBatch);
    this.bad = new SharedBadImages(loader, ranks);
  }

  boolean hasNext() {
    return own.hasNext();
  }

  /**
   * Returns this rank's part of the next batch; the caller closes it.
   *
   * @throws dev.fovea.data.image.DataException if this rank cannot load it, or all together found
   *     too many unreadable images
   * @throws dev.fovea.collective.CollectiveException if another rank cannot load its part
   */
  Batch next() {
    @Nullable Batch[] part = new Batch[1];
    try {
      bad.gather(
          () -> {
            part[0] = own.next();
            return new byte[0];
          });
      return Objects.requireNonNull(part[0]);
    } catch (RuntimeException e) {
      if (part[0] != null) {
        part[0].close();
      }
      throw e;
    }
  }

  @Override
  public void close() {
    own.close();
  }
}
