package dev.fovea.collective.ring;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Rank 1 of two that does not behave: proves itself, and then sends what a test wants. */
final class FakeRank implements AutoCloseable {
  private final ServerSocket listener;
  private Socket toZero = new Socket();
  private Socket fromZero = new Socket();

  FakeRank() throws IOException {
    this.listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  }

  RingAddress address() {
    return new RingAddress("127.0.0.1", listener.getLocalPort());
  }

  static Identity identity() {
    return new Identity(1, 2, WireFormat.F32, Rings.TRUST.agreement());
  }

  /** Proves itself in both directions. */
  void join(RingAddress zero) throws IOException {
    acceptAs(identity());
    toZero = connect(zero);
    Handshake handshake = new Handshake(Rings.SECRET, true);
    send(toZero, handshake.greeting());
    handshake.readGreeting(read(toZero, Handshake.GREETING));
    send(toZero, handshake.claim(identity(), 0));
    read(toZero, Handshake.VERDICT);
  }

  /** Lets rank 0 in, under any identity. */
  void acceptAs(Identity identity) throws IOException {
    fromZero = listener.accept();
    Handshake handshake = new Handshake(Rings.SECRET, false);
    handshake.readGreeting(read(fromZero, Handshake.GREETING));
    send(fromZero, handshake.greeting());
    byte[] claim = handshake.provenClaim(read(fromZero, Handshake.CLAIM));
    send(fromZero, handshake.verdict(Handshake.Verdict.JOINED, identity, claim));
  }

  /** Answers the first connection with these bytes, whatever it sends. */
  void answer(byte[] bytes) throws IOException {
    fromZero = listener.accept();
    send(fromZero, ByteBuffer.wrap(bytes));
  }

  /** Sends a frame on the connection that carries data to rank 0; the checksum fits. */
  void frame(int length, long sequence, int type, byte[] payload) throws IOException {
    bytes(frameBytes(length, sequence, type, payload));
  }

  static byte[] frameBytes(int length, long sequence, int type, byte[] payload) {
    return frameBytes(length, sequence, type, 0, payload);
  }

  /** Sends a payload of a gathering. */
  void data(long sequence, long operation, byte[] payload) throws IOException {
    bytes(frameBytes(payload.length, sequence, Frame.Type.DATA.code(), operation, payload));
  }

  /** Gives a sign of life on the connection that carries data from rank 0. */
  void sign(long sequence) throws IOException {
    byte[] signs = new byte[SignsOfLife.bytes(2)];
    int type = Frame.Type.ALIVE.code();
    send(fromZero, ByteBuffer.wrap(frameBytes(signs.length, sequence, type, 0, signs)));
  }

  /** Reads what rank 0 has sent on the connection for data, to its end. */
  byte[] readToEnd() throws IOException {
    return fromZero.getInputStream().readAllBytes();
  }

  private static byte[] frameBytes(
      int length, long sequence, int type, long operation, byte[] payload) {
    ByteBuffer frame =
        ByteBuffer.allocate(Frame.HEADER + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(0).putInt(length).putLong(sequence).putInt(type).putInt(0);
    frame.putLong(operation).putLong(Exchange.Kind.GATHER.shape(0)).put(payload);
    CRC32C checksum = new CRC32C();
    checksum.update(frame.array(), 4, frame.capacity() - 4);
    return frame.putInt(0, (int) checksum.getValue()).array();
  }

  void bytes(byte[] bytes) throws IOException {
    send(toZero, ByteBuffer.wrap(bytes));
  }

  static Socket connect(RingAddress address) throws IOException {
    Socket socket = new Socket();
    socket.connect(
        new InetSocketAddress(InetAddress.getAllByName(address.host())[0], address.port()));
    return socket;
  }

  static void send(Socket socket, ByteBuffer bytes) throws IOException {
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    socket.getOutputStream().write(all);
  }

  static ByteBuffer read(Socket socket, int length) throws IOException {
    return ByteBuffer.wrap(socket.getInputStream().readNBytes(length));
  }

  @Override
  public void close() throws IOException {
    toZero.close();
    fromZero.close();
    listener.close();
  }
}
