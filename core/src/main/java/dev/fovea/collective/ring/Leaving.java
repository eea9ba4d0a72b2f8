package dev.fovea.collective.ring;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The end of one connection: the last frame is written, then what the neighbour still sends is read
 * and dropped until it ends, too. A socket that is closed with bytes unread, or that gets bytes
 * after it was closed, makes TCP take back what the neighbour has not been given yet.
 *
 * <p>A neighbour that has read the last frame is silent from then on, and one that has not gives
 * signs of life. So silence for longer than these are apart is an end as well.
 */
final class Leaving {
  private final @Nullable Link link;
  private final long grace;
  private long heardAt;
  private boolean sent;
  private boolean ended;
  private boolean over;

  /**
   * Begins to leave.
   *
   * @param grace the milliseconds of silence that are an end
   */
  Leaving(@Nullable Link link, @Nullable RingFailure failure, long grace, long now) {
    this.link = link;
    this.grace = grace;
    this.heardAt = now;
    if (link == null) {
      over = true;
    } else if (failure == null) {
      link.out().sendFarewell();
    } else {
      link.out().sendLast(failure);
    }
  }

  /** Goes as far as possible; returns whether there is nothing more to wait for. */
  boolean step(long now) {
    if (link != null && !over) {
      try {
        if (!sent) {
          sent = link.out().finish();
        }
        long dropped = link.in().drain();
        if (dropped > 0) {
          heardAt = now;
        }
        ended = dropped < 0;
        over = sent && ended || now - heardAt >= grace;
      } catch (IOException e) {
        // The neighbour is gone; there is nobody to tell.
        over = true;
      }
    }
    return over;
  }

  void await() {
    if (link != null) {
      link.await(!over && !ended);
    }
  }
}
