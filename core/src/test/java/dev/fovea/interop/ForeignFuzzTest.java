package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Damage;
import dev.fovea.Fuzz;
import dev.fovea.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files of PyTorch, with damage that keeps the outer layers whole. */
class ForeignFuzzTest {
  private static final Set<Class<? extends Exception>> DECLARED =
      Set.of(InteropException.class, CheckpointException.class);

  /** The interpreter may do a million operations, each of which may make a value. */
  private static final long MOST_BYTES = 128L << 20;

  private static final List<String> GOOD =
      List.of("views-zip.pt", "module-zip.pt", "optimizer-zip.pt");

  @TempDir private Path folder;

  private void fuzz(String name, int rounds, Fuzz.Source source) {
    Path file = folder.resolve("mutated.pt");
    Fuzz.Outcome outcome =
        Fuzz.of(name, rounds, MOST_BYTES, DECLARED)
            .run(
                source,
                bytes -> {
                  Files.write(file, bytes);
                  read(file);
                });
    assertThat(outcome.refused()).as("refused").isPositive();
    assertThat(outcome.read()).as("read").isPositive();
  }

  private static void read(Path file) {
    try (ForeignFile opened = ForeignFile.open(file)) {
      for (ForeignTensor tensor : opened.tensors().values()) {
        if (tensor.type().isFloat() && tensor.elements() < 1 << 16) {
          assertThat(tensor.floats()).hasSize((int) tensor.elements());
        }
      }
    } catch (InteropException | CheckpointException e) {
      assertThat(e.getMessage()).contains("mutated.pt: ");
      throw e;
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ForeignFuzzTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  private Zip zip(String name) throws IOException {
    Zip zip = new Zip();
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      Files.write(file, resource(name));
    }
    try (ZipFile in = new ZipFile(file.toFile())) {
      for (ZipEntry e : Collections.list(in.entries())) {
        zip.add(e.getName(), in.getInputStream(e).readAllBytes());
      }
    }
    return zip;
  }

  private static String any(SplittableRandom random) {
    return GOOD.get(random.nextInt(GOOD.size()));
  }

  @Test
  void damagedPicklesInWholeZips() {
    fuzz(
        "pickle",
        400,
        random -> {
          Zip zip = new Zip();
          for (Zip.Entry e : zip(any(random)).entries) {
            boolean hit = e.centralName.endsWith(".pkl");
            zip.add(e.centralName, hit ? Damage.bytes(e.data, random) : e.data);
          }
          return zip.bytes();
        });
  }

  @Test
  void damagedZips() {
    fuzz("zip", 400, random -> Damage.bytes(resource(any(random)), random));
  }

  @Test
  void zipsThatLie() {
    fuzz(
        "zip-lies",
        400,
        random -> {
          Zip zip = zip(any(random));
          for (int n = random.nextInt(3); n >= 0; n--) {
            lie(zip, zip.entries.get(random.nextInt(zip.entries.size())), random);
          }
          return zip.bytes();
        });
  }

  private static void lie(Zip zip, Zip.Entry e, SplittableRandom random) {
    byte[] number = new byte[8];
    Damage.number(number, 0, random);
    long lie = new java.math.BigInteger(number).longValue();
    switch (random.nextInt(20)) {
      case 0 -> e.localFlags = (int) lie;
      case 1 -> e.centralFlags = (int) lie;
      case 2 -> e.localMethod = e.centralMethod = random.nextInt(12);
      case 3 -> e.localCrc = lie;
      case 4 -> e.centralCrc = lie;
      case 5 -> e.localSize = lie;
      case 6 -> e.centralSize = lie;
      case 7 -> e.centralPacked = lie;
      case 8 -> e.localSize = e.centralSize = e.centralPacked = lie;
      case 9 -> e.offsetLie = lie;
      case 10 -> zip.startLie = lie;
      case 11 -> zip.sizeLie = lie;
      case 12 -> zip.countLie = (int) lie;
      case 13 -> e.localExtra = number;
      case 14 -> e.centralExtra = number;
      case 15 -> e.after = number;
      case 16 -> zip.add(e.centralName, e.data);
      case 17 -> zip.entries.remove(e);
      case 18 -> e.localName = e.centralName = e.centralName + (char) random.nextInt(0x800);
      default -> zip.beforeDirectory = number;
    }
    if (zip.entries.isEmpty()) {
      zip.add("archive/data.pkl", new byte[0]);
    }
  }

  @Test
  void damagedLegacyStreams() throws IOException {
    byte[] views = resource("views-legacy.pt");
    byte[] module = resource("module-legacy.pt");
    fuzz("legacy", 400, random -> Damage.bytes(random.nextBoolean() ? views : module, random));
  }

  @Test
  void legacyStreamsOfDamagedParts() {
    fuzz(
        "legacy-parts",
        400,
        random -> {
          Legacy good = new Legacy();
          List<byte[]> parts = Damage.parts(List.of(good.object, good.keys, good.storages), random);
          Legacy bad = new Legacy();
          bad.object = parts.isEmpty() ? good.object : parts.get(0);
          bad.keys = parts.size() < 2 ? good.keys : parts.get(1);
          bad.storages = parts.size() < 3 ? good.storages : parts.get(2);
          return bad.bytes();
        });
  }
}
