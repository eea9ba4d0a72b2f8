package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassSelectionTest {
  private static Dataset shapes() {
    return Datasets.open("shapes(size=16,count=40,val=20)", Split.TRAIN);
  }

  @Test
  void imagesOfTheSelectedClassesAreLeftWithTheirNewLabels() {
    try (Dataset all = shapes()) {
      List<String> wanted = List.of(all.classes().get(7), all.classes().get(2));
      Dataset some = ClassSelection.of(all, wanted);
      assertThat(some.classes()).isEqualTo(wanted);
      assertThat(some.displayNames()).isEqualTo(wanted);
      int found = 0;
      for (int i = 0; i < all.size(); i++) {
        String name = all.classes().get(all.label(i));
        if (wanted.contains(name)) {
          assertThat(some.name(found)).isEqualTo(all.name(i));
          assertThat(some.label(found)).isEqualTo(wanted.indexOf(name));
          assertThat(some.image(found).rgb()).isEqualTo(all.image(i).rgb());
          found++;
        }
      }
      assertThat(some.size()).isEqualTo(found).isPositive();
    }
  }

  @Test
  void anotherOrderOfClassesHasAnotherFingerprint() {
    try (Dataset all = shapes()) {
      String one = all.classes().get(0);
      String two = all.classes().get(1);
      assertThat(ClassSelection.of(all, List.of(one, two)).fingerprint())
          .isEqualTo(ClassSelection.of(all, List.of(one, two)).fingerprint())
          .isNotEqualTo(ClassSelection.of(all, List.of(two, one)).fingerprint());
    }
  }

  @Test
  void aClassThatIsNotThereIsNamed() {
    try (Dataset all = shapes()) {
      assertThatThrownBy(() -> ClassSelection.of(all, List.of(all.classes().get(0), "teapot")))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("teapot")
          .hasMessageContaining(all.classes().get(0));
      assertThatThrownBy(
              () -> ClassSelection.of(all, List.of(all.classes().get(0), all.classes().get(0))))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("once");
    }
  }
}
