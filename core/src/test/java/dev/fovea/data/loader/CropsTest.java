package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.tensor.Rng;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CropsTest {
  private static final Preprocessing IMAGENET =
      Preprocessing.imagenet(224, 0.875, Interpolation.BILINEAR);

  private static Image image(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    Rng rng = Rng.of(width, height, 1);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) rng.nextInt(256);
    }
    return new Image(width, height, rgb);
  }

  private static Preprocessing small(int side) {
    return Preprocessing.nativeSize(side, side, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
  }

  @Test
  void tenCropsAreTheCornersAndTheCentreOfTheResizedImageAndTheirMirrorImages() {
    List<View> views = Crops.TEN.views(400, 300, IMAGENET);
    assertThat(views).hasSize(10);
    assertThat(views.stream().filter(v -> !v.mirrored()).map(v -> ((View.Cut) v).region()))
        .containsExactly(
            new Resize.Box(0, 0, 224, 224),
            new Resize.Box(117, 0, 224, 224),
            new Resize.Box(0, 32, 224, 224),
            new Resize.Box(117, 32, 224, 224),
            new Resize.Box(58, 16, 224, 224));
    assertThat(views).allMatch(v -> ((View.Cut) v).width() == 341);
    IntStream.range(0, 5)
        .forEach(i -> assertThat(views.get(2 * i + 1)).isEqualTo(views.get(2 * i).mirror()));
  }

  @Test
  void googleNetsProtocolHas144DifferentViewsOfAnOblongImage() {
    for (int[] size : new int[][] {{500, 375}, {375, 500}}) {
      List<View> views = Crops.GOOGLENET.views(size[0], size[1], IMAGENET);
      assertThat(new HashSet<>(views)).hasSize(144);
      assertThat(views).hasSize(144);
    }
  }

  @Test
  void itsSquaresLieLeftInTheMiddleAndRightOrOnTopInTheMiddleAndBelow() {
    assertThat(squares(500, 375, 320))
        .containsExactly(
            new Resize.Box(0, 0, 320, 320),
            new Resize.Box(53, 0, 320, 320),
            new Resize.Box(106, 0, 320, 320));
    assertThat(squares(375, 500, 320))
        .containsExactly(
            new Resize.Box(0, 0, 320, 320),
            new Resize.Box(0, 53, 320, 320),
            new Resize.Box(0, 106, 320, 320));
  }

  private static List<Resize.Box> squares(int width, int height, int side) {
    return Crops.GOOGLENET.views(width, height, IMAGENET).stream()
        .map(v -> ((View.Cut) v).region())
        .filter(r -> r.width() == side)
        .distinct()
        .toList();
  }

  @Test
  void everySquareGivesFourCornersTheCentreAndItself() {
    List<Resize.Box> crops =
        Crops.GOOGLENET.views(288, 288, IMAGENET).stream()
            .map(v -> (View.Cut) v)
            .filter(v -> v.region().width() == 288 && !v.mirrored())
            .map(View.Cut::crop)
            .toList();
    assertThat(crops)
        .containsExactly(
            new Resize.Box(0, 0, 224, 224),
            new Resize.Box(64, 0, 224, 224),
            new Resize.Box(0, 64, 224, 224),
            new Resize.Box(64, 64, 224, 224),
            new Resize.Box(32, 32, 224, 224),
            new Resize.Box(0, 0, 288, 288));
  }

  @Test
  void aSquareImageHasItsThreeEqualSquaresOnce() {
    assertThat(Crops.GOOGLENET.views(32, 32, small(32))).hasSize(48).doesNotHaveDuplicates();
  }

  @Test
  void sizesFollowTheSideOfTheNetwork() {
    assertThat(
            Crops.GOOGLENET.views(32, 32, small(32)).stream()
                .map(v -> ((View.Cut) v).region().width())
                .distinct())
        .containsExactly(37, 41, 46, 50);
    assertThat(Crops.scaled(256, small(299))).isEqualTo(342);
    assertThat(Crops.scaled(256, IMAGENET)).isEqualTo(256);
  }

  @ParameterizedTest
  @EnumSource(Crops.class)
  void everyViewHasTheSizeOfTheNetworkAndItsMirrorImageIsItsMirrorImage(Crops crops) {
    Image image = image(50, 41);
    Preprocessing p = Preprocessing.imagenet(28, 0.875, Interpolation.BICUBIC);
    Cutter inOrder = new Cutter(image, p);
    for (View v : crops.views(50, 41, p)) {
      Image shown = inOrder.image(v);
      assertThat(shown.width()).isEqualTo(28);
      assertThat(shown.height()).isEqualTo(28);
      Image alone = new Cutter(image, p).image(v.mirror());
      assertThat(HorizontalFlip.flip(shown).rgb()).isEqualTo(alone.rgb());
    }
  }

  @Test
  void cropsAreThoseOfTheWholeResizedImage() {
    Image image = image(60, 47);
    Preprocessing p = Preprocessing.imagenet(28, 0.875, Interpolation.BILINEAR);
    for (Crops crops : List.of(Crops.TEN, Crops.GOOGLENET)) {
      for (View v : crops.views(60, 47, p)) {
        View.Cut c = (View.Cut) v;
        Image whole = Resize.to(image, c.width(), c.height(), Interpolation.BILINEAR);
        Resize.Box r = c.region();
        Image square = whole.crop(r.left(), r.top(), r.width(), r.height());
        Resize.Box b = c.crop();
        Image part = square.crop(b.left(), b.top(), b.width(), b.height());
        Image fitted = Resize.to(part, 28, 28, Interpolation.BILINEAR);
        assertThat(new Cutter(image, p).image(v).rgb())
            .isEqualTo((v.mirrored() ? HorizontalFlip.flip(fitted) : fitted).rgb());
      }
    }
  }

  @Test
  void shiftedViewsAreMovedByAThirtySecondOfTheSideAndCountHalf() {
    Image image = image(64, 64);
    Preprocessing p =
        Preprocessing.nativeSize(64, 64, List.of(0.5, 0.5, 0.5), List.of(1.0, 1.0, 1.0));
    List<View> views = Crops.FLIP_SHIFT.views(64, 64, p);
    assertThat(views).hasSize(6);
    assertThat(java.util.stream.IntStream.range(0, 6).mapToDouble(Crops.FLIP_SHIFT::weight))
        .containsExactly(2.0, 2.0, 1.0, 1.0, 1.0, 1.0);
    Cutter cutter = new Cutter(image, p);
    for (int v = 0; v < 6; v++) {
      int by = List.of(0, -2, 2).get(v / 2);
      Image shown = cutter.image(views.get(v));
      for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
          int column = v % 2 == 0 ? x : 63 - x;
          assertThat(shown.pixel(x, y))
              .isEqualTo(image.pixel(mirrored(column + by), mirrored(y + by)));
        }
      }
    }
    View.Shifted small =
        (View.Shifted)
            Crops.FLIP_SHIFT
                .views(
                    32,
                    32,
                    Preprocessing.nativeSize(
                        32, 32, List.of(0.5, 0.5, 0.5), List.of(1.0, 1.0, 1.0)))
                .get(2);
    assertThat(small.columns()).isEqualTo(-1);
  }

  private static int mirrored(int i) {
    return i < 0 ? -i : i > 63 ? 126 - i : i;
  }

  @Test
  void oneViewIsThePreprocessingItself() {
    Image image = image(300, 260);
    assertThat(Crops.SINGLE.views(300, 260, IMAGENET)).hasSize(1);
    View only = Crops.SINGLE.views(300, 260, IMAGENET).get(0);
    assertThat(new Cutter(image, IMAGENET).image(only).rgb()).isEqualTo(IMAGENET.fit(image).rgb());
  }

  @Test
  void googleNetsSquaresNeedASquareNetwork() {
    Preprocessing oblong =
        Preprocessing.nativeSize(20, 30, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
    assertThatThrownBy(() -> Crops.GOOGLENET.views(40, 40, oblong))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("20x30");
    assertThat(Crops.TEN.views(60, 40, oblong)).hasSize(10);
  }

  @Test
  void tenCropsMustFitIntoTheResizedImage() {
    Preprocessing oblong =
        Preprocessing.nativeSize(20, 30, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
    assertThatThrownBy(() -> Crops.TEN.views(40, 40, oblong))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("too narrow for ten crops of 30x20");
  }

  @Test
  void anImageTooLongAndNarrowIsRefusedBeforeAnyViewIsMade() {
    assertThatThrownBy(() -> Crops.GOOGLENET.views(1, 1 << 20, IMAGENET))
        .isInstanceOf(DataException.class);
  }
}
