package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.decode.ImageHeader;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.data.inspect.DataStats;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real images, where the folder of development data is given. */
@Tag("shared")
class SharedDataTest {
  private static Path data(String name) {
    return Path.of(System.getProperty("fovea.shared"), "data", name);
  }

  @Test
  void cifar10HasItsCountsClassesAndMean() {
    try (Dataset train = Datasets.open(data("cifar10.zip"), Split.TRAIN);
        Dataset val = Datasets.open(data("cifar10.zip"), Split.VAL)) {
      assertThat(train).isInstanceOf(MemoryDataset.class);
      assertThat(train.size()).isEqualTo(50_000);
      assertThat(val.size()).isEqualTo(10_000);
      assertThat(train.classes())
          .containsExactly(
              "airplane",
              "automobile",
              "bird",
              "cat",
              "deer",
              "dog",
              "frog",
              "horse",
              "ship",
              "truck");
      assertThat(IntStream.range(0, 10_000).filter(i -> val.label(i) == 3).count()).isEqualTo(1000);
      DataStats stats = DataStats.of(train, 2);
      assertThat(stats.mean().get(0)).isCloseTo(0.4914, within(5e-5));
      assertThat(stats.mean().get(1)).isCloseTo(0.4822, within(5e-5));
      assertThat(stats.mean().get(2)).isCloseTo(0.4465, within(5e-5));
      assertThat(train.bad()).isEmpty();
    }
  }

  @Test
  void imagenetteHasItsCountsAndItsGrayImages() {
    DataCheck check = DataCheck.of(data("imagenette-mini.zip").toString(), DatasetOptions.STANDARD);

    assertThat(check.parts()).extracting(DataCheck.Part::images).containsExactly(2500, 600);
    assertThat(check.parts().get(0).classes()).hasSize(10);
    assertThat(check.unreadable()).isEmpty();
    assertThat(check.colors().get(ImageHeader.Color.GREY)).isPositive();
    assertThat(check.colors().values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(3100);
    assertThat(check.sizes()).containsExactly(new DataCheck.Size(224, 224, 3100));
  }
}
