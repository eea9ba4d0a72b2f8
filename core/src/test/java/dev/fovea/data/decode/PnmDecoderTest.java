package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PnmDecoderTest {
  private static Image decode(String text) {
    return ImageDecoder.decode(text.getBytes(StandardCharsets.ISO_8859_1), "a.ppm");
  }

  @Test
  void commentsMayStandWhereverSpaceMay() {
    Image image = decode("P2 # grey\n2# wide\n 1 #\n#\n10\n5 10");

    assertThat(image.pixel(0, 0)).isEqualTo(0x808080);
    assertThat(image.pixel(1, 0)).isEqualTo(0xffffff);
  }

  @Test
  void samplesBeginRightBehindOneWhiteSpace() {
    assertThat(decode("P6 1 1 255\n\n 1").pixel(0, 0)).isEqualTo(0x0a2031);
  }

  @Test
  void bitsAreWhiteWhereTheyAreNotSet() {
    Image image = decode("P4 9 1\n\u0080\u0080");

    assertThat(image.pixel(0, 0)).isZero();
    assertThat(image.pixel(1, 0)).isEqualTo(0xffffff);
    assertThat(image.pixel(8, 0)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "P6 2 2 255 abc, ends early",
    "P3 1 1 255 1 2, ends early",
    "P3 1 1 9 1 2 10, sample 10 is above the maximum of 9",
    "P2 1 1 70000 1, maximum sample value is 70000",
    "P2 1 1 0 1, maximum sample value is 0",
    "P2 x 1 1 1, where a number is expected",
    "P1 1 1 2, neither 0 nor 1",
    "P5 99999999999 1 255 x, where a number is expected",
    "P5 99999 99999 255 x, the limit is",
    "P5 0 3 255 x, 0x3"
  })
  void whatIsNotWholeIsRefused(String text, String reason) {
    assertThatThrownBy(() -> decode(text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.ppm")
        .hasMessageContaining(reason);
  }
}
