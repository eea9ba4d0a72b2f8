package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.fovea.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Seeded random damage to good files: they are read, or refused with a declared exception. */
class MutationTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Operations and numbers that matter to the parsers. */
  private static final int[] TELLING = {
    0, 1, 0x7f, 0x80, 0xff, '(', '.', '0', 'B', 'G', 'N', 'P', 'Q', 'R', 'X', ']', 'a', 'b', 'c',
    'd', 'e', 'h', 'i', 'j', 'l', 'o', 'q', 'r', 's', 't', 'u', '}', 0x81, 0x85, 0x87, 0x8a, 0x8b,
    0x8c, 0x8d, 0x93, 0x94, 0x95
  };

  @TempDir private Path folder;

  @ParameterizedTest(name = "{0} as {1}")
  @CsvSource({
    "views-legacy.pt, FILE, 2000",
    "module-legacy.pt, FILE, 1500",
    "views-zip.pt, FILE, 1500",
    "views-zip.pt, PICKLE, 3000",
    "optimizer-zip.pt, PICKLE, 1500"
  })
  void damageIsFoundOrHarmless(String name, String what, int rounds) throws IOException {
    byte[] good = resource(name);
    List<Zip.Entry> entries = what.equals("PICKLE") ? entries(good) : List.of();
    SplittableRandom random = new SplittableRandom(name.hashCode() * 31L + what.hashCode());
    int[] outcomes = new int[2];
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          for (int round = 0; round < rounds; round++) {
            byte[] bytes =
                entries.isEmpty() ? mutated(good, random) : withPickleMutated(entries, random);
            outcomes[read(bytes, round) ? 1 : 0]++;
          }
        });
    assertThat(outcomes[0]).as("refused").isGreaterThan(rounds / 10);
    assertThat(outcomes[0] + outcomes[1]).isEqualTo(rounds);
  }

  /** Whether the file was read to its last tensor; anything but a declared exception fails. */
  private boolean read(byte[] bytes, int round) throws IOException {
    Path file = Files.write(folder.resolve("mutated.pt"), bytes);
    try (ForeignFile opened = ForeignFile.open(file)) {
      for (ForeignTensor tensor : opened.tensors().values()) {
        // What WeightImport would do: values are read only where the shape is the expected one.
        if (tensor.type().isFloat() && tensor.elements() < 1 << 16) {
          assertThat(tensor.floats()).hasSize((int) tensor.elements());
        }
      }
      return true;
    } catch (InteropException | CheckpointException e) {
      assertThat(e.getMessage()).as("round %d", round).contains("mutated.pt: ");
      return false;
    }
  }

  private static byte[] mutated(byte[] good, SplittableRandom random) {
    byte[] bytes = good.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2, 3 -> bytes[at] = (byte) TELLING[random.nextInt(TELLING.length)];
        case 4 -> bytes = spliced(bytes, at, random);
        default -> bytes = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, Math.max(1, at)) : bytes;
      }
    }
    return bytes;
  }

  /** A few bytes left out, or copied from elsewhere. */
  private static byte[] spliced(byte[] bytes, int at, SplittableRandom random) {
    int from = random.nextInt(bytes.length);
    int length = Math.min(1 + random.nextInt(24), bytes.length - from);
    int skip = random.nextInt(Math.min(24, bytes.length - at));
    byte[] out = new byte[bytes.length + length - skip];
    System.arraycopy(bytes, 0, out, 0, at);
    System.arraycopy(bytes, from, out, at, length);
    System.arraycopy(bytes, at + skip, out, at + length, bytes.length - at - skip);
    return out;
  }

  /** A zip whose headers are right, so that the damage reaches the interpreter of pickles. */
  private static byte[] withPickleMutated(List<Zip.Entry> entries, SplittableRandom random) {
    Zip zip = new Zip();
    for (Zip.Entry e : entries) {
      zip.add(e.centralName, e.centralName.endsWith(".pkl") ? mutated(e.data, random) : e.data);
    }
    return zip.bytes();
  }

  private List<Zip.Entry> entries(byte[] good) throws IOException {
    Zip zip = new Zip();
    Path file = Files.write(folder.resolve("good.zip"), good);
    try (ZipFile in = new ZipFile(file.toFile())) {
      for (ZipEntry e : Collections.list(in.entries())) {
        zip.add(e.getName(), in.getInputStream(e).readAllBytes());
      }
    }
    return new ArrayList<>(zip.entries);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = MutationTest.class.getResourceAsStream(name)) {
      return java.util.Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
