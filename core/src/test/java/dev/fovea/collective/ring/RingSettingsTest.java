package dev.fovea.collective.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is checked before a ring is joined. */
class RingSettingsTest {
  @TempDir private Path folder;

  @Test
  void addressesAreReadWithNamesAndBothKindsOfIp() {
    assertThat(RingAddress.parse("node-1.local:4000"))
        .isEqualTo(new RingAddress("node-1.local", 4000));
    assertThat(RingAddress.parse("10.0.0.1:65535")).isEqualTo(new RingAddress("10.0.0.1", 65535));
    assertThat(RingAddress.parse("[fd00::1]:4000")).isEqualTo(new RingAddress("fd00::1", 4000));
    assertThat(RingAddress.parse("[fd00::1]:4000")).hasToString("[fd00::1]:4000");
    assertThat(RingAddress.parseAll("a:1, b:2,[::1]:3")).hasSize(3).last().hasToString("[::1]:3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "host", "host:", ":4000", "host:x", "fd00::1:4000", "host:65536", "host:-1"})
  void whatIsNoAddressIsRefused(String text) {
    assertThatThrownBy(() -> RingAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }

  @Test
  void listsOfRanksAreCheckedAsAWhole() {
    assertThatThrownBy(() -> RingAddress.parseAll("a:1,a:1")).hasMessageContaining("occurs twice");
    assertThatThrownBy(() -> RingAddress.parseAll("a:1")).hasMessageContaining("at least two");
    assertThatThrownBy(() -> RingAddress.parseAll("a:1,b:0")).hasMessageContaining("port 0");
  }

  @Test
  void aSecretOfAFileIsItsFirstLine() throws IOException {
    Path file = secretFile("rw-------", "0123456789abcdef0123456789abcdef\n");
    assertThat(RingSecret.read(file).sign(new byte[3])).isEqualTo(Rings.SECRET.sign(new byte[3]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----"})
  void aSecretThatOthersCanGetAtIsRefused(String permissions) throws IOException {
    Path file = secretFile(permissions, "0123456789abcdef0123456789abcdef\n");
    assertThatThrownBy(() -> RingSecret.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chmod 600")
        .hasMessageNotContaining("0123456789");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "short", "0123456789abcdef 123456789abcdef"})
  void aShortOrBrokenSecretIsRefusedWithoutRepeatingIt(String text) {
    assertThatThrownBy(() -> RingSecret.of(text, "the variable"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the variable: the secret of a ring has 32 to 4096")
        .hasMessageNotContaining("789abcdef");
    assertThat(Rings.SECRET).hasToString("a secret");
  }

  @Test
  void deadlinesOutsideOfReasonAreRefused() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new RingDeadlines(second, Duration.ZERO, second))
        .hasMessageContaining("'silence' is 0 ms");
    assertThatThrownBy(() -> new RingDeadlines(Duration.ofDays(8), second, second))
        .hasMessageContaining("'connect'");
  }

  @Test
  void theAgreementIsAHash() {
    assertThatThrownBy(() -> new RingTrust(Rings.SECRET, new byte[31]))
        .hasMessageContaining("31 bytes");
  }

  private Path secretFile(String permissions, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }
}
