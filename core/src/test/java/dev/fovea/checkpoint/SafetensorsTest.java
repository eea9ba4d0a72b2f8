package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

  private static Path file(Path folder, String header, byte... data) throws IOException {
    return file(
        folder,
        header.getBytes(StandardCharsets.UTF_8),
        header.getBytes(StandardCharsets.UTF_8).length,
        data);
  }

  private static Path file(Path folder, byte[] header, long stated, byte... data)
      throws IOException {
    ByteBuffer all =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(stated).put(header).put(data);
    return Files.write(folder.resolve("a.safetensors"), all.array());
  }

  private static SafetensorsWriter sample() {
    return new SafetensorsWriter()
        .metadata(Map.of("a", "ä\"\n", "z", ""))
        .floats(
            "w",
            new int[] {2, 3},
            () -> new float[] {1, -2, Float.MIN_VALUE, Float.MAX_VALUE, -0f, 0.1f})
        .longs("n", Long.MIN_VALUE, 7)
        .floats("scalar", new int[0], () -> new float[] {3})
        .floats("empty", new int[] {0, 5}, () -> new float[0]);
  }

  @Test
  void whatIsWrittenIsReadBack(@TempDir Path temp) {
    Path path = temp.resolve("a.safetensors");
    sample().write(path);
    try (SafetensorsFile f = SafetensorsFile.open(path)) {
      f.verify();
      assertThat(f.metadata()).containsEntry("a", "ä\"\n").containsEntry("z", "");
      assertThat(f.floats("w")).containsExactly(1, -2, Float.MIN_VALUE, Float.MAX_VALUE, -0f, 0.1f);
      assertThat(f.entries())
          .hasEntrySatisfying("w", w -> assertThat(w.shape()).containsExactly(2L, 3L));
      assertThat(f.floats("scalar")).containsExactly(3);
      assertThat(f.floats("empty")).isEmpty();
      assertThat(f.bytes("n").getLong(0)).isEqualTo(Long.MIN_VALUE);
    }
  }

  @Test
  void dataBeginsAt64BytesAndTensorsAtTheirElements(@TempDir Path temp) throws IOException {
    Path path = temp.resolve("a.safetensors");
    sample().write(path);
    long header =
        ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat((8 + header) % 64).isZero();
    try (SafetensorsFile f = SafetensorsFile.open(path)) {
      assertThat(f.entries().values())
          .allSatisfy(e -> assertThat(e.begin() % e.type().bytes()).isZero());
    }
  }

  @Test
  void equalContentGivesEqualBytes(@TempDir Path temp) throws IOException {
    sample().write(temp.resolve("a"));
    sample().write(temp.resolve("b"));
    assertThat(temp.resolve("a")).hasSameBinaryContentAs(temp.resolve("b"));
    assertThat(temp.toFile().list()).hasSize(2);
  }

  @Test
  void narrowAndWideFloatsAreRead(@TempDir Path temp) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(8 + 10).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(1.5).putShort((short) 0x3fc0);
    data.putShort((short) 0x3e00)
        .putShort((short) 0x8001)
        .putShort((short) 0x7c00)
        .putShort((short) 0x7bff);
    Path path =
        file(
            temp,
            "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[8,10]},"
                + "\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[10,18]}}  ",
            data.array());
    try (SafetensorsFile f = SafetensorsFile.open(path)) {
      assertThat(f.floats("d")).containsExactly(1.5f);
      assertThat(f.floats("b")).containsExactly(1.5f);
      assertThat(f.floats("h")).containsExactly(1.5f, -0x1p-24f, Float.POSITIVE_INFINITY, 65504f);
    }
  }

  // {T} stands for a valid description of the eight bytes that follow.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "[]                                                                  | does not start with"
            + " '{'",
        "{\"a\":1}                                                           | not described by a"
            + " JSON object",
        "{\"a\":{T},\"a\":{T}}                                               | Duplicate",
        "{\"a\":{T},\"b\":{T}}                                               | overlaps",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}    | gap of 4 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}    | 4 bytes follow the"
            + " last tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}   | truncated",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}    | takes 12 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}    | before it begins",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}   | negative",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}  | other than an"
            + " integer",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}} |"
            + " larger than any file",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}  |"
            + " JSON",
        "{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}    | unknown dtype 'F31'",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}      | lacks",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}                  | lacks",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}} | unknown key"
            + " 'x'",
        "{\"a\":{T},\"__metadata__\":{\"k\":1}}                              | not a string",
        "{\"a\":{T},\"__metadata__\":[]}                                     | not a JSON object",
        "{\"a\":{T}} x                                                       | other than spaces",
        "{\"a\":{T}                                                          | JSON",
        "{\"a\":{\"shape\":[[[[[[[[2]]]]]]]]}}                               | other than an"
            + " integer",
      })
  void aBrokenRuleNamesFileAndReason(String header, String reason, @TempDir Path temp)
      throws IOException {
    Path path =
        file(
            temp,
            header.replace("{T}", "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"),
            new byte[8]);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a.safetensors")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({"-1", "0", "1", "9223372036854775807", "100000001", "64"})
  void anImpossibleHeaderLengthIsRefusedBeforeMemoryIsTaken(long stated, @TempDir Path temp)
      throws IOException {
    Path path = file(temp, "{}".getBytes(StandardCharsets.UTF_8), stated);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a.safetensors");
  }

  @Test
  void missingFilesFoldersAndForeignTextAreRefused(@TempDir Path temp) throws IOException {
    Path utf16 = Files.write(temp.resolve("t"), "{ \u0000}".getBytes(StandardCharsets.UTF_16LE));
    for (Path p :
        List.of(temp, temp.resolve("none"), utf16, Files.createFile(temp.resolve("empty")))) {
      assertThatThrownBy(() -> SafetensorsFile.open(p))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(p.toString());
    }
  }

  @Test
  void everyChangedByteIsNoticed(@TempDir Path temp) throws IOException {
    Path good = temp.resolve("good");
    sample().write(good);
    byte[] bytes = Files.readAllBytes(good);
    Path bad = temp.resolve("bad");
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= 1;
      Files.write(bad, changed);
      assertThatThrownBy(() -> verified(bad))
          .as("byte %d", i)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void mutatedFilesOnlyEverGiveCheckpointExceptions(@TempDir Path temp) throws IOException {
    Path good = temp.resolve("good");
    sample().write(good);
    byte[] bytes = Files.readAllBytes(good);
    Path bad = temp.resolve("bad");
    SplittableRandom random = new SplittableRandom(20);
    int accepted = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] mutated = mutated(bytes, random);
      Files.write(bad, mutated);
      try (SafetensorsFile f = SafetensorsFile.open(bad)) {
        for (TensorEntry e : f.entries().values()) {
          assertThat(f.bytes(e.name()).remaining()).isLessThanOrEqualTo(mutated.length);
        }
        accepted++;
      } catch (CheckpointException e) {
        assertThat(e).hasMessageContaining("bad");
      }
    }
    assertThat(accepted).isBetween(1, 1500);
  }

  private static byte[] mutated(byte[] from, SplittableRandom random) {
    byte[] b = from.clone();
    String digits = "0123456789[]{}\":,-eE";
    for (int n = random.nextInt(1, 4); n > 0; n--) {
      int i = random.nextInt(b.length);
      switch (random.nextInt(4)) {
        case 0 -> b[i] = (byte) random.nextInt(256);
        case 1 -> b[i] = (byte) digits.charAt(random.nextInt(digits.length()));
        case 2 -> b = Arrays.copyOf(b, Math.max(1, i));
        default -> {
          int k = random.nextInt(Math.min(16, b.length - i) + 1);
          System.arraycopy(from, random.nextInt(from.length - k), b, i, k);
        }
      }
    }
    return b;
  }

  private static void verified(Path path) {
    try (SafetensorsFile f = SafetensorsFile.open(path)) {
      f.verify();
    }
  }

  @Test
  void aNamedPipeIsRefusedAndNeverOpened(@TempDir Path temp) throws Exception {
    Path pipe = temp.resolve("pipe.safetensors");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> SafetensorsFile.open(pipe))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("pipe.safetensors", "never opened"));
  }
}
