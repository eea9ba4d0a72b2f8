package dev.fovea.server.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;

/**
 * An open port. Clients that connect wait until a {@link HttpFrontEnd} takes it over, so that a
 * port that is in use is found before models are opened.
 */
public final class Port implements AutoCloseable {
  private static final int BACKLOG = 256;

  private final ServerSocketChannel channel;

  private Port(ServerSocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens a port.
   *
   * @param number 0 for one that is free
   * @throws IOException if that is not possible
   */
  public static Port open(String host, int number) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, number);
    if (address.isUnresolved()) {
      throw new UnknownHostException("the host " + host + " is unknown");
    }
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      return new Port(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether only programs of this machine reach a host. */
  public static boolean isLocal(String host) {
    return Guard.isLoopback(host);
  }

  /** The number, the chosen one if any was good. */
  int number() {
    return channel.socket().getLocalPort();
  }

  ServerSocketChannel channel() {
    return channel;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
