package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.augment.ColorJitter;
import dev.fovea.data.augment.ColorPca;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.InceptionCrop;
import dev.fovea.data.augment.Lighting;
import dev.fovea.data.augment.PadCrop;
import dev.fovea.data.augment.PhotometricDistortion;
import dev.fovea.data.augment.RandAugment;
import dev.fovea.data.augment.RandomErasing;
import dev.fovea.data.augment.RandomResizedCrop;
import dev.fovea.data.augment.ResizeRandomCrop;
import dev.fovea.data.augment.TrivialAugment;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;
import dev.fovea.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationTest {
  private static final Augment FLIP = new HorizontalFlip(0.5);

  private static Augmentation of(int side, String... words) {
    return Augmentation.of(List.of(words), Shape.of(3, side, side));
  }

  private static RandomResizedCrop resized(List<Interpolation> filters) {
    return new RandomResizedCrop(224, 224, 0.08, 1, 0.75, 1 / 0.75, filters);
  }

  @Test
  void presetsAreThePapersAugmentation() {
    RandomResizedCrop bilinear = resized(List.of(Interpolation.BILINEAR));
    PhotometricDistortion photometric =
        new PhotometricDistortion(PhotometricDistortion.Order.EITHER, 1);
    assertThat(of(32, "cifar").augments()).isEqualTo(Augment.cifar());
    assertThat(of(32, "cifar-reflect").augments())
        .containsExactly(new PadCrop(4, PadCrop.Padding.REFLECT), FLIP);
    assertThat(of(224, "imagenet").augments()).containsExactly(bilinear, FLIP);
    assertThat(of(224, "resnet-paper").augments())
        .containsExactly(
            new ResizeRandomCrop(256, 480, 224, 224, Interpolation.BILINEAR),
            FLIP,
            Lighting.standard());
    assertThat(of(224, "resnet-torch").augments())
        .containsExactly(
            resized(List.of(Interpolation.BICUBIC)),
            new ColorJitter(0.4, 0.4, 0.4, 0),
            new Lighting(0.1, ColorPca.IMAGENET),
            FLIP);
    assertThat(of(224, "inception").augments())
        .containsExactly(resized(Interpolation.INCEPTION), FLIP, photometric);
    assertThat(of(299, "inception-v3").augments())
        .containsExactly(
            new InceptionCrop(299, 299, 0.05, 0.1, 0.75, 1.33, Interpolation.INCEPTION),
            FLIP,
            photometric);
    Augmentation modern = of(224, "modern");
    assertThat(modern.augments())
        .containsExactly(
            bilinear,
            FLIP,
            new RandAugment(2, 9),
            RandomErasing.standard(0.1, RandomErasing.Fill.MEAN));
    assertThat(modern.mixing()).isEqualTo(new Mixing(0.2, 1, 1, 0.5));
  }

  @Test
  void everyPresetIsMadeOfKnownWords() {
    for (String preset : Augmentation.presets().keySet()) {
      assertThat(of(64, preset).augments()).as(preset).isNotEmpty();
    }
  }

  @Test
  void everyWordStandsForSomethingWithoutOptions() {
    for (String word : Augmentation.words()) {
      Augmentation v = of(64, word);
      boolean nothing = v.augments().isEmpty() && v.mixing().equals(Mixing.NONE);
      assertThat(nothing).as(word).isEqualTo(word.equals("none") || word.startsWith("mixing("));
    }
  }

  @Test
  void optionsAndPresetsCombine() {
    Augmentation v =
        of(
            32,
            "cifar-reflect",
            "photometric(order=hue-last,strength=0.5)",
            "trivial-augment",
            "erasing(p=1,fill=noise)",
            "cutmix(alpha=0.5)",
            "mixing(p=0.5,switch=0.25)",
            "mixup");
    assertThat(v.augments())
        .containsExactly(
            new PadCrop(4, PadCrop.Padding.REFLECT),
            FLIP,
            new PhotometricDistortion(PhotometricDistortion.Order.HUE_LAST, 0.5),
            new TrivialAugment(),
            RandomErasing.standard(1, RandomErasing.Fill.NOISE));
    assertThat(v.mixing()).isEqualTo(new Mixing(0.2, 0.5, 0.5, 0.25));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "photometric(order=random) | contrast-last or hue-last or either",
        "modern(p=1)               | presets take no options",
        "rand-augment(n=1.5)       | whole number",
        "erasing(p=2)              | probability",
        "mixup(alpha=-1)           | alpha",
        "mixup(beta=1)             | beta",
        "resized-crop(filter=best) | unknown interpolation 'best'",
      })
  void mistakesAreNamed(String word, String reason) {
    assertThatThrownBy(() -> of(32, word))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.augment")
        .hasMessageContaining(reason);
  }
}
