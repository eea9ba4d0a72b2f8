package dev.fovea.logistic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrengthChoiceTest {
  private static final int CLASSES = Clouds.CLASSES;

  private static StrengthChoice choice(FeatureSet set) {
    return StrengthChoice.of(set, CLASSES, 1, () -> false);
  }

  private static int[] perClass(FeatureSet set, int classes) {
    int[] images = new int[classes];
    for (int label : set.labels()) {
      images[label]++;
    }
    return images;
  }

  /** A thousand images of each of four classes, one class after the other, of one feature. */
  private static FeatureSet sorted() {
    int[] labels = new int[4000];
    Arrays.setAll(labels, i -> i / 1000);
    return FeatureSet.of(new float[4000][1], labels);
  }

  @Test
  void eachClassGivesTheSamePartOfItsImagesHoweverTheyAreSorted() {
    int[] order = {0, 0, 0, 0, 1, 0, 0, 0, 0, 2};
    FeatureSet turns = Clouds.of(3000, 1, 1, i -> order[i % 10]);
    // Every tenth image, which an even stride would take, is of one class.
    assertThat(perClass(Folds.of(turns, 3, 300).set(), 3)).containsExactly(240, 30, 30);
    assertThat(perClass(Folds.of(sorted(), 4, 100).set(), 4)).containsExactly(25, 25, 25, 25);
    FeatureSet rare = Clouds.of(3000, 1, 1, i -> i == 1717 ? 1 : i < 3 ? 2 : 0);
    assertThat(perClass(Folds.of(rare, 3, 300).set(), 3)).containsExactly(300, 1, 3);
  }

  @Test
  void theImagesOfAClassAreSpreadOverIt() {
    int[] items = Folds.of(sorted(), 4, 40).set().items();
    assertThat(items).startsWith(0, 100, 200, 300).endsWith(3800, 3900);
  }

  @Test
  void everyImageIsAnsweredOnceByAFitThatKnowsItsClassButNotTheImage() {
    FeatureSet set = Clouds.of(40, 1, 2, i -> i < 2 ? 1 : i < 5 ? 2 : 0);
    Folds folds = Folds.of(set, CLASSES, 40);
    int[] answered = new int[40];
    for (int f = 0; f < Folds.NUMBER; f++) {
      assertThat(perClass(folds.fitted(f), CLASSES)).doesNotContain(0);
      for (int item : folds.answered(f).items()) {
        answered[item]++;
        assertThat(folds.fitted(f).items()).doesNotContain(item);
      }
    }
    assertThat(answered).containsOnly(1);
  }

  @Test
  void anImageThatIsAloneInItsClassIsInEveryFitAndAnsweredByNone() {
    FeatureSet set = Clouds.of(61, 1, 3, i -> i == 30 ? 2 : i % 2);
    Folds folds = Folds.of(set, CLASSES, 61);
    for (int f = 0; f < Folds.NUMBER; f++) {
      assertThat(folds.fitted(f).items()).contains(30);
      assertThat(folds.answered(f).items()).doesNotContain(30);
    }
    // Otherwise its loss grows without bound, the weaker the regularization is, and decides.
    FeatureSet two = set.rows(IntStream.range(0, 30).toArray());
    assertThat(choice(set).loss()).isLessThan(choice(two).loss() + 0.3);
  }

  @Test
  void classesOfOneImageEachLeaveNothingToChooseByAndTheUserIsTold() {
    StrengthChoice choice = choice(Clouds.of(3, 2, 4));
    assertThat(choice.strength()).isPositive();
    assertThat(choice.loss()).isEqualTo(Math.log(3));
    assertThat(choice.note().orElseThrow()).contains("no class has two training images");
  }

  @Test
  void aStrengthBecomesWeakerAsImagesBecomeMoreSoThatThePriorStays() {
    StrengthChoice choice = new StrengthChoice(0.03, 750, 0.5, 0.9, StrengthChoice.End.INSIDE);
    assertThat(choice.forImages(750)).isEqualTo(0.03);
    assertThat(choice.forImages(1000)).isCloseTo(0.0225, within(1e-12));
    assertThat(choice.forImages(100_000)).isCloseTo(0.000225, within(1e-12));
  }

  @Test
  void theStrengthIsOfTheImagesThatClassifiersWereFittedTo() {
    // Three quarters of the images: a fit to all of them is regularized by as much less.
    StrengthChoice choice = choice(Clouds.of(400, 1, 5));
    assertThat(choice.images()).isEqualTo(300);
    assertThat(choice.forImages(400)).isCloseTo(0.75 * choice.strength(), within(1e-12));
  }

  @Test
  void weakerLimitsArePreferredTheMoreImagesThereAre() {
    StrengthChoice few = choice(Clouds.of(24, 1, 5));
    StrengthChoice many = choice(Clouds.of(2400, 1, 5));
    assertThat(many.forImages(2400)).isLessThan(few.forImages(24));
    assertThat(many.top1()).isGreaterThan(0.7);
    assertThat(many.loss()).isLessThan(Math.log(CLASSES));
    assertThat(many.note()).isEmpty();
  }

  @Test
  void strongerOnesThanTheUsualAreTriedForFeaturesThatSayNothing() {
    Random random = new Random(7);
    float[][] noise = new float[60][40];
    int[] labels = new int[60];
    for (int i = 0; i < noise.length; i++) {
      labels[i] = i % CLASSES;
      for (int f = 0; f < noise[i].length; f++) {
        noise[i][f] = (float) random.nextGaussian();
      }
    }
    StrengthChoice choice = choice(FeatureSet.of(noise, labels));
    assertThat(choice.strength()).isGreaterThan(1);
    assertThat(choice.loss()).isLessThan(1.05 * Math.log(CLASSES));
  }

  @Test
  void weakerOnesThanTheUsualAreTriedForClassesThatAreFarApart() {
    int[] labels = new int[60];
    float[][] values = new float[60][1];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 2;
      values[i][0] = labels[i] + 0.001f * (i % 7);
    }
    StrengthChoice choice = StrengthChoice.of(FeatureSet.of(values, labels), 2, 1, () -> false);
    assertThat(choice.strength()).isLessThan(3e-4);
    assertThat(choice.top1()).isEqualTo(1);
  }

  @Test
  void aChoiceAtAnEndOfTheGridIsSaid() {
    assertThat(
            new StrengthChoice(1000, 9, 1, 0.5, StrengthChoice.End.STRONGEST).note().orElseThrow())
        .contains("say little about these classes");
    assertThat(new StrengthChoice(1e-6, 9, 0, 1, StrengthChoice.End.WEAKEST).note().orElseThrow())
        .contains("tell these classes apart");
  }
}
