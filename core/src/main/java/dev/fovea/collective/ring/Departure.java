package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/**
 * The end of a ring on this rank: tells both neighbours why, or that it is done, and waits until
 * they know. A previous rank that has not come yet is waited for, too, if the ring has failed: it
 * may just be starting, and would knock until its deadline.
 */
final class Departure {
  private final RingDeadlines deadlines;
  private final Neighbours neighbours;
  private final Selector selector;
  private final LivedTime time;

  Departure(RingDeadlines deadlines, Neighbours neighbours, Selector selector, LivedTime time) {
    this.deadlines = deadlines;
    this.neighbours = neighbours;
    this.selector = selector;
    this.time = time;
  }

  /**
   * Leaves; ends within the deadline of an operation, what was sent last being part of one, or that
   * of silence after a failure.
   *
   * @param failure null if this rank is done
   */
  void leave(@Nullable RingFailure failure) throws IOException {
    long grace = deadlines.graceMillis();
    long now = time.tick();
    long latest = now + (failure == null ? deadlines.operation() : deadlines.silence()).toMillis();
    long latecomer = failure == null ? now : now + deadlines.latecomer().toMillis();
    Leaving next = new Leaving(neighbours.next(), failure, grace, now);
    Leaving previous = new Leaving(neighbours.previous(), failure, grace, now);
    while (true) {
      boolean expects = neighbours.previous() == null && now < latecomer;
      if (expects) {
        neighbours.letPreviousIn(now);
        if (neighbours.previous() != null) {
          previous = new Leaving(neighbours.previous(), failure, grace, now);
          expects = false;
        }
      }
      boolean over = next.step(now);
      over &= previous.step(now);
      if (!expects && (over || now >= latest)) {
        return;
      }
      next.await();
      previous.await();
      selector.select(Math.max(1, Math.min(RingLoop.MEETING_INTERVAL, grace)));
      selector.selectedKeys().clear();
      now = time.tick();
    }
  }
}
