package dev.fovea.onednn.binding;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The owner of a group of native objects: {@link #close} frees them all, in reverse order of
 * creation.
 *
 * <p>An owner that becomes unreachable without being closed is a leak, which is logged and counted;
 * its memory is not reclaimed. Not safe for use by several threads.
 */
public final class Owner implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final AtomicInteger OPEN = new AtomicInteger();
  private static final AtomicInteger LEAKED = new AtomicInteger();

  private final State state;
  private final Cleaner.Cleanable cleanable;

  private static final class State implements Runnable {
    private final String purpose;
    private final List<Runnable> releases = new ArrayList<>();
    private boolean closed;

    State(String purpose) {
      this.purpose = purpose;
    }

    @Override
    public void run() {
      if (!closed) {
        LEAKED.incrementAndGet();
        System.getLogger(Owner.class.getName())
            .log(
                System.Logger.Level.ERROR,
                () -> "native memory of '" + purpose + "' was never closed");
      }
    }
  }

  /** Creates an empty owner; leak reports name {@code purpose}. */
  public Owner(String purpose) {
    this.state = new State(purpose);
    this.cleanable = CLEANER.register(this, state);
    OPEN.incrementAndGet();
  }

  /** The number of open owners in this process. */
  public static int open() {
    return OPEN.get();
  }

  /** The number of owners that became unreachable without being closed. */
  public static int leaked() {
    return LEAKED.get();
  }

  /** Whether {@link #close} has run. */
  public boolean closed() {
    return state.closed;
  }

  /** Makes this owner run {@code release} once, when it is closed. */
  void own(Runnable release) {
    if (state.closed) {
      release.run();
      throw new IllegalStateException(
          "'" + state.purpose + "' is closed; nothing can be added to it");
    }
    state.releases.add(release);
  }

  @Override
  public void close() {
    if (state.closed) {
      return;
    }
    state.closed = true;
    for (int i = state.releases.size() - 1; i >= 0; i--) {
      state.releases.get(i).run();
    }
    state.releases.clear();
    OPEN.decrementAndGet();
    cleanable.clean();
  }
}
