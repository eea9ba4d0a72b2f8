package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvenSubsetTest {
  @Test
  void imagesAreSpreadEvenlySoThatNoClassIsMissing() {
    try (Dataset all =
        Datasets.open("shapes(size=16,count=200,val=50)", Split.TRAIN, DatasetOptions.STANDARD)) {
      // In the order of their classes, as folders are.
      int[] byClass =
          IntStream.range(0, all.size())
              .boxed()
              .sorted((a, b) -> Integer.compare(all.label(a), all.label(b)))
              .mapToInt(Integer::intValue)
              .toArray();
      Dataset sorted = new Subset(all, byClass, "sorted");
      Dataset few = EvenSubset.atMost(sorted, 40);
      assertThat(few.size()).isEqualTo(40);
      assertThat(IntStream.range(0, 40).map(few::label).distinct().count())
          .isEqualTo(all.classes().size());
      assertThat(few.name(1)).isEqualTo(sorted.name(5));
      assertThat(EvenSubset.atMost(sorted, 1000).size()).isEqualTo(200);
      assertThatThrownBy(() -> new EvenSubset(sorted, 201))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("201");
    }
  }
}
