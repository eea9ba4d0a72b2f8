package dev.fovea.collective.ring;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The end of one connection: the last frame is written, then what the neighbour still sends is read
 * and dropped until it ends, too. A socket that is closed with bytes unread would take back what it
 * has sent.
 */
final class Leaving {
  private final @Nullable Link link;
  private boolean sent;
  private boolean over;

  Leaving(@Nullable Link link, @Nullable RingFailure failure) {
    this.link = link;
    if (link == null) {
      sent = true;
      over = true;
    } else if (failure == null) {
      link.sendFarewell();
    } else {
      link.sendLast(failure);
    }
  }

  /** Goes as far as possible; returns whether both sides have ended, or the connection broke. */
  boolean step() {
    if (link != null && !(sent && over)) {
      try {
        if (!sent) {
          sent = link.finishSending();
        }
        over = over || link.drain();
      } catch (IOException e) {
        // The neighbour is gone; there is nobody to tell.
        sent = true;
        over = true;
      }
    }
    return sent && over;
  }

  void await() {
    if (link != null) {
      link.await(!over);
    }
  }
}
