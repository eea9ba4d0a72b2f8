package dev.fovea.bench.load;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A connection to a server on this machine, kept open between requests (HTTP/1.1). One thread at a
 * time.
 */
public final class Connection implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int ANSWER_MILLIS = 60_000;
  private static final int LONGEST_LINE = 16_384;

  private final Socket socket;
  private final InputStream in;
  private final long opened;
  private final byte[] buffer = new byte[65_536];
  private int from;
  private int to;
  private boolean answering;

  /** Opens a connection to a port of the loopback address. */
  public Connection(int port) throws IOException {
    this.opened = System.nanoTime();
    this.socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(ANSWER_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      this.in = socket.getInputStream();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** When it was opened, by {@link System#nanoTime}. */
  long opened() {
    return opened;
  }

  /** Whether a part of the answer to the last request has arrived. */
  boolean answering() {
    return answering;
  }

  /** Sends a request and waits for its answer. */
  public Answer ask(byte[] request) throws IOException {
    answering = false;
    socket.getOutputStream().write(request);
    String line = line();
    if (!line.startsWith("HTTP/1.1 ") || line.length() < 12) {
      throw new ProtocolException("not an answer of HTTP/1.1: '" + line + "'");
    }
    int status = Integer.parseInt(line.substring(9, 12));
    boolean closes = false;
    boolean retryAfter = false;
    boolean chunked = false;
    int length = -1;
    int head = -1;
    for (line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        throw new ProtocolException("not a header: '" + line + "'");
      }
      String value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = Integer.parseInt(value);
        case "transfer-encoding" -> chunked = value.equalsIgnoreCase("chunked");
        case "connection" -> closes = value.equalsIgnoreCase("close");
        case "retry-after" -> retryAfter = true;
        case "inference-header-content-length" -> head = Integer.parseInt(value);
        default -> {}
      }
    }
    return new Answer(status, closes, retryAfter, head, chunked ? chunks() : bytes(length));
  }

  private byte[] bytes(int length) throws IOException {
    if (length < 0) {
      throw new ProtocolException("an answer without a length");
    }
    byte[] all = new byte[length];
    for (int done = 0; done < length; ) {
      if (from == to) {
        fill();
      }
      int part = Math.min(length - done, to - from);
      System.arraycopy(buffer, from, all, done, part);
      from += part;
      done += part;
    }
    return all;
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
      all.write(bytes(size));
      line();
    }
    line();
    return all.toByteArray();
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (from == to) {
        fill();
      }
      int start = from;
      while (from < to && buffer[from] != '\n') {
        from++;
      }
      line.append(new String(buffer, start, from - start, StandardCharsets.ISO_8859_1));
      if (from < to) {
        from++;
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
            ? line.substring(0, end - 1)
            : line.toString();
      }
      if (line.length() > LONGEST_LINE) {
        throw new ProtocolException("a line of more than " + LONGEST_LINE + " characters");
      }
    }
  }

  private void fill() throws IOException {
    int read = in.read(buffer, 0, buffer.length);
    if (read < 0) {
      throw new EOFException("the server closed the connection");
    }
    answering = true;
    from = 0;
    to = read;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // A connection that cannot be closed is closed.
    }
  }
}
