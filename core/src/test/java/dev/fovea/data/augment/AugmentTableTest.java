package dev.fovea.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AugmentTableTest {
  private static final int HEIGHT = 224;
  private static final int WIDTH = 192;

  static List<String> usages() {
    return AugmentTable.usages();
  }

  private static Augment parse(String word) {
    int options = word.indexOf('(');
    String name = options < 0 ? word : word.substring(0, options);
    String pairs = options < 0 ? null : word.substring(options + 1, word.length() - 1);
    AugmentOptions o = new AugmentOptions(word, pairs);
    Augment augment = AugmentTable.parse(name, o, HEIGHT, WIDTH).orElseThrow();
    o.end();
    return augment;
  }

  @Test
  void everyAugmentationOfFoveaHasOneRow() {
    assertThat(usages().stream().<Object>map(u -> parse(u).getClass()))
        .containsExactlyInAnyOrder(
            Stream.of(Augment.class.getPermittedSubclasses())
                .filter(c -> c != OwnAugment.class)
                .toArray());
    assertThat(AugmentTable.names()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("usages")
  void theUsageStatesWhatHoldsWithoutOptions(String usage) {
    assertThat(parse(usage)).isEqualTo(parse(usage.split("\\(", 2)[0]));
  }

  @Test
  void sizesAreThoseOfTheInputUnlessTheyAreGiven() {
    assertThat(parse("resized-crop")).isEqualTo(RandomResizedCrop.standard(HEIGHT, WIDTH));
    assertThat(parse("inception-crop")).isEqualTo(InceptionCrop.standard(HEIGHT, WIDTH));
    assertThat(parse("scale-crop"))
        .isEqualTo(new ResizeRandomCrop(256, 480, HEIGHT, WIDTH, Interpolation.BILINEAR));
    assertThat(parse("scale-crop(from=230,to=300)"))
        .isEqualTo(new ResizeRandomCrop(230, 300, HEIGHT, WIDTH, Interpolation.BILINEAR));
  }

  @Test
  void optionsAreRead() {
    assertThat(parse("pad-crop(pad=2, padding=reflect)"))
        .isEqualTo(new PadCrop(2, PadCrop.Padding.REFLECT));
    assertThat(parse("rand-augment(m=5,n=1)")).isEqualTo(new RandAugment(1, 5));
    assertThat(((InceptionCrop) parse("inception-crop(ratio=0.5)")).maxRatio()).isEqualTo(2);
    assertThat(((RandomResizedCrop) parse("resized-crop(filter=random)")).filters())
        .isEqualTo(Interpolation.INCEPTION);
  }

  @Test
  void anUnknownNameIsNoAugmentation() {
    assertThat(AugmentTable.parse("flop", new AugmentOptions("flop", null), 8, 8)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cutout(size=3)        | unknown option size",
        "cutout(side)          | name=value",
        "cutout(side=2.5)      | side must be a whole number",
        "flip(p=x)             | p must be a number, got 'x'",
        "pad-crop(padding=one) | padding must be zero or reflect, got 'one'"
      })
  void aWrongOptionIsNamedWithItsWord(String word, String reason) {
    assertThatThrownBy(() -> parse(word))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'" + word + "'")
        .hasMessageContaining(reason);
  }

  @Test
  void theWordsOfPresetsAreThere() {
    assertThat(AugmentTable.names())
        .containsAll(
            Stream.of("pad-crop", "flip", "cutout", "trivial-augment", "erasing").toList());
  }
}
