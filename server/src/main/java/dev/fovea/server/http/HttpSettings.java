package dev.fovea.server.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * As whom the server listens, whom it answers and what it accepts.
 *
 * @param host the name or address to listen at
 * @param token what a request must bring as {@code Authorization: Bearer}
 * @param keystore for TLS
 * @param origins further origins whose pages may ask, such as {@code https://example.org}
 * @param limits sizes and times
 */
public record HttpSettings(
    String host,
    Optional<Token> token,
    Optional<Keystore> keystore,
    Set<String> origins,
    Limits limits) {
  /** Copies the set. */
  public HttpSettings {
    origins = Set.copyOf(origins);
  }

  /** A file with a private key and its certificate, PKCS12 or JKS. */
  public record Keystore(Path file, String password) {
    @Override
    public String toString() {
      return "Keystore[" + file + "]";
    }
  }

  /**
   * What the server accepts.
   *
   * @param bodyBytes of one request, sent or decompressed
   * @param memoryBytes of the bodies of all requests together
   * @param connections at a time
   * @param headerTime for the header of a request, and for which a connection may be idle
   * @param bodyTime for the body of a request, from its header to its last byte
   */
  public record Limits(
      int bodyBytes, long memoryBytes, int connections, Duration headerTime, Duration bodyTime) {
    /** Bytes of the first line and all header fields together. */
    static final int HEADER_BYTES = 16 << 10;
  }
}
