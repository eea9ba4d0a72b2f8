package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fovea.data.loader.Crops;
import dev.fovea.train.ConfigException;
import org.junit.jupiter.api.Test;

class FeatureMemoryTest {
  private static final long GIB = 1L << 30;
  private static final FeatureMemory HUNDRED_THOUSAND =
      new FeatureMemory(100_000, 10_000, 2048, 10);

  @Test
  void aHundredThousandImagesWithTheirMirrorImagesTakeTheirFeaturesOnce() {
    long features = 4L * 2048 * (2 * 100_000 + 10_000);
    assertThat(HUNDRED_THOUSAND.bytes(2)).isBetween(features, features + features / 8);
    assertThat(HUNDRED_THOUSAND.crops(2 * GIB)).isEqualTo(Crops.FLIP);
    assertThat(HUNDRED_THOUSAND.note(2 * GIB)).isEmpty();
  }

  @Test
  void aFewImagesFitIntoTheSmallestHeap() {
    assertThat(new FeatureMemory(1000, 200, 2048, 10).crops(128L << 20)).isEqualTo(Crops.FLIP);
  }

  @Test
  void mirrorImagesAreLeftOutWhereTheyDoNotFitAndTheUserIsToldHowMuchWould() {
    assertThat(HUNDRED_THOUSAND.crops(GIB * 3 / 2)).isEqualTo(Crops.SINGLE);
    assertThat(HUNDRED_THOUSAND.note(GIB * 3 / 2).orElseThrow())
        .contains("100,000 training and 10,000 validation images, 2,048 numbers each")
        .contains("Java may use 1.50 GiB (-Xmx)")
        .contains("without mirror images")
        .contains("-Xmx2g");
  }

  @Test
  void moreImagesThanFitAreRefusedBeforeAnythingIsComputedWithWhatWouldFit() {
    FeatureMemory all = new FeatureMemory(1_281_167, 50_000, 2048, 1000);
    assertThatThrownBy(() -> all.crops(4 * GIB))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("even without mirror images, and Java may use 4.00 GiB (-Xmx)")
        .hasMessageContaining("-Xmx11g")
        .hasMessageContaining("data.fraction 0.");
  }

  @Test
  void theFractionThatTheMessageNamesFits() {
    FeatureMemory all = new FeatureMemory(1_000_000, 0, 2048, 10);
    String message =
        String.valueOf(
            catchThrowableOfType(ConfigException.class, () -> all.crops(4 * GIB)).getMessage());
    double fraction =
        Double.parseDouble(message.replaceAll("(?s).*data.fraction ([0-9.]+)\\).*", "$1"));
    FeatureMemory some = new FeatureMemory((int) (1_000_000 * fraction), 0, 2048, 10);
    FeatureMemory more = new FeatureMemory((int) (1_000_000 * (fraction + 0.02)), 0, 2048, 10);
    assertThat(some.crops(4 * GIB)).isEqualTo(Crops.SINGLE);
    assertThatThrownBy(() -> more.crops(4 * GIB)).isInstanceOf(ConfigException.class);
  }

  @Test
  void aHeapWithoutRoomForASingleImageIsNotAnsweredWithAFraction() {
    assertThatThrownBy(() -> new FeatureMemory(100, 10, 2048, 100_000).crops(GIB))
        .hasMessageContaining("fewer features")
        .hasMessageNotContaining("data.fraction");
  }
}
