package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.loader.Augmentation;
import dev.fovea.models.Models;
import dev.fovea.optim.RmsProp;
import dev.fovea.optim.RunLength;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecipesTest {
  static Set<String> names() {
    return Recipes.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyRecipeNamesANetworkAndVariationsThatExistAndSurvivesItsOwnJson(String name) {
    RunConfig c = RunConfig.named(name);
    assertThat(c.recipe()).isEqualTo(name);
    assertThat(Augmentation.of(c.data().augment(), Models.info(c.network().model()).input()))
        .isNotNull();
    assertThat(RunConfig.parse(c.toJson(), name)).isEqualTo(c);
    assertThat(c.learning().update().groups().on(Models.graph(c.network().model()))).isNotEmpty();
  }

  @Test
  void theWideNetworksRateFallsToAFifthAtTheirThreeEpochs() {
    RunConfig c = RunConfig.named("cifar-wrn");
    RunLength run = new RunLength(390, 200 * 390);
    double[] rates = {0.1, 0.02, 0.004, 0.0008};
    int[] epochs = {0, 60, 120, 160};
    for (int i = 0; i < epochs.length; i++) {
      assertThat(c.learning().rate().at(epochs[i] * 390L, run)).isCloseTo(rates[i], within(1e-12));
    }
    assertThat(c.learning().rate().at(60 * 390L - 1, run)).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void inceptionV3IsTrainedWithTensorFlowsRmsProp() {
    RunConfig c = RunConfig.named("inception-v3-paper");
    assertThat(c.learning().update().optimizer()).isEqualTo(RmsProp.inception());
    RunLength run = new RunLength(1000, 100_000);
    assertThat(c.learning().rate().at(2000, run)).isCloseTo(0.045 * 0.94, within(1e-12));
  }

  @Test
  void theFastestBatchNormalisedNetworkHasThirtyTimesTheBaselinesRate() {
    RunLength run = new RunLength(40_000, 6_000_000);
    double baseline = RunConfig.named("bn-inception-paper").learning().rate().at(0, run);
    double fastest = RunConfig.named("bn-inception-paper-x30").learning().rate().at(0, run);
    assertThat(fastest / baseline).isCloseTo(30, within(1e-9));
  }

  private static org.assertj.core.data.Offset<Double> within(double bound) {
    return org.assertj.core.api.Assertions.within(bound);
  }
}
