package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MapSimilarityTest {
  private static float[] values(String name, int count) {
    double[] values = NamedValues.of(name, count);
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Test
  void ranksAreComparedAndEqualValuesShareThem() {
    float[] a = {1, 2, 3, 4, 5};
    assertThat(MapSimilarity.rankCorrelation(a, new float[] {2, 4, 6, 8, 1000})).hasValue(1);
    assertThat(MapSimilarity.rankCorrelation(a, new float[] {5, 4, 3, 2, 1})).hasValue(-1);
    // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])
    assertThat(MapSimilarity.rankCorrelation(a, new float[] {5, 6, 7, 8, 7}).orElseThrow())
        .isCloseTo(0.8207826816681233, within(1e-12));
    assertThat(MapSimilarity.rankCorrelation(a, new float[5])).isEmpty();
    assertThat(MapSimilarity.rankCorrelation(new float[] {-0f, 0f, 1}, new float[] {3, 3, 4}))
        .hasValue(1);
    assertThat(MapSimilarity.absolute(new float[] {-2, 1})).containsExactly(2, 1);
  }

  @Test
  void unrelatedMapsHaveNoRankCorrelation() {
    float[] a = values("a", 4096);
    // Standard deviation 1/64.
    assertThat(MapSimilarity.rankCorrelation(a, values("b", 4096)).orElseThrow())
        .isCloseTo(0, within(4 / 64.0));
  }

  @Test
  void structuralSimilarityIsThatOfScikitImage() {
    HeatMap a = new HeatMap(12, 9, values("a", 108));
    HeatMap b = new HeatMap(12, 9, values("b", 108));
    assertThat(MapSimilarity.structural(a, a).orElseThrow()).isCloseTo(1, within(1e-12));
    // skimage.metrics.structural_similarity of both scaled to 0..1, data_range=1; by its formulas.
    assertThat(MapSimilarity.structural(a, b).orElseThrow()).isCloseTo(formula(a, b), within(1e-9));
    assertThat(MapSimilarity.structural(a, new HeatMap(12, 9, new float[108]))).isEmpty();
    HeatMap small = new HeatMap(6, 9, values("a", 54));
    assertThat(MapSimilarity.structural(small, small)).isEmpty();
  }

  // Centered sums of each window, as the definition has them.
  private static double formula(HeatMap a, HeatMap b) {
    double total = 0;
    int windows = 0;
    for (int top = 0; top + 7 <= a.height(); top++) {
      for (int left = 0; left + 7 <= a.width(); left++) {
        double[] x = window(a, top, left);
        double[] y = window(b, top, left);
        double mx = Arrays.stream(x).average().orElseThrow();
        double my = Arrays.stream(y).average().orElseThrow();
        double vx = 0;
        double vy = 0;
        double vxy = 0;
        for (int i = 0; i < 49; i++) {
          vx += (x[i] - mx) * (x[i] - mx) / 48;
          vy += (y[i] - my) * (y[i] - my) / 48;
          vxy += (x[i] - mx) * (y[i] - my) / 48;
        }
        total +=
            (2 * mx * my + 0.0001)
                * (2 * vxy + 0.0009)
                / ((mx * mx + my * my + 0.0001) * (vx + vy + 0.0009));
        windows++;
      }
    }
    return total / windows;
  }

  private static double[] window(HeatMap map, int top, int left) {
    double[] window = new double[49];
    for (int i = 0; i < 49; i++) {
      window[i] =
          ((double) map.at(top + i / 7, left + i % 7) - map.min())
              / ((double) map.max() - map.min());
    }
    return window;
  }
}
