package dev.fovea.server.http;

import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** Undoes the compression of a body, up to the size that an uncompressed one may have. */
final class Inflated {
  private Inflated() {}

  /**
   * The body itself.
   *
   * @param encoding the value of {@code Content-Encoding}; empty for none
   * @throws ProtocolException with status 415 for an unknown encoding, 413 if the result is too
   *     large, 400 if it is damaged
   */
  static byte[] body(byte[] sent, String encoding, HttpSettings.Limits limits) {
    String name = encoding.strip().toLowerCase(Locale.ROOT);
    try (ByteArrayInputStream in = new ByteArrayInputStream(sent)) {
      return switch (name) {
        case "", "identity" -> sent;
        case "gzip", "x-gzip" -> all(new GZIPInputStream(in), limits);
        case "deflate" -> all(new InflaterInputStream(in), limits);
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

  private static byte[] all(InputStream in, HttpSettings.Limits limits) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] part = new byte[1 << 14];
    for (int n = in.read(part); n >= 0; n = in.read(part)) {
      if (n > limits.bodyBytes() - out.size()) {
        throw BodyReader.tooLarge(limits);
      }
      out.write(part, 0, n);
    }
    return out.toByteArray();
  }
}
