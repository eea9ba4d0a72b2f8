package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Legacy streams whose parts contradict each other. */
class LegacyStreamTest {
  @TempDir private Path folder;

  private static Arguments trick(String name, Consumer<Legacy> trick, String message) {
    return Arguments.of(name, trick, message);
  }

  static Stream<Arguments> tricks() {
    return Stream.of(
        trick(
            "another magic number",
            l -> l.magic = new Pickle().number(1).stop(),
            "not one from torch.save"),
        trick(
            "a string for a magic number",
            l -> l.magic = new Pickle().text("x").stop(),
            "not one from torch.save"),
        trick(
            "another protocol",
            l -> l.protocol = new Pickle().number(1002).stop(),
            "protocol is not 1001"),
        trick("big-endian", l -> l.system = Legacy.system(0x89), "not little-endian"),
        trick("no byte order", l -> l.system = new Pickle().op('}').stop(), "not little-endian"),
        trick(
            "a storage outside of the object",
            l -> l.system = Pickle.oneVector(),
            "outside the saved object"),
        trick(
            "a list of something else",
            l -> l.keys = new Pickle().op('}').stop(),
            "no list of storages"),
        trick(
            "a key that no tensor has",
            l -> l.keys = Legacy.keys("0", "1"),
            "'1' is listed twice, or belongs"),
        trick("a key twice", l -> l.keys = Legacy.keys("0", "0"), "'0' is listed twice"),
        trick("no key", l -> l.keys = Legacy.keys(), "is missing 1"),
        trick(
            "a key that is a number",
            l -> l.keys = new Pickle().op(']').number(0).op('a').stop(),
            "listed twice, or belongs"),
        trick(
            "another number of elements",
            l -> l.storages = Legacy.storage(3, new byte[12]),
            "has 3 elements, its description says 2"),
        trick(
            "a negative number of elements",
            l -> l.storages = Legacy.storage(-1, new byte[8]),
            "has -1 elements"),
        trick(
            "a truncated storage",
            l -> l.storages = Legacy.storage(2, new byte[7]),
            "truncated: 8 bytes, but only 7 are left"),
        trick("no storage", l -> l.storages = new byte[0], "truncated"),
        trick(
            "bytes after the last storage",
            l -> l.storages = Legacy.storage(2, new byte[9]),
            "1 bytes follow"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tricks")
  void isRefused(String name, Consumer<Legacy> trick, String message) throws IOException {
    Legacy legacy = new Legacy();
    trick.accept(legacy);
    Path file = Files.write(folder.resolve("bad.th"), legacy.bytes());
    assertThatThrownBy(() -> ForeignFile.open(file))
        .as(name)
        .isExactlyInstanceOf(InteropException.class)
        .hasMessageContaining("bad.th: ")
        .hasMessageContaining(message);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = new Legacy().bytes();
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.th"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ForeignFile.open(file))
          .as("cut at %d", length)
          .isExactlyInstanceOf(InteropException.class);
    }
  }
}
