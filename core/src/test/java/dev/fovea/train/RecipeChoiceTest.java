package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.optim.TrainingLength;
import dev.fovea.train.DataProfile.Size;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeChoiceTest {
  @TempDir Path dir;

  private static DataProfile profile(int images, int side, boolean characters) {
    Size size = new Size(side, side);
    return new DataProfile(images, 10, size, size, size, characters, characters);
  }

  private void put(String path, int width, int height, int rgb) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, rgb);
    Path file = dir.resolve(path);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @ParameterizedTest
  @CsvSource({
    "28, cifar-fast, 32",
    "32, cifar-fast, 32",
    "48, cifar-fast, 32",
    "64, photos-fast, 64",
    "96, photos-fast, 64",
    "97, photos-fast, 128",
    "3000, photos-fast, 128"
  })
  void theSizeOfTheImagesDecides(int side, String recipe, int input) {
    RunConfig config = RecipeChoice.of(profile(50_000, side, false)).config();

    assertThat(config.recipe()).isEqualTo(recipe);
    assertThat(config.network().input()).isEqualTo(input);
    assertThat(config.network().model()).isEqualTo(Recipes.named(recipe).network().model());
    assertThat(config.data().augment()).anyMatch(w -> w.endsWith("flip"));
    assertThat(config.learning()).isEqualTo(Recipes.named(recipe).learning());
  }

  @Test
  void theReasonNamesWhatIsGivenInPlaceOfTheRecipesOwn() {
    DataProfile photos = profile(50_000, 300, false);
    assertThat(RecipeChoice.of(photos).reason()).contains("at 128 pixels for 19 minutes");
    RecipeChoice choice =
        RecipeChoice.of(photos, OptionalInt.of(96), Optional.of(TrainingLength.epochs(3)));
    assertThat(choice.reason()).contains("at 96 pixels for 3 epochs");
    assertThat(choice.config()).isEqualTo(RecipeChoice.of(photos).config());
  }

  @Test
  void charactersAreNotMirrored() {
    for (int side : new int[] {28, 64, 300}) {
      RecipeChoice choice = RecipeChoice.of(profile(50_000, side, true));
      assertThat(choice.config().data().augment()).noneMatch(w -> w.contains("flip"));
      assertThat(choice.reason()).contains("not mirrored");
    }
  }

  @Test
  void smallSetsGetSmallBatchesALowerRateAndFewerEpochs() {
    RunConfig config = RecipeChoice.of(profile(200, 300, false)).config();

    assertThat(config.learning().batch()).isEqualTo(16);
    assertThat(config.learning().rate().base()).isEqualTo(0.05);
    assertThat(config.learning().length().words()).isEqualTo("80 epochs");
    assertThat(RecipeChoice.of(profile(2, 300, false)).config().learning().batch()).isEqualTo(2);
    assertThat(RecipeChoice.of(profile(1300, 300, false)).config().learning().length())
        .isEqualTo(Recipes.named("photos-fast").learning().length());
  }

  @Test
  void theRateOfMuonFallsWithTheSquareRootOfTheBatch() {
    RunConfig config = RecipeChoice.of(profile(2000, 28, false)).config();

    assertThat(config.learning().batch()).isEqualTo(128);
    assertThat(config.learning().rate().base()).isCloseTo(0.17 * Math.sqrt(0.128), offset(1e-12));
  }

  @Test
  void theReasonNamesWhatItIsMadeOf() {
    assertThat(RecipeChoice.of(profile(60_000, 28, true)).reason())
        .contains("60,000 grey images of 28x28 pixels in 10 classes", "cifar-fast", "airbench95");
  }

  @ParameterizedTest
  @CsvSource({
    "28, 224, 32",
    "28, 32, 0",
    "28, 64, 0",
    "4000, 32, 224",
    "300, 224, 0",
    "4000, 224, 0",
    "256, 64, 224",
    "500, 128, 0",
    "64, 224, 64",
    "100, 224, 0",
    "50, 299, 64"
  })
  void inputsFarFromTheImagesHaveABetterOne(int side, int input, int better) {
    assertThat(profile(100, side, false).betterInput(input).orElse(0)).isEqualTo(better);
  }

  @Test
  void aProfileIsThatOfTheImages() throws IOException {
    for (int i = 0; i < 5; i++) {
      put("dog/" + i + ".png", 100 + 10 * i, 80, 0x102030);
      put("cat/" + i + ".png", 100 + 10 * i, 90, 0x808080);
    }
    DataProfile data = DataProfile.of(Datasets.open(dir, Split.ALL));

    assertThat(data.images()).isEqualTo(10);
    assertThat(data.classes()).isEqualTo(2);
    assertThat(data.median()).isEqualTo(new Size(120, 90));
    assertThat(data.smallest()).isEqualTo(new Size(100, 80));
    assertThat(data.largest().width()).isEqualTo(140);
    assertThat(data.grey()).isFalse();
    assertThat(data.characters()).isFalse();
    assertThat(data.sizes()).startsWith("120x90 (").contains(" to 140x");
  }

  @Test
  void smallGreyImagesAndClassesOfOneLetterMayBeCharacters() throws IOException {
    put("zero/1.png", 28, 28, 0x777777);
    put("one/1.png", 28, 28, 0x333333);
    DataProfile digits = DataProfile.of(Datasets.open(dir, Split.ALL));
    assertThat(digits.grey()).isTrue();
    assertThat(digits.characters()).isTrue();
    assertThat(digits.sizes()).isEqualTo("28x28");

    for (int digit = 0; digit < 10; digit++) {
      put("svhn/" + digit + "/1.png", 200, 200, 0xff0000);
    }
    DataProfile numbers = DataProfile.of(Datasets.open(dir.resolve("svhn"), Split.ALL));
    assertThat(numbers.grey()).isFalse();
    assertThat(numbers.characters()).isTrue();

    put("ab/a/1.png", 200, 200, 0xff0000);
    put("ab/b/1.png", 200, 200, 0xff0000);
    assertThat(DataProfile.of(Datasets.open(dir.resolve("ab"), Split.ALL)).characters()).isFalse();
  }

  @Test
  void theChosenRecipeIsAConfigurationThatIsReadAgain() {
    RunConfig config = RecipeChoice.of(profile(300, 28, true)).config();

    assertThat(RunConfig.parse(config.toJson(), "x")).isEqualTo(config);
  }
}
