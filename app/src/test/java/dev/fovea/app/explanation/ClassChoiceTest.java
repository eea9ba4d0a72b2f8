package dev.fovea.app.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.app.console.UsageException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassChoiceTest {
  private static final ClassChoice ANIMALS =
      new ClassChoice(
          List.of(
              "tench, Tinca tinca", "Tabby", "tabby cat", "english_springer", "crane", "crane"));

  @ParameterizedTest
  @CsvSource({
    "Tabby, 1",
    "tabby, 1",
    "tabby cat, 2",
    "TABBY-CAT, 2",
    "English springer, 3",
    "tench, 0",
    "tinca tinca, 0",
    "3, 3",
    "5, 5",
  })
  void aClassIsFoundByItsNamesAndItsIndex(String wanted, int index) {
    assertThat(ANIMALS.index("--class", wanted)).isEqualTo(index);
  }

  @Test
  void aNameComesBeforeAnIndex() {
    ClassChoice digits = new ClassChoice(List.of("9", "8", "7", "6", "5", "4", "3", "2", "1", "0"));
    assertThat(digits.index("--class", "0")).isEqualTo(9);
  }

  @Test
  void aMissIsToldTheNearestNames() {
    assertThatThrownBy(() -> ANIMALS.index("--class", "tenhc"))
        .isInstanceOf(UsageException.class)
        .hasMessage("--class is 'tenhc', which is no class of the model. Did you mean tench?");
    assertThatThrownBy(() -> ANIMALS.index("--versus", "6"))
        .hasMessage("--versus is 6; the model has 6 classes, 0 to 5");
    assertThatThrownBy(() -> ANIMALS.index("--class", "zebra"))
        .hasMessageContaining("It has tench, Tinca tinca, Tabby");
    ClassChoice many =
        new ClassChoice(IntStream.range(0, 1000).mapToObj(i -> "n" + (100 + i)).toList());
    assertThatThrownBy(() -> many.index("--class", "elephant"))
        .hasMessageContaining("It has 1000, among them n100, n101")
        .hasMessageContaining("an index is taken too");
  }

  @Test
  void aNameOfSeveralClassesIsRefused() {
    assertThatThrownBy(() -> ANIMALS.index("--class", "crane"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--class is 'crane', which 2 classes are called; name one by its index: 4 crane, 5"
                + " crane");
  }
}
