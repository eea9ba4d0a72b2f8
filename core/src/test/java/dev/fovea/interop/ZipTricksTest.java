package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
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

/** Zip files that say two things at once, one trick at a time. */
class ZipTricksTest {
  @TempDir private Path folder;

  private static Arguments trick(String name, Consumer<Zip> trick, String message) {
    return Arguments.of(name, trick, message);
  }

  private static Arguments entry(String name, Consumer<Zip.Entry> trick, String message) {
    return trick(name, zip -> trick.accept(zip.entries.get(1)), message);
  }

  static Stream<Arguments> tricks() {
    byte[] zip64 = {1, 0, 8, 0, 8, 0, 0, 0, 0, 0, 0, 0};
    return Stream.of(
        entry("another local name", e -> e.localName = "archive/data/1", "two names"),
        entry("another central name", e -> e.centralName = "archive/data/1", "two names"),
        entry("another local size", e -> e.localSize = 4, "two sizes or checksums"),
        entry("another central size", e -> e.centralSize = 4, "with two sizes, 4 and 8"),
        entry(
            "a smaller size in the directory",
            e -> e.centralSize = e.centralPacked = 4,
            "two sizes"),
        entry(
            "a larger size in the directory",
            e -> e.centralSize = e.centralPacked = e.localSize = 12,
            "truncated or overlaps"),
        entry(
            "a size of 2^32 - 2",
            e -> e.centralSize = e.centralPacked = e.localSize = 0xfffffffeL,
            "beyond its end"),
        entry(
            "a size in a zip64 field that is not there",
            e -> e.centralSize = 0xffffffffL,
            "with two sizes"),
        entry(
            "a negative size in a zip64 field",
            e -> {
              e.centralSize = e.centralPacked = 0xffffffffL;
              e.centralExtra = new byte[20];
              Arrays.fill(e.centralExtra, 4, 20, (byte) 0xff);
              e.centralExtra[0] = 1;
              e.centralExtra[2] = 16;
            },
            "beyond its end"),
        entry("a zip64 field that is not needed", e -> e.centralExtra = zip64, "too long"),
        entry(
            "a zip64 field that is too short",
            e -> {
              e.centralSize = e.centralPacked = 0xffffffffL;
              e.centralExtra = zip64;
            },
            "too short"),
        entry(
            "a broken extra field",
            e -> e.centralExtra = new byte[] {9, 9, 9, 0},
            "broken extra field"),
        entry("another local checksum", e -> e.localCrc ^= 1, "two sizes or checksums"),
        entry("another central checksum", e -> e.centralCrc ^= 1, "two sizes or checksums"),
        entry(
            "a wrong checksum in both",
            e -> e.localCrc = e.centralCrc ^= 1,
            "checksum (CRC-32) does not match"),
        entry("a changed storage", e -> e.data[3] ^= 1, "checksum (CRC-32) does not match"),
        entry("compressed", e -> e.localMethod = e.centralMethod = 8, "compressed"),
        entry(
            "compressed by the local header only",
            e -> e.localMethod = 8,
            "two sets of flags or methods"),
        entry("encrypted", e -> e.localFlags = e.centralFlags = 1, "zip flags 1"),
        entry(
            "encrypted by the local header only",
            e -> e.localFlags = 1,
            "two sets of flags or methods"),
        entry("masked headers", e -> e.localFlags = e.centralFlags = 1 << 13, "zip flags 8192"),
        entry(
            "a descriptor that is not there",
            e -> e.localFlags = e.centralFlags = 8,
            "without the data descriptor"),
        entry(
            "a descriptor that lies",
            e -> {
              e.localFlags = e.centralFlags = 8;
              e.localCrc = e.localSize = 0;
              e.after = new byte[16];
            },
            "descriptor that contradicts"),
        entry(
            "hidden bytes after an entry",
            e -> e.after = new byte[] {1, 2, 3},
            "3 bytes that belong to no entry"),
        entry("a comment of an entry", e -> e.comment = "x", "comment"),
        entry(
            "an offset that is wrong by one",
            e -> e.offsetLie = 1,
            "1 bytes that belong to no entry"),
        entry("an offset that is wrong by minus one", e -> e.offsetLie = -1, "overlaps another"),
        entry("an offset beyond the end", e -> e.offsetLie = 1 << 20, "beyond its end"),
        entry("no name", e -> e.centralName = "", "with an invalid name"),
        entry(
            "a name with a zero byte",
            e -> e.centralName = e.localName = "archive/data/0\0x",
            "with an invalid name"),
        trick(
            "two entries of one name",
            zip -> zip.add("archive/data/0", Pickle.floats(3, 4)),
            "two entries named 'archive/data/0'"),
        trick(
            "two directory records of one entry",
            zip -> {
              Zip.Entry again = zip.add("archive/data/0", new byte[0]);
              int second = 30 + "archive/data/0".length() + 8;
              int third = 30 + "archive/version".length() + 2;
              again.offsetLie = -(long) second - third;
            },
            "overlaps another"),
        trick(
            "a prefix",
            zip -> {
              zip.prefix = new byte[] {'P', 'K', 3, 4, 0, 0};
              zip.startLie = -6;
              zip.entries.forEach(e -> e.offsetLie = -6);
            },
            "is not where"),
        trick(
            "a prefix that is accounted for",
            zip -> {
              zip.prefix = new byte[] {'P', 'K', 3, 4};
            },
            "4 bytes before its first entry"),
        trick(
            "a gap before the directory",
            zip -> zip.beforeDirectory = new byte[4],
            "belong to no entry"),
        trick(
            "a gap after the directory",
            zip -> zip.afterDirectory = new byte[4],
            "between its zip directory and its end"),
        trick(
            "something appended",
            zip -> zip.suffix = new byte[] {0},
            "truncated, or has data after its end"),
        trick("a second zip appended", zip -> zip.suffix = Zip.oneVector().bytes(), "is not where"),
        trick("a comment", zip -> zip.comment = "PK", "truncated, or has data after its end"),
        trick("several disks", zip -> zip.disk = 1, "multi-disk zip file"),
        trick("another number of entries", zip -> zip.countLie = 1, "two numbers of entries"),
        trick("another size of the directory", zip -> zip.sizeLie = 1, "is not where"),
        trick("another place of the directory", zip -> zip.startLie = -1, "is not where"),
        trick(
            "a place of the directory beyond the end",
            zip -> zip.startLie = 0x7fffffff,
            "is not where"),
        trick(
            "files in two folders",
            zip -> zip.add("other/data/0", new byte[0]),
            "everything in one folder"),
        trick(
            "big-endian",
            zip ->
                zip.add(
                    "archive/byteorder",
                    "big".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
            "not little-endian"),
        trick("TorchScript", zip -> zip.add("archive/constants.pkl", new byte[0]), "TorchScript"),
        trick("no pickle", zip -> zip.entries.remove(0), "has no archive/data.pkl"),
        trick("no storage", zip -> zip.entries.remove(1), "'0' is missing"),
        trick(
            "a truncated storage",
            zip -> {
              zip.entries.remove(1);
              zip.add("archive/data/0", Pickle.floats(1));
            },
            "has 4 bytes, its description says 8"),
        trick("nothing", zip -> zip.entries.clear(), "neither a PyTorch file"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tricks")
  void isRefused(String name, Consumer<Zip> trick, String message) throws IOException {
    Zip zip = Zip.oneVector();
    trick.accept(zip);
    Path file = Files.write(folder.resolve("bad.pt"), zip.bytes());
    assertThatThrownBy(() -> ForeignFile.open(file))
        .as(name)
        .isExactlyInstanceOf(InteropException.class)
        .hasMessageContaining("bad.pt: ")
        .hasMessageContaining(message);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = Zip.oneVector().bytes();
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.pt"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ForeignFile.open(file))
          .as("cut at %d", length)
          .isExactlyInstanceOf(InteropException.class);
    }
  }

  @Test
  void aStorageIsReadFromWhereTheDirectorySaysItIs() throws IOException {
    Zip zip = Zip.oneVector();
    zip.entries.get(1).localExtra = new byte[] {'F', 'B', 3, 0, 'Z', 'Z', 'Z'};
    Path file = Files.write(folder.resolve("padded.pt"), zip.bytes());
    try (ForeignFile opened = ForeignFile.open(file)) {
      assertThat(opened.format()).isEqualTo(ForeignFile.Format.TORCH_ZIP);
      assertThat(opened.tensor("w").floats()).containsExactly(1, 2);
    }
  }
}
