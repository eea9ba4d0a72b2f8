package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.image.Image;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OverlayTest {
  private static final int GRAY = 100;

  private static Image gray(int width, int height) {
    Image image = Image.black(width, height);
    Arrays.fill(image.rgb(), (byte) GRAY);
    return image;
  }

  private static HeatMap row(float... values) {
    return new HeatMap(1, values.length, values);
  }

  private static Image overlay(Image seen, HeatMap map, double full) {
    return Overlay.of(seen, map, full, Overlay.factor(seen.width(), seen.height()));
  }

  /** What the colors of the ramp make of a gray pixel. */
  private static int mixed(int[][] ramp, double strength) {
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      double color = ramp[0][c] + strength * (ramp[1][c] - ramp[0][c]);
      rgb = rgb << 8 | (int) Math.rint(GRAY + 0.85 * strength * (color - GRAY));
    }
    return rgb;
  }

  @Test
  void positiveValuesAreRedNegativeBlueAndZeroIsThePicture() {
    Image out = overlay(gray(512, 1), expanded(-2, -1, 0, 1, 2), 2);
    assertThat(out.width()).isEqualTo(512);
    assertThat(out.pixel(0, 0)).isEqualTo(0x136fa5).isEqualTo(mixed(Overlay.AGAINST, 1));
    assertThat(out.pixel(128, 0)).isEqualTo(mixed(Overlay.AGAINST, 0.5));
    assertThat(out.pixel(256, 0)).isEqualTo(0x646464);
    assertThat(out.pixel(384, 0)).isEqualTo(mixed(Overlay.FOR, 0.5));
    assertThat(out.pixel(511, 0)).isEqualTo(0xbb0f2a).isEqualTo(mixed(Overlay.FOR, 1));
  }

  /** Values at the first, second, third and last quarter and the end of 512 pixels. */
  private static HeatMap expanded(float a, float b, float c, float d, float e) {
    float[] values = new float[512];
    float[] at = {a, b, c, d};
    for (int i = 0; i < values.length; i++) {
      values[i] = at[i / 128];
    }
    values[511] = e;
    return new HeatMap(1, 512, values);
  }

  @Test
  void valuesBeyondTheScaleHaveTheFullColor() {
    HeatMap map = expanded(-9, -2, 2, 9, 9);
    Image out = overlay(gray(512, 1), map, 2);
    assertThat(out.pixel(0, 0)).isEqualTo(out.pixel(128, 0));
    assertThat(out.pixel(256, 0)).isEqualTo(out.pixel(384, 0)).isNotEqualTo(out.pixel(0, 0));
  }

  @Test
  void theScaleIsSymmetricAndLeavesOutSinglePixels() {
    float[] values = new float[1000];
    Arrays.fill(values, -1);
    values[3] = 50;
    assertThat(Overlay.full(new HeatMap(10, 100, values))).isEqualTo(1);
    assertThat(Overlay.full(row(0, -3, 2))).isEqualTo(3);
    float[] one = new float[1000];
    one[7] = 5;
    assertThat(Overlay.full(new HeatMap(10, 100, one))).isEqualTo(5);
  }

  @Test
  void anEmptyMapIsThePictureInGray() {
    HeatMap empty = new HeatMap(2, 2, new float[4]);
    assertThat(Overlay.full(empty)).isZero();
    Image red = new Image(1, 1, new byte[] {(byte) 255, 0, 0});
    assertThat(overlay(red, new HeatMap(1, 1, new float[1]), 0).pixel(0, 0)).isEqualTo(0x4c4c4c);
  }

  @Test
  void aMapThatIsNegativeEverywhereIsBlueEverywhere() {
    HeatMap map = new HeatMap(2, 2, new float[] {-4, -1, -2, -3});
    Image out = overlay(gray(64, 64), map, Overlay.full(map));
    for (int i = 0; i < out.rgb().length; i += 3) {
      assertThat(out.rgb()[i + 2] & 255).isGreaterThan(out.rgb()[i] & 255);
    }
  }

  @Test
  void smallPicturesAreEnlargedAndLargeOnesKeepTheirPixels() {
    assertThat(Overlay.factor(32, 32)).isEqualTo(8);
    assertThat(Overlay.factor(224, 224)).isEqualTo(1);
    assertThat(Overlay.factor(299, 299)).isEqualTo(1);
    Image seen = new Image(2, 1, new byte[] {0, 0, 0, 9, 9, 9});
    Image out = overlay(seen, row(0, 0), 0);
    assertThat(out.width()).isEqualTo(256);
    assertThat(out.pixel(127, 0)).isZero();
    assertThat(out.pixel(128, 127)).isEqualTo(0x090909);
    Image same = Overlay.of(seen, row(-1, 1), 1, 1);
    assertThat(same.width()).isEqualTo(2);
    assertThat(same.pixel(0, 0) & 255).isGreaterThan(same.pixel(1, 0) & 255);
  }

  @Test
  void aBoxIsDrawnOnItsEdgesAndMayReachBeyondThePicture() {
    Image seen = gray(300, 300);
    Image out = gray(300, 300);
    Overlay.outline(out, seen, new Box(10, 20, 110, 220), false);
    assertThat(out.pixel(10, 20)).isEqualTo(0xffd43b);
    assertThat(out.pixel(109, 219)).isEqualTo(0xffd43b);
    assertThat(out.pixel(9, 20)).isEqualTo(out.pixel(110, 220)).isEqualTo(0x646464);
    assertThat(out.pixel(60, 120)).isEqualTo(0x646464);
    Overlay.outline(out, seen, new Box(-50, -50, 900, 900), true);
    assertThat(out.pixel(0, 0)).isEqualTo(0xffffff);
    assertThat(out.pixel(299, 299)).isIn(0xffffff, 0x000000);
  }
}
