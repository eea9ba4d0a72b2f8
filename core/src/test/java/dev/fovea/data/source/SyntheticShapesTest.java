package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class SyntheticShapesTest {
  @Test
  void namesAreParsed() {
    assertThat(SyntheticShapes.parse("shapes")).isEqualTo(SyntheticShapes.STANDARD);
    assertThat(SyntheticShapes.parse("shapes(size=64, count=500,seed=9)"))
        .isEqualTo(new SyntheticShapes(64, 500, 2000, 9));
    assertThatThrownBy(() -> SyntheticShapes.parse("shapes(sice=64)"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("sice");
    assertThatThrownBy(() -> SyntheticShapes.parse("shapes(size=big)"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("big");
    assertThatThrownBy(() -> SyntheticShapes.parse("shapes(count=3)"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("count");
  }

  @Test
  void theSeedDecidesEveryPixelForEver() {
    Dataset set = new SyntheticShapes(32, 20, 20, 1).open(Split.TRAIN);
    CRC32 crc = new CRC32();
    for (int i = 0; i < 20; i++) {
      crc.update(set.image(i).rgb());
    }

    assertThat(HexFormat.of().toHexDigits((int) crc.getValue())).isEqualTo("c7f16622");
  }

  @Test
  void splitsAndSeedsDiffer() {
    Dataset train = new SyntheticShapes(24, 20, 20, 1).open(Split.TRAIN);
    Dataset val = new SyntheticShapes(24, 20, 20, 1).open(Split.VAL);
    Dataset other = new SyntheticShapes(24, 20, 20, 2).open(Split.TRAIN);

    assertThat(train.image(0).rgb())
        .isNotEqualTo(val.image(0).rgb())
        .isNotEqualTo(other.image(0).rgb());
    assertThat(train.fingerprint()).isNotEqualTo(other.fingerprint());
    Dataset all = new SyntheticShapes(24, 20, 20, 1).open(Split.ALL);
    assertThat(all.image(21).rgb()).isEqualTo(val.image(1).rgb());
    assertThat(all.name(21)).isEqualTo(val.name(1));
  }

  @Test
  void classesAreBalancedAndAnySizeIsDrawn() {
    Dataset set = new SyntheticShapes(100, 50, 10, 0).open(Split.TRAIN);
    int[] counts = new int[10];
    for (int i = 0; i < 50; i++) {
      counts[set.label(i)]++;
      assertThat(set.image(i).width()).isEqualTo(100);
    }
    assertThat(counts).containsOnly(5);
    assertThat(set.classes()).hasSize(10).isSorted();
  }

  @Test
  void aLinearClassifierOnPixelsStaysUnderSixtyPercent() {
    Dataset train = new SyntheticShapes(32, 10_000, 2_000, 0).open(Split.TRAIN);
    Dataset val = new SyntheticShapes(32, 10_000, 2_000, 0).open(Split.VAL);

    double best = SoftmaxRegression.bestAccuracy(train, val, 3);

    assertThat(best).as("validation").isLessThan(0.60);
    Dataset few = new SyntheticShapes(32, 200, 10, 0).open(Split.TRAIN);
    assertThat(SoftmaxRegression.bestAccuracy(few, few, 40))
        .as("it can learn by heart")
        .isGreaterThan(0.9);
  }

  /** Stochastic gradient descent on normalized pixels; keeps the best accuracy over the epochs. */
  private static final class SoftmaxRegression {
    static double bestAccuracy(Dataset train, Dataset val, int epochs) {
      List<float[]> x = planes(train);
      List<float[]> v = planes(val);
      int n = x.get(0).length;
      float[][] w = new float[10][n + 1];
      double best = 0;
      for (int e = 0; e < epochs; e++) {
        for (int i : Rng.of(0, e, 0).permutation(x.size())) {
          step(w, x.get(i), train.label(i), 0.003f / (1 + e));
        }
        best = Math.max(best, accuracy(w, v, val));
      }
      return best;
    }

    private static List<float[]> planes(Dataset set) {
      Preprocessing p =
          Preprocessing.nativeSize(32, 32, List.of(0.5, 0.5, 0.5), List.of(0.25, 0.25, 0.25));
      List<float[]> all = new ArrayList<>();
      for (int i = 0; i < set.size(); i++) {
        all.add(p.apply(set.image(i)));
      }
      return all;
    }

    private static double[] scores(float[][] w, float[] x) {
      double[] s = new double[w.length];
      for (int k = 0; k < w.length; k++) {
        float sum = w[k][x.length];
        float[] row = w[k];
        for (int i = 0; i < x.length; i++) {
          sum += row[i] * x[i];
        }
        s[k] = sum;
      }
      return s;
    }

    private static void step(float[][] w, float[] x, int label, float rate) {
      double[] s = scores(w, x);
      double max = Arrays.stream(s).max().orElseThrow();
      double total = Arrays.stream(s).map(v -> Math.exp(v - max)).sum();
      for (int k = 0; k < w.length; k++) {
        float g = (float) (Math.exp(s[k] - max) / total - (k == label ? 1 : 0)) * rate;
        float[] row = w[k];
        for (int i = 0; i < x.length; i++) {
          row[i] -= g * x[i];
        }
        row[x.length] -= g;
      }
    }

    private static double accuracy(float[][] w, List<float[]> xs, Dataset set) {
      int right = 0;
      for (int i = 0; i < xs.size(); i++) {
        double[] s = scores(w, xs.get(i));
        int most = 0;
        for (int k = 1; k < s.length; k++) {
          most = s[k] > s[most] ? k : most;
        }
        right += most == set.label(i) ? 1 : 0;
      }
      return right / (double) xs.size();
    }
  }
}
