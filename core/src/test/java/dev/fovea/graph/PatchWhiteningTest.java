package dev.fovea.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.tensor.Shape;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PatchWhiteningTest {
  private static final int SIDE = 9;
  private static final Shape WEIGHT = Shape.of(24, 3, 2, 2);

  /** Values that neighbors and channels share, as in pictures. */
  private static float[] image(long seed) {
    Random random = new Random(seed);
    float[] base = new float[SIDE * SIDE];
    for (int i = 0; i < base.length; i++) {
      float left = i % SIDE == 0 ? 0 : base[i - 1];
      base[i] = 0.8f * left + (float) random.nextGaussian();
    }
    float[] image = new float[3 * base.length];
    for (int i = 0; i < image.length; i++) {
      image[i] = base[i % base.length] + 0.3f * (float) random.nextGaussian();
    }
    return image;
  }

  @Test
  void whitenedPatchesHaveUnitMomentsAndShareNothing() {
    PatchWhitening whitening = new PatchWhitening(WEIGHT);
    int images = 20;
    for (int i = 0; i < images; i++) {
      whitening.add(image(i), SIDE, SIDE);
    }
    float[] w = whitening.filters(1e-9);
    double[][] moments = new double[12][12];
    int patches = 0;
    for (int i = 0; i < images; i++) {
      float[] image = image(i);
      for (int y = 0; y + 2 <= SIDE; y++) {
        for (int x = 0; x + 2 <= SIDE; x++) {
          double[] out = convolved(w, image, y, x);
          patches++;
          for (int a = 0; a < 12; a++) {
            for (int b = 0; b < 12; b++) {
              moments[a][b] += out[a] * out[b];
            }
          }
        }
      }
    }
    for (int a = 0; a < 12; a++) {
      for (int b = 0; b < 12; b++) {
        assertThat(moments[a][b] / patches).isCloseTo(a == b ? 1 : 0, within(1e-5));
      }
    }
  }

  private static double[] convolved(float[] w, float[] image, int y, int x) {
    double[] out = new double[24];
    for (int o = 0; o < 24; o++) {
      for (int i = 0; i < 12; i++) {
        int c = i / 4;
        int r = i / 2 % 2;
        int s = i % 2;
        out[o] += w[o * 12 + i] * image[(c * SIDE + y + r) * SIDE + x + s];
      }
    }
    return out;
  }

  @Test
  void eachFilterComesWithItsNegativeAndTheLargestVarianceFirst() {
    PatchWhitening whitening = new PatchWhitening(WEIGHT);
    whitening.add(image(1), SIDE, SIDE);
    whitening.add(image(2), SIDE, SIDE);
    float[] w = whitening.filters(5e-4);
    double before = 0;
    for (int o = 0; o < 12; o++) {
      double square = 0;
      for (int i = 0; i < 12; i++) {
        assertThat(w[(12 + o) * 12 + i]).isEqualTo(-w[o * 12 + i]);
        square += w[o * 12 + i] * w[o * 12 + i];
      }
      // ‖v‖ = 1, so the square is 1 / (λ + epsilon), which grows as λ falls.
      assertThat(square).isGreaterThan(before);
      before = square;
    }
  }

  @Test
  void epsilonBoundsWhatEigenvaluesOfZeroBecome() {
    PatchWhitening whitening = new PatchWhitening(WEIGHT);
    float[] grey = new float[3 * SIDE * SIDE];
    java.util.Arrays.fill(grey, 0.5f);
    whitening.add(grey, SIDE, SIDE);
    float[] w = whitening.filters(0.01);
    // Patches are 0.5·(1, ..., 1) alone: λ = 12·0.25, and 0 in all other directions.
    for (int i = 0; i < 12; i++) {
      assertThat(w[i]).isCloseTo((float) (Math.sqrt(1 / 12.0) / Math.sqrt(3.01)), within(1e-6f));
    }
    for (int o = 1; o < 12; o++) {
      double square = 0;
      for (int i = 0; i < 12; i++) {
        square += w[o * 12 + i] * w[o * 12 + i];
      }
      assertThat(Math.sqrt(square)).isCloseTo(10, within(1e-4));
    }
  }

  @Test
  void theFewerFiltersAreThoseOfTheLargestEigenvalues() {
    PatchWhitening all = new PatchWhitening(WEIGHT);
    PatchWhitening few = new PatchWhitening(Shape.of(6, 3, 2, 2));
    for (int i = 0; i < 3; i++) {
      all.add(image(i), SIDE, SIDE);
      few.add(image(i), SIDE, SIDE);
    }
    assertThat(java.util.Arrays.copyOf(few.filters(1e-3), 36))
        .isEqualTo(java.util.Arrays.copyOf(all.filters(1e-3), 36));
  }

  @Test
  void withoutImagesTheyAreOrthonormalAndSeeded() {
    Initializer whitening = new Initializer.Whitening(0.21);
    float[] w = whitening.values(WEIGHT, 3);
    for (int a = 0; a < 12; a++) {
      for (int b = 0; b <= a; b++) {
        double product = 0;
        for (int i = 0; i < 12; i++) {
          product += (double) w[a * 12 + i] * w[b * 12 + i];
        }
        assertThat(product).isCloseTo(a == b ? 1 / 1.21 : 0, within(1e-6));
      }
    }
    assertThat(whitening.values(WEIGHT, 3)).isEqualTo(w);
    assertThat(whitening.values(WEIGHT, 4)).isNotEqualTo(w);
  }

  @Test
  void oddAndTooManyFiltersAreRefused() {
    for (int outputs : new int[] {7, 26}) {
      assertThatThrownBy(() -> new PatchWhitening(Shape.of(outputs, 3, 2, 2)))
          .isInstanceOf(GraphException.class)
          .hasMessageContaining("up to 24");
    }
    assertThatThrownBy(() -> new PatchWhitening(WEIGHT).filters(1))
        .hasMessageContaining("no patches");
  }
}
