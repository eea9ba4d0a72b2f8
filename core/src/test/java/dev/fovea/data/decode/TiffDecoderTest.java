package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TiffDecoderTest {
  private static byte[] file(String name) throws IOException {
    return ImageCorpus.file(name);
  }

  /** A little-endian TIFF of one strip; {@code more} adds fields and replaces them. */
  private static byte[] tiff(int width, int height, byte[] data, Map<Integer, Integer> more) {
    TreeMap<Integer, Integer> fields = new TreeMap<>();
    fields.put(TiffDirectory.WIDTH, width);
    fields.put(TiffDirectory.HEIGHT, height);
    fields.put(TiffDirectory.BITS, 8);
    fields.put(TiffDirectory.PHOTOMETRIC, 1);
    fields.put(TiffDirectory.STRIP_OFFSETS, 8);
    fields.put(TiffDirectory.STRIP_BYTES, data.length);
    fields.putAll(more);
    ByteBuffer out =
        ByteBuffer.allocate(8 + data.length + 2 + 12 * fields.size() + 4)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {'I', 'I', 42, 0}).putInt(8 + data.length).put(data);
    out.putShort((short) fields.size());
    fields.forEach(
        (tag, v) -> out.putShort(tag.shortValue()).putShort((short) 4).putInt(1).putInt(v));
    return out.array();
  }

  @Test
  void aPlainStripIsReadAndItsCountMayBeMissing() {
    byte[] data = {1, 2, 3, 4, 5, 6};
    byte[] file = tiff(3, 2, data, Map.of());
    assertThat(ImageDecoder.decode(file, "a.tif").pixel(2, 1)).isEqualTo(0x060606);

    // The tag of the counts turned into one that nobody knows.
    byte[] uncounted = tiff(3, 2, data, Map.of());
    ByteBuffer b = ByteBuffer.wrap(uncounted).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 8 + data.length + 2; at < uncounted.length - 4; at += 12) {
      if ((b.getShort(at) & 0xffff) == TiffDirectory.STRIP_BYTES) {
        b.putShort(at, (short) 60000);
      }
    }
    assertThat(ImageDecoder.decode(uncounted, "a.tif").pixel(0, 1)).isEqualTo(0x040404);
  }

  @Test
  void colorsMultipliedByTheirAlphaAreDivided() {
    byte[] data = {50, 100, 0, 100, 9, 9, 9, 0, 1, 2, 3, (byte) 255};
    Map<Integer, Integer> rgba = new TreeMap<>();
    rgba.put(TiffDirectory.PHOTOMETRIC, 2);
    rgba.put(TiffDirectory.SAMPLES, 4);
    rgba.put(TiffDirectory.EXTRA_SAMPLES, 1);

    Image image = ImageDecoder.decode(tiff(3, 1, data, rgba), "a.tif");

    assertThat(image.pixel(0, 0)).isEqualTo(127 << 16 | 255 << 8);
    assertThat(image.pixel(1, 0)).isZero();
    assertThat(image.pixel(2, 0)).isEqualTo(0x010203);
  }

  @ParameterizedTest
  @CsvSource({
    "259, 34712, compression 34712",
    "259, 6, old-style JPEG compression",
    "262, 32803, photometric interpretation 32803",
    "258, 12, 12-bit samples",
    "339, 3, floating-point samples",
    "277, 5, 5 samples per pixel",
    "284, 3, planar configuration 3"
  })
  void kindsThatAreNotReadAreNamedAndNeverToBeDeleted(int tag, int value, String named) {
    byte[] file = tiff(3, 2, new byte[6], Map.of(tag, value));

    assertThatThrownBy(() -> ImageDecoder.decode(file, "scan.tif"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("scan.tif")
        .hasMessageContaining(named)
        .hasMessageContaining("convert it to PNG or JPEG")
        .message()
        .doesNotContain("delete");
  }

  @ParameterizedTest
  @CsvSource({
    "279, 7000, ends early",
    "273, 2147483647, ends early",
    "278, 0, no pixels",
    "278, 1, too few strips",
    "256, 4, ends early",
    "322, 16, the TIFF's directory"
  })
  void structureThatLeavesTheFileIsRefused(int tag, int value, String named) {
    Map<Integer, Integer> more = new TreeMap<>();
    more.put(tag, value);
    if (tag == TiffDirectory.TILE_WIDTH) {
      more.put(TiffDirectory.TILE_HEIGHT, 1);
      more.put(TiffDirectory.TILE_OFFSETS, 8);
    }
    byte[] file = tiff(3, 2, new byte[6], more);

    assertThatThrownBy(() -> ImageDecoder.decode(file, "scan.tif"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("scan.tif")
        .hasMessageContaining(named);
  }

  @Test
  void aHugeTileOfASmallImageTakesNoMemory() {
    Map<Integer, Integer> more = new TreeMap<>();
    more.put(TiffDirectory.TILE_WIDTH, 1 << 15);
    more.put(TiffDirectory.TILE_HEIGHT, 1 << 15);
    more.put(TiffDirectory.TILE_OFFSETS, 8);
    more.put(TiffDirectory.TILE_BYTES, 6);
    byte[] file = tiff(3, 2, new byte[6], more);

    assertThatThrownBy(() -> ImageDecoder.decode(file, "tile.tif"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tiles of 32768x32768");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiff-rgb-lzw.tif",
        "tiff-rgb-deflate.tif",
        "tiff-rgb-packbits.tif",
        "tiff-cp-tiled.tif",
        "tiff-jpeg-75.tif",
        "tiff-fax-g4.tif"
      })
  void aCutFileNamesItselfWhereverItIsCut(String name) throws IOException {
    byte[] whole = file(name);
    for (int sixteenth = 0; sixteenth < 15; sixteenth++) {
      byte[] cut = Arrays.copyOf(whole, whole.length * sixteenth / 16);
      assertThatThrownBy(() -> ImageDecoder.decode(cut, "cats/" + name))
          .as("cut to %d bytes", cut.length)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cats/" + name);
    }
  }
}
