package dev.fovea.data.jpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Resize;
import dev.fovea.data.jpeg.JpegCorpus.Expected;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Small JPEGs of every sampling and kind, whole and shrunk, against Pillow's pixels. */
class JpegCorpusTest {
  private static final String DAMAGED = "damaged-";

  /** What Pillow reads all the same: gray where data is missing, segments without a length. */
  private static final List<String> REFUSALS =
      List.of("the file ends early", "a JPEG segment is 0 bytes long");

  private static Image decode(byte[] file, Expected e) throws MalformedImage {
    Resize.Box all = new Resize.Box(0, 0, e.width(), e.height());
    return JpegDecoder.open(file).decode(e.shrink(), all);
  }

  private static String hash(Image image) throws NoSuchAlgorithmException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(image.rgb());
    return HexFormat.of().formatHex(digest, 0, 8);
  }

  @Test
  void everyImageAndScaleEqualsPillowsByteForByte() throws Exception {
    Map<String, byte[]> files = JpegCorpus.files();
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    for (Expected e : JpegCorpus.expected(files)) {
      if (!e.name().startsWith(DAMAGED)) {
        compared++;
        if (!hash(decode(Objects.requireNonNull(files.get(e.name())), e)).equals(e.hash())) {
          wrong.add(e.name() + " / " + e.shrink());
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(compared).isGreaterThan(400);
  }

  @Test
  void damagedImagesThatPillowReadsAreRefusedOrEqualToItsPixels() throws Exception {
    Map<String, byte[]> files = JpegCorpus.files();
    List<String> wrong = new ArrayList<>();
    int equal = 0;
    int refused = 0;
    for (Expected e : JpegCorpus.expected(files)) {
      if (e.name().startsWith(DAMAGED)) {
        try {
          if (hash(decode(Objects.requireNonNull(files.get(e.name())), e)).equals(e.hash())) {
            equal++;
          } else {
            wrong.add(e.name() + " / " + e.shrink());
          }
        } catch (MalformedImage x) {
          assertThat(x.getMessage()).isIn(REFUSALS);
          refused++;
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(equal).isGreaterThanOrEqualTo(290);
    assertThat(refused).isBetween(1, 144);
  }

  @Test
  void everyRectangleIsAPartOfTheWhole() throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    Map<String, byte[]> files = JpegCorpus.files();
    for (Expected e : JpegCorpus.expected(files)) {
      if (e.name().startsWith(DAMAGED)) {
        continue;
      }
      byte[] file = Objects.requireNonNull(files.get(e.name()));
      Image whole = decode(file, e);
      for (int i = 0; i < 4; i++) {
        int left = random.nextInt(e.width());
        int top = random.nextInt(e.height());
        int width = 1 + random.nextInt(e.width() - left);
        int height = 1 + random.nextInt(e.height() - top);
        Resize.Box box = new Resize.Box(left, top, width, height);
        assertThat(JpegDecoder.open(file).decode(e.shrink(), box).rgb())
            .as("%s / %d %s", e.name(), e.shrink(), box)
            .isEqualTo(whole.crop(left, top, width, height).rgb());
      }
    }
  }

  @Test
  void decodingEndsBelowTheRectangle() throws Exception {
    byte[] file = Golden.bytes("420.jpg");
    JpegHeader header = JpegHeader.read(file);
    Image whole = JpegDecoder.open(file).decode();
    byte[] cut = java.util.Arrays.copyOf(file, file.length - 20);
    JpegDecoder decoder = JpegDecoder.open(cut);

    Image top = decoder.decode(1, new Resize.Box(0, 0, header.width(), 8));

    assertThat(top.rgb()).isEqualTo(whole.crop(0, 0, header.width(), 8).rgb());
    assertThatThrownBy(decoder::decode).hasMessage("the file ends early");
  }

  @Test
  void framesOfMotionJpegAreReadWithTheStandardTables() throws Exception {
    byte[] file = Golden.bytes("420.jpg");
    byte[] bare = withoutSegments(file, 0xc4);

    assertThat(bare.length).isLessThan(file.length - 400);
    assertThat(JpegDecoder.open(bare).decode().rgb())
        .isEqualTo(JpegDecoder.open(file).decode().rgb());
  }

  private static byte[] withoutSegments(byte[] file, int marker) throws IOException {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    out.write(file, 0, 2);
    int at = 2;
    while ((file[at + 1] & 255) != 0xda) {
      int length = 2 + ((file[at + 2] & 255) << 8 | file[at + 3] & 255);
      if ((file[at + 1] & 255) != marker) {
        out.write(file, at, length);
      }
      at += length;
    }
    out.write(file, at, file.length - at);
    return out.toByteArray();
  }

  @Test
  void aScanWithoutItsTablesIsRefused() throws IOException, MalformedImage {
    byte[] progressive = withoutSegments(Golden.bytes("progressive.jpg"), 0xc4);
    assertThatThrownBy(() -> JpegDecoder.open(progressive))
        .hasMessageContaining("needs a Huffman table that the file lacks");
    byte[] bare = withoutSegments(Golden.bytes("420.jpg"), 0xdb);
    assertThatThrownBy(() -> JpegDecoder.open(bare))
        .hasMessageContaining("lacks a quantization table");
  }
}
