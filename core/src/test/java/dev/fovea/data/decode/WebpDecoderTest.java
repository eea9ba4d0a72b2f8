package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebpDecoderTest {
  private static byte[] file(String name) throws IOException {
    return ImageCorpus.file(name);
  }

  // Files that a decoder made nearly black which predicts from filtered samples.
  @Tag("shared")
  @ParameterizedTest
  @CsvSource({
    "webp-dark-1.webp, 3300fb39359974bc",
    "webp-dark-2.webp, fbee11592905a6e0",
    "webp-dark-3.webp, 463fd17d2b77f0d5"
  })
  void smoothImagesAreNotDarkened(String name, String sha256)
      throws IOException, NoSuchAlgorithmException {
    Path path = Path.of(System.getProperty("fovea.shared"), "cases", name);

    byte[] rgb = ImageDecoder.decode(Files.readAllBytes(path), name).rgb();

    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(rgb)))
        .startsWith(sha256);
  }

  @Test
  void aFirstFrameWithinTheCanvasHasBlackAroundIt() throws IOException {
    Image image = ImageDecoder.decode(file("webp-animated-inner.webp"), "a.webp");

    assertThat(image.width()).isEqualTo(30);
    assertThat(image.height()).isEqualTo(20);
    assertThat(image.pixel(5, 20 - 1)).isZero();
    assertThat(image.pixel(6, 3)).isZero();
    assertThat(image.pixel(6, 4)).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "webp-lossy-00-q35.webp",
        "webp-lossless-00.webp",
        "webp-animated-0.webp",
        "webp-lossy-alpha-0.webp",
        "webp-exif-3.webp"
      })
  void aCutFileSaysSoWhereverItIsCut(String name) throws IOException {
    byte[] whole = file(name);
    for (int length = 20; length < whole.length - 2; length += 7) {
      byte[] cut = Arrays.copyOf(whole, length);
      // The outermost length made right, so that the inner structure has to notice.
      ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN).putInt(4, length - 8);
      String message;
      try {
        ImageDecoder.decode(cut, "cats/cut.webp");
        message = "";
      } catch (DataException e) {
        message = String.valueOf(e.getMessage());
      }
      // What follows the first frame is not needed.
      if (!name.contains("animated") && !name.contains("exif")) {
        assertThat(message).as("cut to %d", length).contains("cats/cut.webp").contains("ends ");
      }
    }
  }

  @Test
  void aCanvasOfAnotherSizeThanItsFrameIsRefused() throws IOException {
    byte[] webp = file("webp-lossy-alpha-0.webp");
    webp[24]++;

    assertThatThrownBy(() -> ImageDecoder.decode(webp, "sly.webp"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("sly.webp")
        .hasMessageContaining("disagree about the image size");
  }

  @Test
  void aHugeCanvasIsRefusedBeforeMemoryIsTaken() throws IOException {
    byte[] webp = file("webp-animated-0.webp");
    Arrays.fill(webp, 24, 30, (byte) 255);

    assertThatThrownBy(() -> ImageDecoder.decode(webp, "bomb.webp"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("bomb.webp")
        .hasMessageContaining("16777216x16777216");
  }
}
