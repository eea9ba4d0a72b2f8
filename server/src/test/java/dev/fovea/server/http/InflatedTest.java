package dev.fovea.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.server.protocol.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class InflatedTest {
  private static final HttpSettings.Limits LIMITS =
      new HttpSettings.Limits(1 << 20, 1L << 30, 10, Duration.ofSeconds(1), Duration.ofSeconds(1));

  private static byte[] gzip(byte[] body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(body);
    }
    return out.toByteArray();
  }

  @Test
  void theSizeIsChargedAndTheBodyIsWhole() throws IOException {
    byte[] body = new byte[100_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    List<Integer> charged = new ArrayList<>();
    assertThat(Inflated.body(gzip(body), "gzip", LIMITS, charged::add)).isEqualTo(body);
    assertThat(charged).containsExactly(body.length);
  }

  @Test
  void whatIsTooLargeOrDamagedIsNeverCharged() throws IOException {
    byte[] bomb = gzip(new byte[LIMITS.bodyBytes() + 1]);
    List<Integer> charged = new ArrayList<>();
    assertThatThrownBy(() -> Inflated.body(bomb, "gzip", LIMITS, charged::add))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.status()).isEqualTo(413));
    byte[] cut = Arrays.copyOf(bomb, bomb.length / 2);
    assertThatThrownBy(() -> Inflated.body(cut, "gzip", LIMITS, charged::add))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.status()).isEqualTo(400));
    assertThat(charged).isEmpty();
  }

  @Test
  void aBodyWithoutCompressionIsNotChargedAgain() {
    byte[] body = {1, 2, 3};
    List<Integer> charged = new ArrayList<>();
    assertThat(Inflated.body(body, "identity", LIMITS, charged::add)).isSameAs(body);
    assertThat(charged).isEmpty();
  }
}
