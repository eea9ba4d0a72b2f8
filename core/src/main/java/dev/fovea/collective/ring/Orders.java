package dev.fovea.collective.ring;

import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/**
 * What passes between the caller of a ring and the ring's thread: one operation at a time, the wish
 * to fail or to close, the first failure, and what was counted.
 *
 * <p>When {@link #perform} returns or throws, the thread of the ring no longer touches the memory
 * of the operation.
 */
final class Orders {
  private final Object lock = new Object();
  private final Selector selector;
  private @Nullable Exchange ordered;
  private boolean taken;
  private @Nullable String failing;
  private boolean closing;
  private boolean ended;
  private @Nullable RingFailure failure;
  private @Nullable Throwable cause;
  private RingTraffic traffic = new RingTraffic(0, 0, 0, 0, 0);
  private long orderedAt;
  private long dataAt;

  Orders(Selector selector) {
    this.selector = selector;
  }

  /**
   * Has an operation done.
   *
   * @return whether it was completed
   * @throws IllegalStateException if another thread has one done
   */
  boolean perform(Exchange exchange) {
    boolean interrupted = false;
    boolean done;
    synchronized (lock) {
      if (ended || closing) {
        return false;
      }
      if (ordered != null) {
        throw new IllegalStateException(
            "two threads use one ring at a time; expected one after the other");
      }
      ordered = exchange;
      taken = false;
      dataAt = 0;
      orderedAt = System.nanoTime();
      selector.wakeup();
      while (ordered != null && !ended) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          interrupted = true;
          fail("its thread was interrupted");
        }
      }
      done = ordered == null;
      ordered = null;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return done;
  }

  void fail(String reason) {
    synchronized (lock) {
      if (failing == null) {
        failing = RingFailure.oneLine(reason);
      }
      wake();
    }
  }

  void close() {
    synchronized (lock) {
      closing = true;
      wake();
    }
  }

  private void wake() {
    if (!ended) {
      selector.wakeup();
    }
  }

  @Nullable RingFailure failure() {
    synchronized (lock) {
      return failure;
    }
  }

  /** What was thrown on the thread of the ring and became the failure; null for other failures. */
  @Nullable Throwable cause() {
    synchronized (lock) {
      return cause;
    }
  }

  RingTraffic traffic() {
    synchronized (lock) {
      return traffic;
    }
  }

  // What follows is called by the ring's thread.

  @Nullable String failing() {
    synchronized (lock) {
      return failing;
    }
  }

  boolean closing() {
    synchronized (lock) {
      return closing;
    }
  }

  /** The operation that waits to be begun; null if there is none. */
  @Nullable Exchange next() {
    synchronized (lock) {
      if (taken) {
        return null;
      }
      taken = ordered != null;
      return ordered;
    }
  }

  /** Data of the operation has come from the rank before. */
  void data() {
    if (dataAt == 0) {
      dataAt = System.nanoTime();
    }
  }

  void complete(long bytesSent, long bytesReceived) {
    synchronized (lock) {
      long now = System.nanoTime();
      traffic =
          new RingTraffic(
              traffic.operations() + 1,
              traffic.seconds() + (now - orderedAt) / 1e9,
              traffic.secondsWaiting() + (dataAt == 0 ? 0 : dataAt - orderedAt) / 1e9,
              bytesSent,
              bytesReceived);
      ordered = null;
      lock.notifyAll();
    }
  }

  /** The ring has ended; a failure is told to whoever waits, and to all operations to come. */
  void end(@Nullable RingFailure reason, @Nullable Throwable thrown) {
    synchronized (lock) {
      ended = true;
      failure = reason;
      cause = thrown;
      lock.notifyAll();
    }
  }

  void account(long bytesSent, long bytesReceived) {
    synchronized (lock) {
      traffic =
          new RingTraffic(
              traffic.operations(),
              traffic.seconds(),
              traffic.secondsWaiting(),
              bytesSent,
              bytesReceived);
    }
  }
}
