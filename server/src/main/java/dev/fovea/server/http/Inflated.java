package dev.fovea.server.http;

import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** Undoes the compression of a body, up to the size that an uncompressed one may have. */
final class Inflated {
  private Inflated() {}

  /**
   * The body itself. It is inflated twice: first to learn its size, so that no memory is taken that
   * has not been charged.
   *
   * @param encoding the value of {@code Content-Encoding}; empty for none
   * @param charge is told the size before the memory is taken, and may refuse it by an exception
   * @throws ProtocolException with status 415 for an unknown encoding, 413 if the result is too
   *     large, 400 if it is damaged
   */
  static byte[] body(byte[] sent, String encoding, HttpSettings.Limits limits, IntConsumer charge) {
    String name = encoding.strip().toLowerCase(Locale.ROOT);
    try {
      return switch (name) {
        case "", "identity" -> sent;
        case "gzip", "x-gzip" -> all(sent, GZIPInputStream::new, limits, charge);
        case "deflate" -> all(sent, InflaterInputStream::new, limits, charge);
        default ->
            throw new ProtocolException(
                415,
                "the content encoding "
                    + Words.quoted(encoding)
                    + " is unknown; known are gzip, deflate and identity");
      };
    } catch (IOException e) {
      throw ProtocolException.badRequest("the body is not valid " + name);
    }
  }

  private interface Decompression {
    InputStream of(InputStream compressed) throws IOException;
  }

  private static byte[] all(
      byte[] sent, Decompression decompression, HttpSettings.Limits limits, IntConsumer charge)
      throws IOException {
    int size = 0;
    try (InputStream in = decompression.of(new ByteArrayInputStream(sent))) {
      byte[] part = new byte[1 << 14];
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        if (n > limits.bodyBytes() - size) {
          throw BodyReader.tooLarge(limits);
        }
        size += n;
      }
    }
    charge.accept(size);
    byte[] body = new byte[size];
    try (InputStream in = decompression.of(new ByteArrayInputStream(sent))) {
      int unused = in.readNBytes(body, 0, size);
    }
    return body;
  }
}
