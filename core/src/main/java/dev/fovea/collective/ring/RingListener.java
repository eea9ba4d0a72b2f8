package dev.fovea.collective.ring;

import dev.fovea.collective.CollectiveException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;

/**
 * A port that is taken before the ring is joined and kept until it is up, so that the address can
 * be told to the other ranks without somebody else getting it meanwhile.
 *
 * <p>Listens at one address only. {@link Ring#join} takes it over and closes it; whoever does not
 * get as far closes it.
 */
public final class RingListener implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final ServerSocketChannel channel;
  private final RingAddress address;

  private RingListener(ServerSocketChannel channel, RingAddress address) {
    this.channel = channel;
    this.address = address;
  }

  /**
   * Takes a port at one address of this machine.
   *
   * @param where a name or address of this machine; port 0 takes any that is free
   * @throws CollectiveException if the address is not this machine's, stands for all its
   *     interfaces, or the port is taken
   */
  public static RingListener open(RingAddress where) {
    try {
      InetSocketAddress socket = where.resolve().get(0);
      InetAddress address = socket.getAddress();
      if (address.isAnyLocalAddress()) {
        throw new CollectiveException(
            "a rank was to listen at "
                + where
                + ", which means every network of this machine; expected the address of the one"
                + " that connects the ranks");
      }
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(socket, BACKLOG);
        channel.configureBlocking(false);
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        String host = where.port() == 0 ? address.getHostAddress() : where.host();
        return new RingListener(channel, new RingAddress(host, port));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CollectiveException(
          "cannot listen at "
              + where
              + " ("
              + e.getMessage()
              + "); expected an address of this machine and a port that no other process has:"
              + " another rank or an earlier run may still hold it",
          e);
    }
  }

  /** Where other ranks reach this one, with the port that was taken. */
  public RingAddress address() {
    return address;
  }

  /** Whether only processes of this machine can connect. */
  boolean isLoopback() {
    return channel.socket().getInetAddress().isLoopbackAddress();
  }

  ServerSocketChannel channel() {
    return channel;
  }

  /** Gives the port up; idempotent. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CollectiveException(
          "the port of " + address + " cannot be given up: " + e.getMessage(), e);
    }
  }
}
