package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Damage;
import dev.fovea.Fuzz;
import dev.fovea.data.image.Preprocessing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged safetensors, their headers, and model cards whose checksum is right. */
class CheckpointFuzzTest {
  private static final Set<Class<? extends Exception>> DECLARED = Set.of(CheckpointException.class);
  private static final String CARD =
      "{\"network\":\"NAME\",\"input\":[3,32,32],\"classes\":[\"a\",\"b\"],\"preprocessing\":"
          + JsonTree.compact(
              Preprocessing.nativeSize(
                      32, 32, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD)
                  .toMap())
          + ",\"config\":{\"a\":{\"b\":0.1}},\"metrics\":{\"top1\":0.5},"
          + "\"data\":{\"source\":\"x\",\"fingerprint\":\"y\"}}";
  private static final List<String> NETWORKS =
      List.of(
          "resnet20",
          "resnet56(shortcut=A)",
          "wrn_16_4",
          "wrn_28_10(dropout=0.3)",
          "resnet18",
          "preact_resnet110",
          "googlenet(aux=false)",
          "bn_inception",
          "plain20",
          "vgg16_bn");

  @TempDir private Path folder;
  private Path file = Path.of("");
  private byte[] good = {};

  @BeforeEach
  void writeAGoodFile() throws IOException {
    file = folder.resolve("mutated.safetensors");
    new SafetensorsWriter()
        .metadata(Map.of("a", "ä\"\n", "z", ""))
        .floats("w", new int[] {2, 3}, () -> new float[] {1, -2, 3, 4, 5, 6})
        .longs("n", Long.MIN_VALUE, 7)
        .floats("scalar", new int[0], () -> new float[] {3})
        .floats("empty", new int[] {0, 5}, () -> new float[0])
        .write(file);
    good = Files.readAllBytes(file);
  }

  private void tensors(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (SafetensorsFile f = SafetensorsFile.open(file)) {
      for (TensorEntry e : f.entries().values()) {
        assertThat(f.bytes(e.name()).remaining()).isLessThanOrEqualTo(bytes.length);
        if (e.type().isFloat()) {
          assertThat(f.floats(e.name()).length).isLessThanOrEqualTo(bytes.length);
        }
      }
    } catch (CheckpointException e) {
      assertThat(e.getMessage()).contains("mutated.safetensors");
      throw e;
    }
  }

  @Test
  void damagedFiles() {
    Fuzz.Outcome o =
        Fuzz.of("safetensors", 500, 16 << 20, DECLARED)
            .run(random -> Damage.bytes(good, random), this::tensors);
    assertThat(o.refused()).isPositive();
    assertThat(o.read()).isPositive();
  }

  @Test
  void damagedHeadersOfTheRightLength() {
    int length = (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(good, 8, length, StandardCharsets.UTF_8);
    Fuzz.Outcome o =
        Fuzz.of("safetensors-header", 500, 16 << 20, DECLARED)
            .run(
                random -> {
                  byte[] json = Damage.json(header, random).getBytes(StandardCharsets.UTF_8);
                  return ByteBuffer.allocate(8 + json.length + good.length - 8 - length)
                      .order(ByteOrder.LITTLE_ENDIAN)
                      .putLong(json.length)
                      .put(json)
                      .put(good, 8 + length, good.length - 8 - length)
                      .array();
                },
                this::tensors);
    assertThat(o.refused()).isPositive();
    assertThat(o.read()).isPositive();
  }

  @Test
  void damagedModelCardsUnderARightChecksum() {
    Fuzz.Outcome o =
        Fuzz.of("model-card", 500, 256 << 20, DECLARED).run(this::model, this::network);
    assertThat(o.refused()).isPositive();
  }

  private byte[] model(SplittableRandom random) {
    String name = NETWORKS.get(random.nextInt(NETWORKS.size()));
    if (random.nextBoolean()) {
      String[] sizes = {"0", "1", "7", "64", "9999", "1000000", "2147483647", "99999999999", "-1"};
      name = name.replaceFirst("[0-9]+", sizes[random.nextInt(sizes.length)]);
    }
    String card = CARD.replace("NAME", name);
    String text = random.nextInt(4) == 0 ? card : Damage.json(card, random);
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("fovea.format", "1");
    metadata.put("fovea.model", text);
    metadata.put(Checksum.KEY, Checksum.BLANK);
    String json = "{\"__metadata__\":" + JsonTree.compact(metadata) + "}";
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    MessageDigest digest = Checksum.digest();
    digest.update(header);
    header = Checksum.withChecksum(header, Checksum.BLANK, Checksum.text(digest));
    return ByteBuffer.allocate(8 + header.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  private void network(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (ModelFile model = ModelFile.open(file)) {
      model.graph();
    } catch (CheckpointException e) {
      assertThat(e.getMessage())
          .contains("mutated.safetensors")
          .doesNotContain("checksum", "altered");
      throw e;
    }
  }
}
