package dev.fovea.logistic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LogisticRegressionTest {
  private static final int CLASSES = Clouds.CLASSES;
  private static final int WIDTH = Clouds.WIDTH;

  private static Stopping after(int iterations) {
    return new Stopping(iterations, 0, () -> false);
  }

  private static double objective(FeatureSet set, double[] point, double strength) {
    int views = set.views();
    double[] mean = new double[WIDTH];
    double[] deviation = new double[WIDTH];
    int rows = set.size() * views;
    for (int f = 0; f < WIDTH; f++) {
      for (int i = 0; i < rows; i++) {
        mean[f] += set.values()[i / views][i % views * WIDTH + f] / (double) rows;
      }
      for (int i = 0; i < rows; i++) {
        double d = set.values()[i / views][i % views * WIDTH + f] - mean[f];
        deviation[f] += d * d / rows;
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
          float x = set.values()[i / views][i % views * WIDTH + f];
          z[k] += point[k * WIDTH + f] * (x - mean[f]) / deviation[f];
        }
        sum += Math.exp(z[k]);
      }
      loss += (Math.log(sum) - z[set.labels()[i / views]]) / rows;
    }
    for (int i = 0; i < CLASSES * WIDTH; i++) {
      loss += strength / 2 * point[i] * point[i];
    }
    return loss;
  }

  @Test
  void theFitIsTheMinimumOfTheObjectiveInWords() {
    // Neither the examples nor the features fill their last tile.
    FeatureSet set = Clouds.of(300, 2, 1);
    LogisticRegression regression = new LogisticRegression(set, CLASSES, 1);
    LogisticRegression.Fit fit = regression.fit(0.01, Stopping.atMinimum(() -> false));
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
  void everyTileOfManyFeaturesCounts() {
    // 1,100 features are more than two tiles of either pass; each says a little of the class.
    Random random = new Random(8);
    int width = 1100;
    int[] labels = new int[600];
    float[][] values = new float[labels.length][width];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 2;
      for (int f = 0; f < width; f++) {
        values[i][f] = (float) ((labels[i] == f % 2 ? 0.5 : 0) + random.nextGaussian());
      }
    }
    LogisticRegression regression = new LogisticRegression(FeatureSet.of(values, labels), 2, 2);
    LogisticRegression.Fit fit = regression.fit(100, Stopping.atMinimum(() -> false));
    for (int f = 0; f < width; f++) {
      // At the minimum the penalty's slope is that of the mean loss, feature by feature.
      double slope = 0;
      double other = 0;
      double mean = 0;
      double square = 0;
      for (float[] x : values) {
        mean += x[f] / (double) values.length;
      }
      for (float[] x : values) {
        square += (x[f] - mean) * (x[f] - mean) / values.length;
      }
      LinearClassifier classifier = regression.classifier(fit);
      FeatureSet set = FeatureSet.of(values, labels);
      if (f % 100 == 99 || f > 1090) {
        for (int i = 0; i < labels.length; i++) {
          double p = Math.exp(classifier.answer(set, i)[0]) - (labels[i] == 0 ? 1 : 0);
          slope += p * (values[i][f] - mean) / Math.sqrt(square) / labels.length;
        }
        other = 100 * fit.point()[f];
        assertThat(other).as("feature " + f).isCloseTo(-slope, within(1e-4));
      }
    }
  }

  @Test
  void twoExamplesHaveTheMinimumThatAnEquationGives() {
    // Normalized, the features are -1 and 1; with weights -w and w the minimum of
    // log(1 + exp(-2w)) + strength w^2 has 1 / (1 + exp(2w)) = strength w.
    double strength = 0.1;
    FeatureSet set = FeatureSet.of(new float[][] {{3}, {7}, {5}}, new int[] {0, 1, 0});
    FeatureSet two = set.rows(new int[] {0, 1});
    LogisticRegression regression = new LogisticRegression(two, 2, 1);
    LinearClassifier classifier = regression.classifier(regression.fit(strength, after(100)));
    double p = Math.exp(classifier.answer(set, 1)[1]);
    double w = Math.log(p / (1 - p)) / 2;
    // Near its minimum a loss of logits in binary32 no longer changes.
    assertThat(1 / (1 + Math.exp(2 * w))).isCloseTo(strength * w, within(1e-5));
    assertThat(Math.exp(classifier.answer(set, 2)[0])).isCloseTo(0.5, within(1e-6));
  }

  @Test
  void classesThatALineSeparatesAreToldApartWhateverTheScaleOfTheirFeatures() {
    Random random = new Random(3);
    float[][] features = new float[300][];
    int[] labels = new int[300];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
      double angle = 2 * Math.PI * labels[i] / 3;
      features[i] =
          new float[] {
            (float) (1e4 * (Math.cos(angle) + 0.1 * random.nextGaussian())),
            (float) (1e-3 * (Math.sin(angle) + 0.1 * random.nextGaussian())),
            5
          };
    }
    FeatureSet set = FeatureSet.of(features, labels);
    LogisticRegression regression = new LogisticRegression(set, 3, 1);
    LinearClassifier classifier =
        regression.classifier(regression.fit(1e-4, Stopping.atMinimum(() -> false)));
    assertThat(classifier.accuracy(set)).isGreaterThan(0.99);
    int[] others = labels.clone();
    others[0] = 1;
    assertThat(classifier.accuracy(FeatureSet.of(features, others))).isLessThan(1);
  }

  @Test
  void aClassifierThatAlwaysGivesTheSameIsRightForOneClassOnly() {
    FeatureSet set = FeatureSet.of(new float[3][1], new int[] {0, 1, 2});
    LinearClassifier same = new LinearClassifier(new float[3], new float[3]);
    assertThat(same.accuracy(set)).isEqualTo(1 / 3.0);
  }

  @Test
  void theClassifierAnswersForFeaturesAsTheyAre() {
    FeatureSet set = Clouds.of(300, 1, 3);
    LogisticRegression regression = new LogisticRegression(set, CLASSES, 1);
    LogisticRegression.Fit fit = regression.fit(1e-3, Stopping.atMinimum(() -> false));
    assertThat(regression.classifier(fit).accuracy(set)).isGreaterThan(0.75);
  }

  @Test
  void theMinimumDoesNotDependOnWhereAFitBegins() {
    FeatureSet set = Clouds.of(300, 2, 7);
    LogisticRegression regression = new LogisticRegression(set, CLASSES, 1);
    LogisticRegression.Fit strong = regression.fit(1, Stopping.atMinimum(() -> false));
    LogisticRegression.Fit warm = regression.fit(0.01, strong, Stopping.atMinimum(() -> false));
    LogisticRegression.Fit cold = regression.fit(0.01, Stopping.atMinimum(() -> false));
    assertThat(warm.loss()).isCloseTo(cold.loss(), within(1e-6));
    assertThat(regression.fit(0.01, cold, Stopping.atMinimum(() -> false)).iterations()).isZero();
  }

  @Test
  void threadsChangeNoBit() {
    FeatureSet set = Clouds.of(1500, 2, 4);
    double[] one = new LogisticRegression(set, CLASSES, 1).fit(0.01, after(50)).point();
    double[] three = new LogisticRegression(set, CLASSES, 3).fit(0.01, after(50)).point();
    assertThat(three).isEqualTo(one);
  }

  @Test
  void featuresThatNeverChangeSayNothing() {
    FeatureSet set =
        FeatureSet.of(new float[][] {{5, 0}, {5, 1}, {5, 0}, {5, 1}}, new int[] {0, 1, 0, 1});
    LogisticRegression regression = new LogisticRegression(set, 2, 1);
    LinearClassifier classifier = regression.classifier(regression.fit(0.1, after(100)));
    assertThat(classifier.weights()[0]).isZero();
    assertThat(classifier.weights()[1]).isNegative();
    assertThat(classifier.bias()).doesNotContain(Float.NaN);
  }

  @Test
  void subsetsShareTheFeaturesOfTheirSet() {
    FeatureSet set = Clouds.of(6, 2, 5);
    assertThat(set.rows(new int[] {4, 1}).values()[0]).isSameAs(set.values()[4]);
    assertThat(set.among(new int[] {5, 2}).values()[0]).isSameAs(set.values()[2]);
  }
}
