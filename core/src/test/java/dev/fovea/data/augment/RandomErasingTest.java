package dev.fovea.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.augment.RandomErasing.Fill;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.tensor.Rng;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomErasingTest {
  private static final byte[] MEAN = {124, 116, 104};
  private static final float[] DEVIATION = {20, 30, 10};

  private static Augment.Draw draw(int index) {
    return new Augment.Draw(Rng.of(6, 0, index), MEAN, DEVIATION);
  }

  /** The bounds of what differs from black, and how much does: left, top, right, bottom, count. */
  private static int[] erased(Image out) {
    int[] box = {out.width(), out.height(), 0, 0, 0};
    for (int y = 0; y < out.height(); y++) {
      for (int x = 0; x < out.width(); x++) {
        if (out.pixel(x, y) != 0) {
          box[0] = Math.min(box[0], x);
          box[1] = Math.min(box[1], y);
          box[2] = Math.max(box[2], x + 1);
          box[3] = Math.max(box[3], y + 1);
          box[4]++;
        }
      }
    }
    return box;
  }

  @Test
  void rectanglesOfTheMeanColorFollowTheDistribution() {
    RandomErasing erasing = RandomErasing.standard(0.5, Fill.MEAN);
    Image in = Image.black(60, 50);
    int n = 10_000;
    int hit = 0;
    double area = 0;
    double logRatio = 0;
    for (int i = 0; i < n; i++) {
      Image out = erasing.apply(in, draw(i));
      int[] box = erased(out);
      if (box[4] == 0) {
        continue;
      }
      int w = box[2] - box[0];
      int h = box[3] - box[1];
      assertThat(box[4]).as("a full rectangle").isEqualTo(w * h);
      assertThat(out.pixel(box[0], box[1])).isEqualTo(0x7c7468);
      hit++;
      area += box[4] / 3000.0;
      logRatio += Math.log((double) h / w);
    }
    assertThat((double) hit / n).isCloseTo(0.5, within(0.02));
    // torchvision's get_params over 400,000 draws at 50x60 in NumPy: 0.1727 and -0.0205.
    assertThat(area / hit).isCloseTo(0.1727, within(0.005));
    assertThat(logRatio / hit).isCloseTo(-0.0205, within(0.035));
    assertThat(in.rgb()).containsOnly(0);
  }

  @Test
  void noiseIsStandardNormalAfterNormalization() {
    RandomErasing erasing = RandomErasing.standard(1, Fill.NOISE);
    double[] sum = new double[3];
    double[] squares = new double[3];
    int n = 0;
    for (int i = 0; i < 60; i++) {
      Image out = erasing.apply(Image.black(60, 50), draw(i));
      for (int p = 0; p < 3000; p++) {
        for (int c = 0; c < 3 && out.pixel(p % 60, p / 60) != 0; c++) {
          double z = ((out.rgb()[p * 3 + c] & 255) - (MEAN[c] & 255)) / (double) DEVIATION[c];
          sum[c] += z;
          squares[c] += z * z;
          n += c == 0 ? 1 : 0;
        }
      }
    }
    assertThat(n).isGreaterThan(20_000);
    for (int c = 0; c < 3; c++) {
      assertThat(sum[c] / n).isCloseTo(0, within(0.03));
      // Clipping at 0 and 255 is beyond 3.8 deviations.
      assertThat(squares[c] / n).isCloseTo(1, within(0.03));
    }
  }

  @Test
  void aRandomColorIsOneForTheWholeRectangle() {
    Set<Integer> colors = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      Image out = RandomErasing.standard(1, Fill.COLOUR).apply(Image.black(60, 50), draw(i));
      int[] box = erased(out);
      int color = out.pixel(box[0], box[1]);
      for (int y = box[1]; y < box[3]; y++) {
        for (int x = box[0]; x < box[2]; x++) {
          assertThat(out.pixel(x, y)).isEqualTo(color);
        }
      }
      colors.add(color);
    }
    assertThat(colors).hasSizeGreaterThan(45);
  }

  @Test
  void theTableHoldsTheQuantilesOfTheNormalDistribution() {
    double squares = 0;
    for (int i = 0; i < 4096; i++) {
      assertThat(NormalTable.value(4095 - i)).isEqualTo(-NormalTable.value(i));
      squares += NormalTable.value(i) * (double) NormalTable.value(i) / 4096;
    }
    // Quantiles at 1 - 1/8192, 0.75 + 1/8192 and 0.975 + 6.1e-5, by SciPy's norm.ppf.
    assertThat((double) NormalTable.value(4095)).isCloseTo(3.6683, within(1e-3));
    assertThat((double) NormalTable.value(3072)).isCloseTo(0.67487, within(1e-4));
    assertThat(squares).isCloseTo(1, within(0.002));
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> RandomErasing.standard(1.1, Fill.MEAN))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new RandomErasing(1, 0.5, 0.2, 0.3, Fill.MEAN))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new RandomErasing(1, 0.1, 0.2, 1.3, Fill.MEAN))
        .isInstanceOf(DataException.class);
  }
}
