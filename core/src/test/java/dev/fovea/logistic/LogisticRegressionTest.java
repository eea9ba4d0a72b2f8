package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SoftmaxRegressionTest {
  private static final int CLASSES = 3;
  private static final int WIDTH = 7;

  /** Images of three overlapping clouds, some features a thousand times as large as others. */
  private static FeatureSet clouds(int size, int views, long seed) {
    Random random = new Random(seed);
    int[] items = new int[size];
    int[] labels = new int[size];
    float[] values = new float[size * views * WIDTH];
    for (int i = 0; i < size; i++) {
      items[i] = i;
      labels[i] = i % CLASSES;
      for (int v = 0; v < views; v++) {
        for (int f = 0; f < WIDTH; f++) {
          double center = f % CLASSES == labels[i] ? 1 : 0;
          double unit = f == 0 ? 1000 : 1;
          values[(i * views + v) * WIDTH + f] = (float) (unit * (center + random.nextGaussian()));
        }
      }
    }
    return new FeatureSet(WIDTH, views, items, labels, values);
  }

  private static double objective(FeatureSet set, double[] point, double strength) {
    double[] mean = new double[WIDTH];
    double[] deviation = new double[WIDTH];
    int rows = set.size() * set.views();
    for (int f = 0; f < WIDTH; f++) {
      for (int i = 0; i < rows; i++) {
        mean[f] += set.values()[i * WIDTH + f] / (double) rows;
      }
      for (int i = 0; i < rows; i++) {
        deviation[f] += Math.pow(set.values()[i * WIDTH + f] - mean[f], 2) / rows;
      }
      deviation[f] = Math.sqrt(deviation[f]);
    }
    double loss = 0;
    for (int i = 0; i < rows; i++) {
      double[] z = new double[CLASSES];
      double sum = 0;
      for (int k = 0; k < CLASSES; k++) {
        z[k] = point[CLASSES * WIDTH + k];
        for (int f = 0; f < WIDTH; f++) {
          z[k] += point[k * WIDTH + f] * (set.values()[i * WIDTH + f] - mean[f]) / deviation[f];
        }
        sum += Math.exp(z[k]);
      }
      loss += (Math.log(sum) - z[set.labels()[i / set.views()]]) / rows;
    }
    for (int i = 0; i < CLASSES * WIDTH; i++) {
      loss += strength / 2 * point[i] * point[i];
    }
    return loss;
  }

  @Test
  void theFitIsTheMinimumOfTheObjectiveInWords() {
    FeatureSet set = clouds(300, 2, 1);
    SoftmaxRegression regression = new SoftmaxRegression(set, CLASSES, 1);
    SoftmaxRegression.Fit fit = regression.fit(0.01, new double[0], 500, () -> false);
    double best = objective(set, fit.point(), 0.01);
    assertThat(fit.loss()).isCloseTo(best, within(1e-5));
    Random random = new Random(2);
    for (int trial = 0; trial < 50; trial++) {
      double[] other = fit.point().clone();
      for (int i = 0; i < other.length; i++) {
        other[i] += 0.02 * random.nextGaussian();
      }
      assertThat(objective(set, other, 0.01)).isGreaterThan(best);
    }
  }

  @Test
  void theHeadAnswersForFeaturesAsTheyAre() {
    FeatureSet set = clouds(300, 1, 3);
    SoftmaxRegression regression = new SoftmaxRegression(set, CLASSES, 1);
    LinearHead head =
        regression.head(regression.fit(1e-3, new double[0], 200, () -> false).point());
    int right = 0;
    for (int i = 0; i < set.size(); i++) {
      double[] answer = head.answer(set, i);
      int label = set.labels()[i];
      right += answer[label] >= Math.max(answer[(label + 1) % 3], answer[(label + 2) % 3]) ? 1 : 0;
    }
    assertThat(right / 300.0).isGreaterThan(0.75);
  }

  @Test
  void threadsChangeNoBit() {
    FeatureSet set = clouds(1000, 2, 4);
    double[] one =
        new SoftmaxRegression(set, CLASSES, 1).fit(0.01, new double[0], 50, () -> false).point();
    double[] three =
        new SoftmaxRegression(set, CLASSES, 3).fit(0.01, new double[0], 50, () -> false).point();
    assertThat(three).isEqualTo(one);
  }

  @Test
  void featuresThatNeverChangeSayNothing() {
    int[] items = {0, 1, 2, 3};
    int[] labels = {0, 1, 0, 1};
    float[] values = {5, 0, 5, 1, 5, 0, 5, 1};
    FeatureSet set = new FeatureSet(2, 1, items, labels, values);
    SoftmaxRegression regression = new SoftmaxRegression(set, 2, 1);
    LinearHead head = regression.head(regression.fit(0.1, new double[0], 100, () -> false).point());
    assertThat(head.weights()[0]).isZero();
    assertThat(head.weights()[1]).isNegative();
    assertThat(head.bias()).doesNotContain(Float.NaN);
  }

  @Test
  void crossValidationPrefersWeakerLimitsTheMoreImagesThereAre() {
    StrengthChoice few = StrengthChoice.of(clouds(24, 1, 5), CLASSES, 1, () -> false);
    StrengthChoice many = StrengthChoice.of(clouds(2400, 1, 5), CLASSES, 1, () -> false);
    assertThat(many.strength()).isLessThan(few.strength());
    assertThat(many.top1()).isGreaterThan(0.7);
    assertThat(many.loss()).isLessThan(Math.log(CLASSES));
  }

  @Test
  void aClassWithOneImageIsAnsweredByFoldsThatDoNotKnowIt() {
    FeatureSet all = clouds(30, 1, 6);
    int[] places = {0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 16, 2};
    StrengthChoice choice = StrengthChoice.of(all.rows(places), CLASSES, 1, () -> false);
    assertThat(choice.loss()).isFinite();
  }
}
