package dev.fovea.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.augment.PhotometricDistortion.Order;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.inspect.DataStats;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColorTest {
  private static final float[] DEVIATION = {58, 57, 57};

  private static Augment.Draw draw(int index) {
    return new Augment.Draw(Rng.of(4, 0, index), new byte[] {124, 116, 104}, DEVIATION);
  }

  private static Image noise(int w, int h, long seed) {
    Image out = Image.black(w, h);
    Rng rng = Rng.of(seed, 1, 1);
    for (int i = 0; i < out.rgb().length; i += 3) {
      // Some pixels grey, some black, most of them any color.
      int kind = rng.nextInt(10);
      for (int c = 0; c < 3; c++) {
        int v = kind == 0 ? 0 : rng.nextInt(256);
        out.rgb()[i + c] = kind == 1 && c > 0 ? out.rgb()[i] : (byte) v;
      }
    }
    return out;
  }

  private static Image plain(int r, int g, int b) {
    return new Image(1, 1, new byte[] {(byte) r, (byte) g, (byte) b});
  }

  // TensorFlow's kernels in float64: brightness, saturation, hue, contrast by the textbook's HSV.

  private static void brighten(double[] v, double delta) {
    Arrays.setAll(v, i -> v[i] + delta);
  }

  private static void contrast(double[] v, double factor) {
    for (int c = 0; c < 3; c++) {
      double mean = 0;
      for (int i = c; i < v.length; i += 3) {
        mean += v[i] / (v.length / 3);
      }
      for (int i = c; i < v.length; i += 3) {
        v[i] = (v[i] - mean) * factor + mean;
      }
    }
  }

  private static void saturateThenTurn(double[] v, double factor, double hue) {
    for (int i = 0; i < v.length; i += 3) {
      double[] hsv = hsv(v[i], v[i + 1], v[i + 2]);
      double[] rgb = rgb(hsv[0], Math.min(1, hsv[1] * factor), hsv[2]);
      hsv = hsv(rgb[0], rgb[1], rgb[2]);
      double turned = hsv[0] + hue;
      rgb = rgb(turned - Math.floor(turned), hsv[1], hsv[2]);
      System.arraycopy(rgb, 0, v, i, 3);
    }
  }

  private static double[] hsv(double r, double g, double b) {
    double most = Math.max(r, Math.max(g, b));
    double range = most - Math.min(r, Math.min(g, b));
    if (range == 0) {
      return new double[] {0, 0, most};
    }
    double h = r == most ? (g - b) / range : g == most ? 2 + (b - r) / range : 4 + (r - g) / range;
    return new double[] {(h + 6) % 6 / 6, most > 0 ? range / most : 0, most};
  }

  private static double[] rgb(double h, double s, double v) {
    double c = s * v;
    double x = c * (1 - Math.abs(h * 6 % 2 - 1));
    double m = v - c;
    double[][] sectors = {{c, x, 0}, {x, c, 0}, {0, c, x}, {0, x, c}, {x, 0, c}, {c, 0, x}};
    double[] rgb = sectors[(int) (h * 6) % 6];
    return new double[] {rgb[0] + m, rgb[1] + m, rgb[2] + m};
  }

  /** Fixed point is good to 0.02 levels, rounding to bytes adds half a level. */
  @Test
  void photometricDistortionFollowsTensorFlowsFormulasInBothOrders() {
    for (int n = 0; n < 40; n++) {
      Image in = noise(7, 5, n);
      Rng rng = Rng.of(n, 0, 0);
      PhotometricDistortion.Change change =
          new PhotometricDistortion.Change(
              rng.nextDouble(-0.13, 0.13),
              rng.nextDouble(0.5, 1.5),
              rng.nextDouble(-0.2, 0.2),
              rng.nextDouble(0.5, 1.5));
      double[] last = values(in);
      brighten(last, change.brightness());
      saturateThenTurn(last, change.saturation(), change.hue());
      contrast(last, change.contrast());
      assertNear(change.contrastLast(in), last);
      double[] middle = values(in);
      brighten(middle, change.brightness());
      contrast(middle, change.contrast());
      saturateThenTurn(middle, change.saturation(), change.hue());
      assertNear(change.hueLast(in), middle);
    }
  }

  private static double[] values(Image in) {
    double[] v = new double[in.rgb().length];
    Arrays.setAll(v, i -> (in.rgb()[i] & 255) / 255.0);
    return v;
  }

  private static void assertNear(Image out, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      double level = 255 * Math.max(0, Math.min(1, expected[i]));
      assertThat((double) (out.rgb()[i] & 255)).isCloseTo(level, within(0.52));
    }
  }

  @Test
  void withoutStrengthPhotometricDistortionChangesNothing() {
    Image in = noise(9, 9, 1);
    for (Order order : Order.values()) {
      assertThat(new PhotometricDistortion(order, 0).apply(in, draw(3)).rgb()).isEqualTo(in.rgb());
    }
  }

  @Test
  void eitherOrderIsTakenForAboutHalfOfTheImages() {
    Image in = noise(6, 6, 2);
    int hueLast = 0;
    for (int i = 0; i < 400; i++) {
      Rng rng = Rng.of(4, 0, i);
      boolean coin = rng.nextBoolean();
      Augment.Draw rest = new Augment.Draw(rng, new byte[3], DEVIATION);
      Order order = coin ? Order.HUE_LAST : Order.CONTRAST_LAST;
      Image expected = new PhotometricDistortion(order, 1).apply(in, rest);
      assertThat(new PhotometricDistortion(Order.EITHER, 1).apply(in, draw(i)).rgb())
          .isEqualTo(expected.rgb());
      hueLast += coin ? 1 : 0;
    }
    assertThat(hueLast).isBetween(160, 240);
  }

  @Test
  void photometricRangesAreThoseOfTensorFlow() {
    PhotometricDistortion d = new PhotometricDistortion(Order.CONTRAST_LAST, 1);
    int least = 255;
    int most = 0;
    for (int i = 0; i < 2000; i++) {
      // One grey pixel: neither saturation, hue nor contrast move it.
      int v = d.apply(plain(100, 100, 100), draw(i)).rgb()[0] & 255;
      least = Math.min(least, v);
      most = Math.max(most, v);
    }
    assertThat(least).isEqualTo(68);
    assertThat(most).isEqualTo(132);
  }

  @Test
  void jitterDrawsFactorsUniformlyAroundOne() {
    ColorJitter jitter = new ColorJitter(0.4, 0, 0, 0);
    double sum = 0;
    double squares = 0;
    int n = 20_000;
    for (int i = 0; i < n; i++) {
      double f = (jitter.apply(plain(100, 100, 100), draw(i)).rgb()[0] & 255) / 100.0;
      assertThat(f).isBetween(0.59, 1.4);
      sum += f / n;
      squares += f * f / n;
    }
    // Rounding down to a hundredth takes half a hundredth off the mean.
    assertThat(sum).isCloseTo(0.995, within(0.006));
    assertThat(squares - sum * sum).isCloseTo(0.8 * 0.8 / 12, within(0.001));
  }

  @Test
  void jitterTakesEveryOrder() {
    // Darkening then desaturating a color differs from the other order by rounding towards zero.
    Image in = plain(251, 17, 99);
    int brightnessFirst = 0;
    int saturationFirst = 0;
    for (int i = 0; i < 3000; i++) {
      Rng rng = Rng.of(4, 0, i);
      int[] order = rng.permutation(4);
      double first = rng.nextDouble(0.5, 1.5);
      double second = rng.nextDouble(0.5, 1.5);
      boolean bright =
          Arrays.stream(order).filter(k -> k == 0 || k == 2).findFirst().orElse(-1) == 0;
      Image expected =
          bright
              ? Chroma.saturation(ToneCurves.brightness(in, first), second)
              : ToneCurves.brightness(Chroma.saturation(in, first), second);
      assertThat(new ColorJitter(0.5, 0, 0.5, 0).apply(in, draw(i)).rgb())
          .isEqualTo(expected.rgb());
      brightnessFirst += bright ? 1 : 0;
      saturationFirst += bright ? 0 : 1;
    }
    assertThat(brightnessFirst).isCloseTo(saturationFirst, within(240));
  }

  @Test
  void lightingShiftsAllPixelsAlongThePrincipalComponents() {
    Image in = noise(4, 4, 3);
    Image grey = plain(128, 128, 128);
    double[][] products = new double[3][3];
    int n = 40_000;
    for (int i = 0; i < n; i++) {
      byte[] out = Lighting.standard().apply(grey, draw(i)).rgb();
      for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
          products[a][b] += ((out[a] & 255) - 128.0) * ((out[b] & 255) - 128.0) / n;
        }
      }
    }
    double[] lambda = {0.2175, 0.0188, 0.0045};
    double[][] p = {
      {-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}
    };
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        // Rounding to bytes adds 1/12 to the variances.
        double expected = a == b ? 1 / 12.0 : 0;
        for (int k = 0; k < 3; k++) {
          expected += p[a][k] * p[b][k] * Math.pow(255 * 0.1 * lambda[k], 2);
        }
        assertThat(products[a][b]).as("%d %d", a, b).isCloseTo(expected, within(0.35));
      }
    }
    byte[] shifted = Lighting.standard().apply(in, draw(5)).rgb();
    byte[] one = Lighting.standard().apply(grey, draw(5)).rgb();
    for (int i = 0; i < shifted.length; i++) {
      int expected = (in.rgb()[i] & 255) + (one[i % 3] & 255) - 128;
      assertThat(shifted[i] & 255).isEqualTo(Math.max(0, Math.min(255, expected)));
    }
  }

  @Test
  void theAxesOfADataSetAreThoseOfItsCovariance() {
    Dataset set = new SyntheticShapes(16, 40, 10, 0).open(Split.TRAIN);
    ColorPca axes = DataStats.of(set, 2).axes();
    double[][] covariance = covariance(set);
    double trace = 0;
    for (int k = 0; k < 3; k++) {
      List<Double> v = axes.directions().get(k);
      double norm = 0;
      for (int a = 0; a < 3; a++) {
        double product = 0;
        for (int b = 0; b < 3; b++) {
          product += covariance[a][b] * v.get(b);
        }
        assertThat(product).isCloseTo(axes.variances().get(k) * v.get(a), within(1e-12));
        norm += v.get(a) * v.get(a);
      }
      assertThat(norm).isCloseTo(1, within(1e-12));
      trace += axes.variances().get(k);
    }
    assertThat(trace)
        .isCloseTo(covariance[0][0] + covariance[1][1] + covariance[2][2], within(1e-12));
    assertThat(axes.variances()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  private static double[][] covariance(Dataset set) {
    double[] mean = new double[3];
    double[][] c = new double[3][3];
    double n = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < set.size(); i++) {
        double[] v = values(set.image(i));
        for (int p = 0; p < v.length; p += 3) {
          n += pass == 0 ? 1 : 0;
          for (int a = 0; a < 3; a++) {
            mean[a] += pass == 0 ? v[p + a] : 0;
            for (int b = 0; b < 3; b++) {
              c[a][b] += pass == 0 ? 0 : (v[p + a] - mean[a]) * (v[p + b] - mean[b]) / n;
            }
          }
        }
      }
      for (int a = 0; a < 3 && pass == 0; a++) {
        mean[a] /= n;
      }
    }
    return c;
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new ColorJitter(-1, 0, 0, 0)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new ColorJitter(0, 0, 0, 0.6)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new PhotometricDistortion(Order.EITHER, 3))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new Lighting(-0.1, ColorPca.IMAGENET))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new ColorPca(List.of(1.0), List.of()))
        .isInstanceOf(DataException.class);
  }
}
