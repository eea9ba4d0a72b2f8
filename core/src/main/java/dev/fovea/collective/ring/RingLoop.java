package dev.fovea.collective.ring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a ring, which alone touches its sockets: it finds the neighbours, moves the data of
 * one operation at a time, gives and watches for signs of life while the caller computes, and
 * spreads the first error.
 *
 * <p>Operations are handed over in {@link Orders}. All waiting is in one selector; everything else
 * is done by asking each socket what it has.
 */
final class RingLoop implements Runnable {
  /** How long an end may take: to write why, and to see the neighbours end. */
  static final long GRACE_MILLIS = 2000;

  /** How long a rank that has failed waits for the one before it, which may just be starting. */
  static final long LATECOMER_MILLIS = 5000;

  private static final long LONGEST_INTERVAL = 1000;
  private static final long MEETING_INTERVAL = 50;
  private static final long NEWS_INTERVAL = 20;
  private static final int SIGNS_PER_SILENCE = 8;
  private static final int SILENCE_BEFORE_COMPLETE = 4;

  private final Identity self;
  private final RingDeadlines deadlines;
  private final Orders orders;
  private final Selector selector;
  private final Rendezvous rendezvous;
  private final SignsOfLife signs;
  private final long interval;
  private final LivedTime time;
  private @Nullable Link next;
  private @Nullable Link previous;
  private boolean nextLeft;
  private boolean previousLeft;
  private @Nullable Exchange active;
  private long operation = -1;
  private long begunAt;
  private long signedAt;
  private boolean paused;

  RingLoop(
      Identity self,
      RingDeadlines deadlines,
      Orders orders,
      Selector selector,
      Rendezvous rendezvous) {
    this.self = self;
    this.deadlines = deadlines;
    this.orders = orders;
    this.selector = selector;
    this.rendezvous = rendezvous;
    this.signs = new SignsOfLife(self.rank(), self.size());
    this.interval = Math.min(LONGEST_INTERVAL, deadlines.silence().toMillis() / SIGNS_PER_SILENCE);
    this.time = new LivedTime(2 * interval);
  }

  @Override
  public void run() {
    RingFailure failure = null;
    try {
      serve();
    } catch (RingFault e) {
      failure = found(e.failure());
    } catch (IOException | RuntimeException | Error e) {
      failure = found(new RingFault(self.rank(), "cannot go on: " + e).failure());
    }
    try {
      orders.end(failure);
      leave(failure);
    } catch (IOException e) {
      // The failure, if there is one, is told already; nothing can be sent any more.
      orders.end(failure);
    } finally {
      closeAll();
    }
  }

  private RingFailure found(RingFailure failure) {
    return failure.foundBy() != RingFailure.UNKNOWN
        ? failure
        : failure.foundBy(self.rank(), signs.silence(failure.rank(), time.millis()));
  }

  private void serve() throws IOException, RingFault {
    while (true) {
      long now = time.tick();
      String reason = orders.failing();
      if (reason != null) {
        throw new RingFault(self.rank(), "failed: " + reason);
      }
      if (orders.closing()) {
        return;
      }
      begin(now);
      meet(now);
      boolean moved = hear(next, now);
      moved |= move();
      moved |= hear(previous, now);
      finish();
      watch(now);
      if (!moved) {
        rest();
      }
    }
  }

  private void rest() throws IOException {
    if (next != null) {
      next.await(!nextLeft);
    }
    if (previous != null) {
      previous.await(!previousLeft && !paused);
    }
    long most = met() ? interval : Math.min(interval, MEETING_INTERVAL);
    selector.select(Math.max(1, Math.min(most, signDue() - time.millis())));
    selector.selectedKeys().clear();
  }

  private void begin(long now) throws RingFault {
    if (active == null) {
      active = orders.next();
      if (active != null) {
        operation++;
        begunAt = now;
        signs.begin(operation);
        if (nextLeft || previousLeft) {
          throw gone(nextLeft ? next : previous);
        }
      }
    }
  }

  private void finish() {
    Exchange current = active;
    if (current != null && met() && current.allSent() && current.allReceived()) {
      active = null;
      orders.complete(bytesSent(), bytesReceived());
    }
  }

  private boolean met() {
    return next != null && previous != null;
  }

  /** Looks for the neighbours until both are found. */
  private void meet(long now) throws IOException, RingFault {
    if (met()) {
      return;
    }
    rendezvous.step(now);
    SocketChannel toNext = rendezvous.next();
    if (next == null && toNext != null) {
      int peer = (self.rank() + 1) % self.size();
      next = new Link(toNext, selector, peer, self.size(), true);
      signs.heard(peer, now);
    }
    SocketChannel fromPrevious = rendezvous.previous();
    if (previous == null && fromPrevious != null) {
      int peer = Math.floorMod(self.rank() - 1, self.size());
      previous = new Link(fromPrevious, selector, peer, self.size(), false);
      signs.heard(peer, now);
    }
    if (met()) {
      rendezvous.close();
    }
  }

  /** Sends what the operation allows; returns whether bytes went out. */
  private boolean move() throws RingFault {
    boolean moved = false;
    if (next != null) {
      Exchange current = active;
      if (current != null && met() && next.takesData() && current.readyToSend()) {
        int length = current.fill(next.dataPayload());
        next.sendData(length, operation, current.shape());
      }
      moved = flush(next);
    }
    if (previous != null) {
      moved |= flush(previous);
    }
    return moved;
  }

  private boolean flush(Link link) throws RingFault {
    try {
      return link.flush();
    } catch (IOException e) {
      // A rank that gives up says why before it closes.
      hear(link, time.millis());
      throw lost(link, e);
    }
  }

  private static RingFault lost(Link link, IOException e) {
    return new RingFault(
        link.peer(),
        "closed the connection ("
            + RingFailure.oneLine(String.valueOf(e.getMessage()))
            + "): its process ended or was killed, or its machine went down");
  }

  /** Reads what a neighbour has sent, at most one piece of data; returns whether bytes came. */
  private boolean hear(@Nullable Link link, long now) throws RingFault {
    if (link == null || (link == next ? nextLeft : previousLeft)) {
      return false;
    }
    long before = link.bytesReceived();
    try {
      while (link.readHeader()) {
        Link.Incoming frame = link.incoming();
        if (frame.type() == Link.Type.DATA) {
          paused = !takes(link, frame);
          if (paused || !link.readPayload()) {
            break;
          }
          takeIn(link, frame, now);
          break;
        }
        if (!link.readPayload()) {
          break;
        }
        control(link, frame, now);
        frame.done();
        if (frame.type() == Link.Type.FAREWELL) {
          break;
        }
      }
    } catch (IOException e) {
      throw lost(link, e);
    }
    return link.bytesReceived() > before;
  }

  /** Whether data can be taken now; data of an operation to come waits. */
  private boolean takes(Link link, Link.Incoming frame) throws RingFault {
    Exchange current = active;
    if (link != previous
        || frame.operation() < operation
        || frame.operation() == operation && (current == null || current.allReceived())) {
      throw new RingFault(
          link.peer(),
          "sent data of operation "
              + frame.operation()
              + " that nobody expects: its program is"
              + " another, or has an error");
    }
    if (current == null || frame.operation() > operation) {
      return false;
    }
    if (frame.shape() != current.shape() || frame.length() != current.expected()) {
      throw new RingFault(
          link.peer(),
          "makes "
              + Exchange.Kind.describe(frame.shape())
              + " of operation "
              + operation
              + ", rank "
              + self.rank()
              + " "
              + Exchange.Kind.describe(current.shape())
              + ": the ranks do not make the same steps; start all with the same settings and"
              + " data");
    }
    return true;
  }

  private void takeIn(Link link, Link.Incoming frame, long now) throws RingFault {
    Exchange current = active;
    if (current != null) {
      current.take(frame.payload());
      orders.data();
    }
    signs.heard(link.peer(), now);
    frame.done();
  }

  private void control(Link link, Link.Incoming frame, long now) throws RingFault {
    switch (frame.type()) {
      case ALIVE -> {
        if (frame.length() != SignsOfLife.bytes(self.size())) {
          throw new RingFault(
              link.peer(),
              "sent a sign of life of "
                  + frame.length()
                  + " bytes; expected "
                  + SignsOfLife.bytes(self.size()));
        }
        signs.read(frame.payload(), link.peer(), now);
      }
      case ABORT ->
          throw new RingFault(
              RingFailure.read(frame.payload(), frame.length(), self.size(), link.peer()));
      case FAREWELL -> farewell(link);
      case DATA -> throw new IllegalStateException("data is no control frame");
    }
  }

  /** A rank is done: right, if this one needs nothing more of it. */
  private void farewell(Link link) throws RingFault {
    Exchange current = active;
    if (link == next) {
      nextLeft = true;
    } else {
      previousLeft = true;
    }
    if (current != null && (link == next ? !current.allSent() : !current.allReceived())) {
      throw gone(link);
    }
  }

  private RingFault gone(@Nullable Link link) {
    return new RingFault(
        link == null ? self.rank() : link.peer(),
        "left the ring before operation "
            + operation
            + ": it made fewer steps than rank "
            + self.rank()
            + "; start all with the same settings and data");
  }

  /** Gives signs of life, and ends what takes too long. */
  private void watch(long now) throws RingFault {
    if (previous != null && now >= signDue() && previous.takesSignOfLife() && !previousLeft) {
      previous.sendSignOfLife(signs.write(previous.signOfLifePayload(), now));
      signedAt = now;
      flush(previous);
    }
    if (next != null && !nextLeft) {
      long silence = signs.silence(next.peer(), now);
      // Looking up the name of a rank that is not known yet may hold up signs of life.
      long most = deadlines.silence().toMillis() * (operation < 1 ? SILENCE_BEFORE_COMPLETE : 1);
      if (silence > most) {
        throw new RingFault(
            next.peer(),
            String.format(
                Locale.ROOT,
                "has not answered for %.1f s: its process is stopped, its machine hangs or the"
                    + " network is cut",
                silence / 1000.0));
      }
    }
    if (active != null) {
      long most = (operation == 0 ? deadlines.connect() : deadlines.operation()).toMillis();
      if (now - begunAt > most) {
        throw late(active, now - begunAt);
      }
    }
  }

  private long signDue() {
    return signedAt + (signs.news() ? Math.min(interval, NEWS_INTERVAL) : interval);
  }

  private RingFault late(Exchange current, long waited) {
    if (!met()) {
      return rendezvous.missing(waited);
    }
    String duration = String.format(Locale.ROOT, "%.1f s", waited / 1000.0);
    for (int rank = 0; rank < self.size(); rank++) {
      if (signs.begun(rank) < operation) {
        return new RingFault(
            rank,
            operation == 0
                ? "has not joined in " + duration
                : "is alive, but has not begun operation "
                    + operation
                    + ", "
                    + Exchange.Kind.describe(current.shape())
                    + ", in the "
                    + duration
                    + " that rank "
                    + self.rank()
                    + " waited: it computes for longer, or makes other steps; allow a longer"
                    + " deadline for operations if it is only slow");
      }
    }
    return new RingFault(
        Math.floorMod(self.rank() - 1, self.size()),
        "is alive, but has not sent all of operation "
            + operation
            + ", "
            + Exchange.Kind.describe(current.shape())
            + ", in "
            + duration
            + ": the network is too slow for so many values, or a rank behind it waits; allow a"
            + " longer deadline for operations, or send bfloat16");
  }

  /** Says why this rank ends, or that it is done, and waits a little for the neighbours to end. */
  private void leave(@Nullable RingFailure failure) throws IOException {
    if (failure != null) {
      waitForLatecomer();
    }
    Leaving toNext = new Leaving(next, failure);
    Leaving toPrevious = new Leaving(previous, failure);
    long until = System.nanoTime() + GRACE_MILLIS * 1_000_000;
    while (true) {
      boolean done = toNext.step();
      done &= toPrevious.step();
      long left = (until - System.nanoTime()) / 1_000_000;
      if (done || left <= 0) {
        return;
      }
      toNext.await();
      toPrevious.await();
      selector.select(left);
      selector.selectedKeys().clear();
    }
  }

  /**
   * Lets the rank before this one in, if it has not come yet, so that it hears why there will be no
   * ring instead of knocking until its deadline.
   */
  private void waitForLatecomer() throws IOException {
    long until = time.tick() + LATECOMER_MILLIS;
    for (long now = time.tick(); previous == null && now < until; now = time.tick()) {
      rendezvous.accept(now);
      SocketChannel fromPrevious = rendezvous.previous();
      if (fromPrevious != null) {
        int peer = Math.floorMod(self.rank() - 1, self.size());
        previous = new Link(fromPrevious, selector, peer, self.size(), false);
      } else {
        selector.select(MEETING_INTERVAL);
        selector.selectedKeys().clear();
      }
    }
  }

  private void closeAll() {
    orders.account(bytesSent(), bytesReceived());
    try (selector;
        rendezvous) {
      if (next != null) {
        next.close();
      }
      if (previous != null) {
        previous.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a socket of the ring cannot be closed", e);
    }
  }

  private long bytesSent() {
    return (next == null ? 0 : next.bytesSent()) + (previous == null ? 0 : previous.bytesSent());
  }

  private long bytesReceived() {
    return (next == null ? 0 : next.bytesReceived())
        + (previous == null ? 0 : previous.bytesReceived());
  }
}
