package dev.fovea.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class JpegEncoderTest {
  private static final int SIDES = 34;

  @Test
  void everySizeKindAndQualityIsByteEqualToPillow() throws IOException {
    List<String> lines =
        new String(Golden.bytes("jpeg_encoder.txt"), StandardCharsets.US_ASCII).lines().toList();
    assertThat(lines).hasSize(66);
    assertThat(lines.stream().map(JpegEncoderTest::again).toList()).isEqualTo(lines);
  }

  @Test
  void whatIsDecodedIsCloseToTheImage() {
    Image image = picture("smooth", 90, 61);
    Image back =
        ImageDecoder.decode(new JpegEncoder(100, ChromaSampling.FULL).encode(image), "back.jpg");
    int most =
        IntStream.range(0, image.rgb().length)
            .map(i -> Math.abs((image.rgb()[i] & 255) - (back.rgb()[i] & 255)))
            .max()
            .orElseThrow();
    assertThat(most).isLessThanOrEqualTo(4);
  }

  @Test
  void aSideThatJpegCannotStateIsRefused() {
    JpegEncoder encoder = new JpegEncoder(95, ChromaSampling.QUARTER);
    assertThat(encoder.encode(Image.black(65_535, 1))).isNotEmpty();
    assertThatThrownBy(() -> encoder.encode(Image.black(1, 65_536)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1x65536 pixels is too long for a JPEG");
  }

  @Test
  void qualityAndSamplingAreChecked() {
    assertThatThrownBy(() -> new JpegEncoder(0, ChromaSampling.QUARTER))
        .hasMessage("the JPEG quality must lie in 1..100, got 0");
    assertThatThrownBy(() -> ChromaSampling.parse("4:2:2"))
        .hasMessage("unknown chroma subsampling '4:2:2'; expected 4:2:0 or 4:4:4");
    assertThat(ChromaSampling.parse("4:4:4")).isEqualTo(ChromaSampling.FULL);
  }

  /** The line of the same pictures by our encoder. */
  private static String again(String line) {
    String[] words = line.split(" ");
    JpegEncoder encoder =
        new JpegEncoder(Integer.parseInt(words[1]), ChromaSampling.parse(words[2]));
    MessageDigest sha = sha();
    for (int w = 1; w <= SIDES; w++) {
      for (int h = 1; h <= SIDES; h++) {
        sha.update(encoder.encode(picture(words[0], w, h)));
      }
    }
    sha.update(encoder.encode(picture(words[0], 97, 70)));
    return words[0]
        + " "
        + words[1]
        + " "
        + words[2]
        + " "
        + HexFormat.of().formatHex(sha.digest());
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** The pictures of make_jpeg_encoder_golden.py. */
  private static Image picture(String kind, int w, int h) {
    Image image = Image.black(w, h);
    int at = 0;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int c = 0; c < 3; c++) {
          image.rgb()[at++] = (byte) sample(kind, x, y, c, hash(x, y, c, w * 64 + h));
        }
      }
    }
    return image;
  }

  private static int sample(String kind, int x, int y, int c, int noise) {
    int checker = 255 * (x + y & 1);
    int wave = x * (4 + c) + y * (7 - c) & 511;
    return switch (kind) {
      case "noise" -> noise;
      case "smooth" -> Math.min(255, (wave > 255 ? 511 - wave : wave) + (noise >> 5));
      case "extreme" -> y % 16 < 8 ? checker ^ 255 * (noise >> 7) : checker;
      default -> throw new AssertionError(kind);
    };
  }

  private static int hash(int x, int y, int c, int seed) {
    int v = x * 0x9e3779b1 + y * 0x85ebca77 + c * 0xc2b2ae3d + seed * 0x27d4eb2f;
    v = (v ^ v >>> 15) * 0x2c1b3c6d;
    v = (v ^ v >>> 12) * 0x297a2d39;
    return (v ^ v >>> 15) >>> 24;
  }
}
