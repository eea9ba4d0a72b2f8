package dev.fovea.server.attack;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A connection on which anything may be sent. Whatever is awaited, is awaited ten seconds. */
final class Wire implements AutoCloseable {
  private static final int MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;

  /** An answer: its status, its headers as they came, and its body. */
  record Reply(int status, List<String> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    /** The value of a header, whatever its case. */
    Optional<String> header(String name) {
      String start = name.toLowerCase(Locale.ROOT) + ":";
      return headers.stream()
          .filter(h -> h.toLowerCase(Locale.ROOT).startsWith(start))
          .map(h -> h.substring(start.length()).strip())
          .findFirst();
    }
  }

  Wire(int port) throws IOException {
    this.socket = new Socket();
    socket.setSoTimeout(MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), MILLIS);
    this.in = socket.getInputStream();
  }

  /** Asks on a connection of its own. */
  static Reply ask(int port, String request) throws IOException {
    return ask(port, request.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Asks on a connection of its own. */
  static Reply ask(int port, byte[] request) throws IOException {
    try (Wire wire = new Wire(port)) {
      wire.send(request);
      return wire.reply();
    }
  }

  /** A request without a body; headers are lines, each with its end. */
  static String get(String target, String... headers) {
    return head("GET", target, headers) + "\r\n";
  }

  /** A request with a body; headers are lines without their ends. */
  static byte[] post(String target, byte[] body, String... headers) {
    byte[] head =
        (head("POST", target, headers) + "Content-Length: " + body.length + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head);
    all.writeBytes(body);
    return all.toByteArray();
  }

  static byte[] post(String target, String json) {
    return post(target, json.getBytes(StandardCharsets.UTF_8), "Content-Type: application/json");
  }

  /** The head of a request up to the empty line, which is not in it. */
  static String head(String method, String target, String... headers) {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    if (List.of(headers).stream().noneMatch(h -> h.startsWith("Host:"))) {
      head.append("Host: localhost\r\n");
    }
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head.toString();
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends until the server no longer takes it, or all is sent. */
  boolean sendsAll(byte[] bytes) {
    try {
      send(bytes);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends the sending side, as a client does that has said everything. */
  void sendsNoMore() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      // The server has ended the connection, and may have said why.
    }
  }

  /** Reads an answer. */
  Reply reply() throws IOException {
    String first = line();
    if (!first.matches("HTTP/1\\.1 \\d{3}( .*)?")) {
      throw new IOException("not a status line: '" + first + "'");
    }
    int status = Integer.parseInt(first.substring(9, 12));
    List<String> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      headers.add(line);
    }
    Reply head = new Reply(status, headers, new byte[0]);
    if (head.header("transfer-encoding").isPresent()) {
      return new Reply(status, headers, chunks());
    }
    Optional<String> length = head.header("content-length");
    if (length.isEmpty()) {
      return new Reply(status, headers, status == 204 || status == 304 ? new byte[0] : rest());
    }
    return new Reply(status, headers, bytes(Integer.parseInt(length.get())));
  }

  /** Reads the first line of an answer. */
  String statusLine() throws IOException {
    return line();
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int n = Integer.parseInt(line(), 16); n > 0; n = Integer.parseInt(line(), 16)) {
      all.writeBytes(bytes(n));
      line();
    }
    line();
    return all.toByteArray();
  }

  private byte[] bytes(int count) throws IOException {
    byte[] all = in.readNBytes(count);
    if (all.length < count) {
      throw new EOFException("the answer was cut after " + all.length + " of " + count + " bytes");
    }
    return all;
  }

  private byte[] rest() throws IOException {
    return in.readAllBytes();
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the server closed the connection after '" + line + "'");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  /** Whether the server ends the connection in this time; what it says until then is dropped. */
  boolean endsWithin(Duration time) throws IOException {
    socket.setSoTimeout((int) time.toMillis());
    try {
      in.readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    } finally {
      socket.setSoTimeout(MILLIS);
    }
  }

  /**
   * What comes of a request that may be answered or dropped, but not left hanging: its status, or 0
   * if the connection ends without one.
   *
   * @throws SocketTimeoutException if neither happens
   */
  int statusOrEnd() throws IOException {
    try {
      return reply().status();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
