package dev.fovea.collective.ring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
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
  /** How long it waits at most while somebody may connect. */
  static final long MEETING_INTERVAL = 50;

  private final Identity self;
  private final RingDeadlines deadlines;
  private final Orders orders;
  private final Selector selector;
  private final Neighbours neighbours;
  private final LivedTime time;
  private final SignsOfLife signs;
  private final Watch watch;
  private @Nullable Exchange active;
  private long operation = -1;
  private boolean paused;

  RingLoop(
      Identity self,
      RingDeadlines deadlines,
      Orders orders,
      Selector selector,
      Rendezvous rendezvous,
      LivedTime time) {
    this.self = self;
    this.deadlines = deadlines;
    this.orders = orders;
    this.selector = selector;
    this.neighbours = new Neighbours(self, selector, rendezvous);
    this.time = time;
    this.signs = new SignsOfLife(self.rank(), self.size(), deadlines.intervalMillis());
    this.watch = new Watch(self, deadlines, signs);
  }

  @Override
  public void run() {
    RingFailure failure = null;
    Throwable cause = null;
    try {
      serve();
    } catch (RingFault e) {
      failure = found(e.failure());
    } catch (IOException | RuntimeException | Error e) {
      failure = found(new RingFault(self.rank(), "cannot go on: " + e).failure());
      cause = e;
    }
    orders.end(failure, cause);
    try {
      new Departure(deadlines, neighbours, selector, time).leave(failure);
    } catch (IOException e) {
      // The failure, if there is one, is told on this rank; no other can be told any more.
      return;
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
      find(now);
      boolean moved = hear(neighbours.next(), now);
      moved |= move();
      moved |= hear(neighbours.previous(), now);
      finish();
      signAndWatch(now);
      if (!moved) {
        rest();
      }
    }
  }

  private void rest() throws IOException {
    Link next = neighbours.next();
    if (next != null) {
      next.await(!next.hasLeft());
    }
    Link previous = neighbours.previous();
    if (previous != null) {
      previous.await(!previous.hasLeft() && !paused);
    }
    long most = deadlines.intervalMillis();
    if (!neighbours.areFound()) {
      most = Math.min(most, MEETING_INTERVAL);
    }
    if (takesSign(previous)) {
      most = Math.min(most, signs.due() - time.millis());
    }
    selector.select(Math.max(1, most));
    selector.selectedKeys().clear();
  }

  private void begin(long now) throws RingFault {
    if (active == null) {
      active = orders.next();
      if (active != null) {
        operation++;
        watch.begin(operation, now);
        requireStaying(neighbours.next());
        requireStaying(neighbours.previous());
      }
    }
  }

  private void requireStaying(@Nullable Link link) throws RingFault {
    if (link != null && link.hasLeft()) {
      throw gone(link);
    }
  }

  private void finish() {
    Exchange current = active;
    if (current != null && neighbours.areFound() && current.allSent() && current.allReceived()) {
      active = null;
      orders.complete(neighbours.bytesSent(), neighbours.bytesReceived());
    }
  }

  /** Looks for the neighbours until both are found, which is the first that is heard of them. */
  private void find(long now) throws IOException, RingFault {
    boolean hadNext = neighbours.next() != null;
    boolean hadPrevious = neighbours.previous() != null;
    neighbours.find(now);
    if (!hadNext && neighbours.next() != null) {
      signs.heard(self.next(), now);
    }
    if (!hadPrevious && neighbours.previous() != null) {
      signs.heard(self.previous(), now);
    }
  }

  /** Sends what the operation allows; returns whether bytes went out. */
  private boolean move() throws RingFault {
    boolean moved = false;
    Link next = neighbours.next();
    if (next != null) {
      Exchange current = active;
      if (current != null
          && neighbours.areFound()
          && next.out().takesData()
          && current.readyToSend()) {
        int length = current.fill(next.out().dataPayload());
        next.out().sendData(length, operation, current.shape());
      }
      moved = flush(next);
    }
    Link previous = neighbours.previous();
    if (previous != null) {
      moved |= flush(previous);
    }
    return moved;
  }

  private boolean flush(Link link) throws RingFault {
    if (link.hasLeft()) {
      return false;
    }
    try {
      return link.out().flush();
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
    if (link == null || link.hasLeft()) {
      return false;
    }
    FrameReader in = link.in();
    long before = in.bytes();
    try {
      while (in.readHeader()) {
        if (in.type() == Frame.Type.DATA) {
          paused = !takes(link);
          if (paused || !in.readPayload()) {
            break;
          }
          takeIn(link, now);
          break;
        }
        if (!in.readPayload()) {
          break;
        }
        control(link, now);
        in.done();
        if (link.hasLeft()) {
          break;
        }
      }
    } catch (IOException e) {
      throw lost(link, e);
    }
    return in.bytes() > before;
  }

  /** Whether data can be taken now; data of an operation to come waits. */
  private boolean takes(Link link) throws RingFault {
    Exchange current = active;
    FrameReader frame = link.in();
    if (link != neighbours.previous()
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

  private void takeIn(Link link, long now) throws RingFault {
    Exchange current = active;
    if (current != null) {
      current.take(link.in().payload());
      orders.data();
    }
    signs.heard(link.peer(), now);
    link.in().done();
  }

  private void control(Link link, long now) throws RingFault {
    FrameReader frame = link.in();
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
    link.noteFarewell();
    Exchange current = active;
    if (current != null
        && (link == neighbours.next() ? !current.allSent() : !current.allReceived())) {
      throw gone(link);
    }
  }

  private RingFault gone(Link link) {
    return new RingFault(
        link.peer(),
        "left the ring before operation "
            + operation
            + ": it made fewer steps than rank "
            + self.rank()
            + "; start all with the same settings and data");
  }

  /** Gives signs of life, and ends what takes too long. */
  private void signAndWatch(long now) throws RingFault {
    Link previous = neighbours.previous();
    if (previous != null && takesSign(previous) && now >= signs.due()) {
      FrameWriter out = previous.out();
      out.sendSignOfLife(signs.write(out.signOfLifePayload(), now));
      flush(previous);
    }
    Link next = neighbours.next();
    if (next != null && !next.hasLeft()) {
      watch.checkNext(operation, now);
    }
    Exchange current = active;
    if (current != null) {
      watch.checkOperation(operation, current, neighbours, now);
    }
  }

  private static boolean takesSign(@Nullable Link previous) {
    return previous != null && !previous.hasLeft() && previous.out().takesSignOfLife();
  }

  private void closeAll() {
    orders.account(neighbours.bytesSent(), neighbours.bytesReceived());
    try (selector;
        neighbours) {
      // Each is closed, whatever becomes of the other.
    } catch (IOException e) {
      throw new UncheckedIOException("a socket of the ring cannot be closed", e);
    }
  }
}
