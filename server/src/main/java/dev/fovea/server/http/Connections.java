package dev.fovea.server.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/**
 * The open connections, and since when each of them has been without a request.
 *
 * <p>An idle timeout alone lets a client hold a connection with a byte now and then; here the whole
 * header must arrive in time, and so must the handshake of TLS. Safe for any thread.
 */
final class Connections implements Connection.Listener {
  private final Map<EndPoint, Entry> open = new ConcurrentHashMap<>();
  private final Duration headerTime;
  private final int limit;

  private static final class Entry {
    private final EndPoint endPoint;
    private volatile long since = System.nanoTime();
    private volatile boolean busy;

    Entry(EndPoint endPoint) {
      this.endPoint = endPoint;
    }
  }

  Connections(Duration headerTime, int limit) {
    this.headerTime = headerTime;
    this.limit = limit;
  }

  // Under TLS a connection is opened twice, inside and outside, over one socket.
  @Override
  public void onOpened(Connection connection) {
    EndPoint socket = socket(connection);
    open.putIfAbsent(socket, new Entry(socket));
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove(socket(connection));
  }

  private static EndPoint socket(Connection connection) {
    EndPoint endPoint = connection.getEndPoint();
    while (endPoint instanceof EndPoint.Wrapper wrapper) {
      endPoint = wrapper.unwrap();
    }
    return endPoint;
  }

  /** A request has begun. */
  void busy(Connection connection) {
    Entry entry = open.get(socket(connection));
    if (entry != null) {
      entry.busy = true;
    }
  }

  /** It has been answered. */
  void idle(Connection connection) {
    Entry entry = open.get(socket(connection));
    if (entry != null) {
      entry.since = System.nanoTime();
      entry.busy = false;
    }
  }

  /** Closes those that have been without a request for too long, sooner if there are many. */
  void sweep() {
    long patience = headerTime.toNanos() / (open.size() >= limit ? 10 : 1);
    long now = System.nanoTime();
    for (Entry entry : open.values()) {
      if (!entry.busy && now - entry.since > patience) {
        entry.endPoint.close();
      }
    }
  }

  int count() {
    return open.size();
  }
}
