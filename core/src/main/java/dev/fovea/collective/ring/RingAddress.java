package dev.fovea.collective.ring;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a rank listens: a name or an IP address, and a port.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets
 * @param port 0 to 65535; 0 only where a listener is opened, for a port that is free
 */
public record RingAddress(String host, int port) {

  /** Checks host and port. */
  public RingAddress {
    if (host.isBlank() || !host.equals(host.strip())) {
      throw new IllegalArgumentException(
          "the host of a rank is empty or has spaces around it; expected a name or an IP address");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException(
          "port " + port + " of host " + host + " does not exist; expected 1 to 65535");
    }
  }

  /**
   * Reads {@code host:port} or {@code [address]:port}; an IPv6 address needs the brackets.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static RingAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (host.isEmpty() || !bracketed && host.contains(":")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a host with a port; expected 'name:port' or '[IPv6]:port'");
    }
    int port;
    try {
      port = Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' has no number after the colon; expected 'name:port' or '[IPv6]:port'", e);
    }
    return new RingAddress(bracketed ? host.substring(1, host.length() - 1) : host, port);
  }

  /**
   * Reads addresses with commas between them, at least two and no two alike: the ranks of a run, in
   * their order.
   *
   * @throws IllegalArgumentException if one cannot be read or occurs twice
   */
  public static List<RingAddress> parseAll(String text) {
    List<RingAddress> all = new ArrayList<>();
    Set<RingAddress> seen = new HashSet<>();
    for (String part : text.split(",", -1)) {
      RingAddress address = parse(part.strip());
      if (address.port == 0) {
        throw new IllegalArgumentException(
            "'" + part.strip() + "' has port 0; the other ranks must know the port");
      }
      if (!seen.add(address)) {
        throw new IllegalArgumentException(
            address + " occurs twice among the ranks; each needs an address of its own");
      }
      all.add(address);
    }
    if (all.size() < 2) {
      throw new IllegalArgumentException(
          "'" + text + "' names one rank; expected at least two addresses with commas between");
    }
    return List.copyOf(all);
  }

  /** Every address that the name stands for now, looked up anew each time. */
  List<InetSocketAddress> resolve() throws UnknownHostException {
    List<InetSocketAddress> found = new ArrayList<>();
    for (InetAddress address : InetAddress.getAllByName(host)) {
      found.add(new InetSocketAddress(address, port));
    }
    return found;
  }

  @Override
  public String toString() {
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
