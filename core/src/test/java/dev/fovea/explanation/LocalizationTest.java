package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LocalizationTest {
  private static HeatMap map(String... rows) {
    float[] values = new float[rows.length * rows[0].length()];
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < rows[0].length(); x++) {
        values[y * rows[0].length() + x] = rows[y].charAt(x) - '0';
      }
    }
    return new HeatMap(rows.length, rows[0].length(), values);
  }

  @Test
  void theBoxHoldsTheLargestRegionAboveTheShare() {
    HeatMap map = map("90000", "00033", "00330", "00001");
    assertThat(Localization.box(map, 0.2)).contains(new Box(2, 1, 5, 3));
    // Only the highest value is left.
    assertThat(Localization.box(map, 0.5)).contains(new Box(0, 0, 1, 1));
    // Corners connect.
    assertThat(Localization.box(map("900", "090", "009"), 0.2)).contains(new Box(0, 0, 3, 3));
    assertThat(Localization.box(map("99", "99"), 0.2)).contains(new Box(0, 0, 2, 2));
    // Of equal regions the first.
    assertThat(Localization.box(map("909"), 0.2)).contains(new Box(0, 0, 1, 1));
  }

  @Test
  void aMapWithoutPositiveValuesHasNoBox() {
    assertThat(Localization.box(new HeatMap(1, 2, new float[] {-1, 0}), 0.2)).isEmpty();
    assertThatThrownBy(() -> Localization.box(map("9"), 0)).hasMessageContaining("share");
    assertThatThrownBy(() -> Localization.box(map("9"), 1.5)).hasMessageContaining("1.5");
  }

  @Test
  void theOverlapOfBoxesIsIntersectionOverUnion() {
    Box box = new Box(0, 0, 10, 10);
    assertThat(box.iou(box)).isEqualTo(1);
    assertThat(box.iou(new Box(5, 0, 15, 10))).isCloseTo(1 / 3.0, within(1e-12));
    assertThat(box.iou(new Box(10, 0, 20, 10))).isZero();
    assertThat(box.iou(new Box(12, 12, 20, 20))).isZero();
    assertThat(box.iou(new Box(2, 2, 4, 4))).isCloseTo(0.04, within(1e-12));
    assertThatThrownBy(() -> new Box(5, 0, 5, 10)).hasMessageContaining("right edge");
    assertThatThrownBy(() -> new Box(0, 0, Double.NaN, 10)).hasMessageContaining("NaN");
  }

  private static Preprocessing preprocessing(int height, int width, int shorter) {
    return new Preprocessing(
        3,
        height,
        width,
        shorter,
        Interpolation.BILINEAR,
        Preprocessing.IMAGENET_MEAN,
        Preprocessing.IMAGENET_STD,
        Preprocessing.ChannelOrder.RGB,
        Preprocessing.ValueRange.UNIT,
        Decoding.EXACT);
  }

  @Test
  void theSeenAreaIsWhereAMarkInThePictureComesOut() {
    int[][] cases = {
      // height, width, shorter side of the network; width, height of the picture
      {56, 56, 64, 640, 480},
      {56, 56, 64, 300, 701},
      {40, 72, 48, 500, 333},
      {64, 64, 64, 64, 64},
      {64, 64, 40, 90, 80},
    };
    for (int[] c : cases) {
      Preprocessing how = preprocessing(c[0], c[1], c[2]);
      // A white rectangle of known edges; where it lies in the input says what the area must say.
      Box mark = new Box(c[3] * 0.4, c[4] * 0.35, c[3] * 0.6, c[4] * 0.55);
      Image picture = Image.black(c[3], c[4]);
      for (int y = (int) mark.top(); y < (int) mark.bottom(); y++) {
        for (int x = (int) mark.left(); x < (int) mark.right(); x++) {
          Arrays.fill(picture.rgb(), 3 * (y * c[3] + x), 3 * (y * c[3] + x) + 3, (byte) 255);
        }
      }
      Image seen = how.input(picture);
      float[] bright = new float[c[0] * c[1]];
      for (int i = 0; i < bright.length; i++) {
        bright[i] = (seen.rgb()[3 * i] & 255) / 255f;
      }
      SeenArea area = SeenArea.of(how, picture);
      Box found = Localization.box(new HeatMap(c[0], c[1], bright), 0.5).orElseThrow();
      Box back = area.toPicture(found);
      // Half a pixel of the input on each side.
      double pixel = area.toPicture(new Box(0, 0, 1, 1)).right() - area.edges().left();
      assertThat(back.left()).isCloseTo(mark.left(), within(pixel));
      assertThat(back.top()).isCloseTo(mark.top(), within(pixel));
      assertThat(back.right()).isCloseTo(mark.right(), within(pixel));
      assertThat(back.bottom()).isCloseTo(mark.bottom(), within(pixel));
      Box again = area.toInput(back);
      assertThat(again.left()).isCloseTo(found.left(), within(1e-9));
      assertThat(again.bottom()).isCloseTo(found.bottom(), within(1e-9));
    }
  }

  @Test
  void aMapMovesToWhatAnotherNetworkSawOfTheSamePicture() {
    Image picture = Image.black(600, 400);
    SeenArea small = SeenArea.of(preprocessing(56, 56, 64), picture);
    SeenArea large = SeenArea.of(preprocessing(112, 112, 128), picture);
    SeenArea wide = SeenArea.of(preprocessing(64, 64, 64), picture);
    float[] ramp = new float[56 * 56];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i % 56;
    }
    HeatMap map = new HeatMap(56, 56, ramp);
    assertThat(EnsembleMap.moved(map, small, small)).isSameAs(map);
    HeatMap doubled = EnsembleMap.moved(map, small, large);
    HeatMap resized = map.resized(112, 112);
    for (int x = 0; x < 112; x++) {
      assertThat(doubled.at(50, x)).isCloseTo(resized.at(50, x), within(1e-4f));
    }
    // A network that sees more has zeros around what the first one saw.
    HeatMap around = EnsembleMap.moved(new HeatMap(56, 56, filled(56 * 56)), small, wide);
    assertThat(around.at(0, 0)).isZero();
    assertThat(around.at(32, 32)).isEqualTo(1);
    assertThat(around.sum()).isCloseTo(56 * 56, within(1.0));
  }

  private static float[] filled(int length) {
    float[] ones = new float[length];
    Arrays.fill(ones, 1);
    return ones;
  }
}
