package dev.fovea.app;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for processes that are told them on their command lines, before any of them listens.
 *
 * <p>They lie below those that Linux gives to sockets that ask for any (32768 and above), so that
 * no other socket gets one by chance until it is listened at, and no two are the same in one run of
 * the tests, nor, but for a rare chance, in two at the same time.
 */
public final class FreePorts {
  private static final int FIRST = 15_000;
  private static final int COUNT = 15_000;
  // A prime, so that processes with neighboring numbers begin far from each other.
  private static final long STRIDE = 101;
  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * STRIDE % COUNT));

  private FreePorts() {}

  /** A port of this machine at which nobody listens. */
  public static int take() throws IOException {
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + NEXT.getAndIncrement() % COUNT;
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (BindException e) {
        // Somebody else's: the next one.
      }
    }
    throw new IOException(
        "none of the ports "
            + FIRST
            + " to "
            + (FIRST + COUNT - 1)
            + " is free; end what has them");
  }
}
