package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "rgb-optimised.png",
        "grey.png",
        "grey1.png",
        "grey2.png",
        "grey4.png",
        "grey16.png",
        "rgb16.png",
        "palette.png",
        "palette4.png",
        "palette2.png",
        "palette-transparent.png",
        "rgba.png",
        "grey-alpha.png",
        "interlaced.png",
        "interlaced-tiny.png",
        "444.jpg",
        "422.jpg",
        "420.jpg",
        "progressive.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "ycck.jpg",
        "exif1.jpg",
        "exif2.jpg",
        "exif3.jpg",
        "exif4.jpg",
        "exif5.jpg",
        "exif6.jpg",
        "exif7.jpg",
        "exif8.jpg",
        "one.gif",
        "grey.gif",
        "animated.gif",
        "transparent.gif",
        "interlaced.gif",
        "rgb.bmp",
        "grey.bmp",
        "palette.bmp",
        "bits.bmp",
        "lossless.webp",
        "lossless-alpha.webp",
        "lossy.webp",
        "lossy-alpha.webp"
      })
  void everyKindOfFileEqualsPillowByteForByte(String name) throws IOException {
    Image image = ImageDecoder.decode(Golden.bytes(name), name);
    Image expected = Golden.image(name + ".rgb");

    assertThat(image.width()).isEqualTo(expected.width());
    assertThat(image.height()).isEqualTo(expected.height());
    assertThat(image.rgb()).isEqualTo(expected.rgb());
  }

  @Test
  void orientationCanBeLeftToTheCaller() throws IOException {
    DecodeLimits limits = new DecodeLimits(1_000_000, 1_000_000, false);

    Image turned = ImageDecoder.decode(Golden.bytes("exif6.jpg"), "exif6.jpg", limits);

    assertThat(turned.rgb()).isEqualTo(Golden.image("exif1.jpg.rgb").rgb());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "interlaced.png",
        "420.jpg",
        "progressive.jpg",
        "cmyk.jpg",
        "one.gif",
        "rgb.bmp",
        "lossless.webp",
        "lossy.webp"
      })
  void aTruncatedFileNamesItselfWhereverItIsCut(String name) throws IOException {
    byte[] whole = Golden.bytes(name);
    for (int sixteenth = 0; sixteenth < 16; sixteenth++) {
      byte[] cut = Arrays.copyOf(whole, whole.length * sixteenth / 16);
      assertThatThrownBy(() -> ImageDecoder.decode(cut, "cats/" + name))
          .as("cut to %d bytes", cut.length)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cats/" + name);
    }
  }

  @Test
  void thePixelsAreCountedBeforeMemoryIsTaken() {
    byte[] png = new byte[40];
    byte[] start = {
      (byte) 0x89,
      'P',
      'N',
      'G',
      13,
      10,
      26,
      10,
      0,
      0,
      0,
      13,
      'I',
      'H',
      'D',
      'R',
      0,
      0,
      (byte) 0xea,
      0x60,
      0,
      0,
      (byte) 0xea,
      0x60,
      8,
      2
    };
    System.arraycopy(start, 0, png, 0, start.length);
    byte[] gif =
        "GIF89a\u00ff\u00ff\u00ff\u00ff\0\0\0,\0\0\0\0\u0001\0\u0001\0\0\u0002\u0002D\u0001\0;"
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] jpeg = {
      (byte) 0xff,
      (byte) 0xd8,
      (byte) 0xff,
      (byte) 0xc0,
      0,
      17,
      8,
      -1,
      -1,
      -1,
      -1,
      3,
      1,
      0x22,
      0,
      2,
      0x11,
      0,
      3,
      0x11,
      0
    };

    for (byte[] bomb : new byte[][] {png, gif, jpeg}) {
      assertThatThrownBy(() -> ImageDecoder.decode(bomb, "bomb"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("bomb")
          .hasMessageContaining("the limit is 250 megapixels; raise data.max_megapixels");
    }
  }

  @Test
  void anImageWithoutPixelsIsRefused() throws IOException {
    byte[] png = Golden.bytes("rgb.png");
    Arrays.fill(png, 16, 20, (byte) 0);

    assertThatThrownBy(() -> ImageDecoder.decode(png, "flat.png"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("flat.png")
        .hasMessageContaining("0x29");
  }

  // Found by fuzzing: the JDK would take the stated bytes before looking at the embedded file.
  @ParameterizedTest
  @CsvSource({"4, 100, compression 4", "5, 2147483647, compression 5", "1, 2147483647, 2147483647"})
  void aBmpOfAnotherFormatOrAnImpossibleSizeIsRefusedUnread(int packing, int size, String reason)
      throws IOException {
    byte[] bmp = Golden.bytes("palette.bmp");
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(30, packing).putInt(34, size);
    assertThatThrownBy(() -> ImageDecoder.decode(bmp, "sly.bmp"))
        .isExactlyInstanceOf(DataException.class)
        .hasMessageContaining("sly.bmp")
        .hasMessageContaining(reason);
  }

  @Test
  void textNamedLikeAnImageIsRefused() {
    assertThatThrownBy(
            () -> ImageDecoder.decode("hello".getBytes(StandardCharsets.UTF_8), "note.jpg"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("note.jpg")
        .hasMessageContaining("an unknown format");
    assertThatThrownBy(() -> ImageDecoder.decode(new byte[0], "empty.jpg"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("empty.jpg")
        .hasMessageContaining("empty");
  }

  @ParameterizedTest
  @CsvSource({
    "0000001c667479706176696600000000, AVIF",
    "0000001c667479706865696300000000, HEIF",
    "0000000c4a584c200d0a870a00000000, JPEG XL",
    "0000000c6a5020200d0a870a00000000, JPEG 2000",
    "25504446000000000000000000000000, PDF"
  })
  void formatsThatAreNotReadAreNamedAndNeverToBeDeleted(String hex, String format) {
    byte[] file = HexFormat.of().parseHex(hex);

    assertThatThrownBy(() -> ImageDecoder.decode(file, "a.jpg"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.jpg")
        .hasMessageContaining("it is " + format + "; supported formats are JPEG, PNG")
        .hasMessageContaining("convert it to PNG or JPEG")
        .message()
        .doesNotContain("delete");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.JPG", "a.jpeg", "a.png", "a.ppm", "a.bmp", "a.pgm", "a.tif", "a.TIFF", "a.webp"
      })
  void theSuffixesOfTorchvisionAreThoseOfImages(String name) {
    assertThat(ImageFormat.isImageName("class/" + name)).isTrue();
  }

  @Test
  void aFileBeyondTheByteLimitIsRefused() throws IOException {
    byte[] png = Golden.bytes("rgb.png");

    assertThatThrownBy(
            () -> ImageDecoder.decode(png, "big.png", new DecodeLimits(1000_000, 100, true)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("big.png")
        .hasMessageContaining("the limit is 100");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "palette4.png",
        "interlaced.png",
        "420.jpg",
        "progressive.jpg",
        "ycck.jpg",
        "exif6.jpg",
        "one.gif",
        "palette.bmp",
        "lossless.webp",
        "lossy-alpha.webp"
      })
  void mutatedFilesDecodeOrComplainAndNothingElse(String name) throws IOException {
    byte[] whole = Golden.bytes(name);
    Random random = new Random(name.hashCode());
    DecodeLimits limits = new DecodeLimits(1_000_000, 1_000_000, true);
    int complaints = 0;
    for (int i = 0; i < 150; i++) {
      byte[] mutant = mutate(whole, random);
      try {
        Image image =
            assertTimeout(Duration.ofSeconds(10), () -> ImageDecoder.decode(mutant, name, limits));
        assertThat((long) image.width() * image.height()).isLessThanOrEqualTo(limits.maxPixels());
      } catch (DataException e) {
        assertThat(e).hasMessageContaining(name);
        complaints++;
      }
    }
    assertThat(complaints).isPositive();
  }

  private static byte[] mutate(byte[] whole, Random random) {
    byte[] mutant = whole.clone();
    int changes = 1 + random.nextInt(6);
    for (int c = 0; c < changes; c++) {
      int at =
          random.nextBoolean()
              ? random.nextInt(Math.min(64, mutant.length))
              : random.nextInt(mutant.length);
      switch (random.nextInt(4)) {
        case 0 -> mutant[at] = (byte) random.nextInt(256);
        case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> mutant[at] = (byte) (random.nextBoolean() ? 0 : 255);
        default -> {
          int length = Math.min(random.nextInt(20), mutant.length - at);
          System.arraycopy(mutant, random.nextInt(mutant.length - length + 1), mutant, at, length);
        }
      }
    }
    return random.nextInt(5) == 0 ? Arrays.copyOf(mutant, random.nextInt(mutant.length)) : mutant;
  }
}
