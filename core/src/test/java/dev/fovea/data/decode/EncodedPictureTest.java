package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.BiFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedPictureTest {
  private static Picture open(String name) throws IOException {
    return ImageDecoder.open(Golden.bytes(name), name, DecodeLimits.STANDARD);
  }

  /** The scale of so many samples of a block. */
  private static BlockScale scale(Picture picture, int samples) {
    return picture.scale(new double[] {48, 16, 9, 6}[samples - 1]).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void rectanglesOfEveryOrientationArePartsOfTheUprightImage(int orientation) throws IOException {
    String name = "exif" + orientation + ".jpg";
    Image upright = Golden.image(name + ".rgb");
    assertThat(open(name).whole().rgb()).isEqualTo(upright.rgb());
    areParts(name, upright, Picture::part);
    for (int samples = 1; samples <= 4; samples++) {
      BlockScale scale = scale(open(name), samples);
      areParts(
          name, open(name).part(scale.all(), scale), (picture, box) -> picture.part(box, scale));
    }
  }

  private static void areParts(
      String name, Image whole, BiFunction<Picture, Resize.Box, Image> part) throws IOException {
    for (Resize.Box box :
        new Resize.Box[] {
          new Resize.Box(0, 0, 1, 1),
          new Resize.Box(whole.width() - 1, 0, 1, whole.height()),
          new Resize.Box(whole.width() / 3, whole.height() / 4, whole.width() / 2, 1),
          new Resize.Box(1, 1, whole.width() - 1, whole.height() - 1)
        }) {
      Image expected = whole.crop(box.left(), box.top(), box.width(), box.height());
      Picture picture = open(name);
      // The first is decoded alone, the second cut from the whole.
      assertThat(part.apply(picture, box).rgb()).isEqualTo(expected.rgb());
      assertThat(part.apply(picture, box).rgb()).isEqualTo(expected.rgb());
    }
  }

  @Test
  void jpegIsDecodedWithOneToFourSamplesOfABlock() throws IOException {
    Picture jpeg = open("420.jpg");
    assertThat(jpeg.scale(5.99)).isEmpty();
    for (int samples = 1; samples <= 4; samples++) {
      assertThat(scale(jpeg, samples).across().samples()).isEqualTo(samples);
    }
    assertThat(jpeg.scale(8.8).orElseThrow().down().samples()).isEqualTo(4);
    assertThat(jpeg.scale(15.9).orElseThrow().down().samples()).isEqualTo(3);
    assertThat(jpeg.scale(47.9).orElseThrow().down().samples()).isEqualTo(2);
    assertThat(jpeg.scale(1000).orElseThrow().down().samples()).isEqualTo(1);
    BlockScale other =
        new BlockScale(new BlockScale.Axis(8, 1, 1, false), new BlockScale.Axis(8, 1, 1, false));
    assertThatThrownBy(() -> jpeg.part(new Resize.Box(0, 0, 1, 1), other))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void otherFormatsHaveNoSmallerScale() throws IOException {
    Picture png = open("rgb.png");
    Image whole = Golden.image("rgb.png.rgb");
    assertThat(png.scale(100)).isEmpty();
    assertThat(png.part(new Resize.Box(3, 2, 5, 4)).rgb()).isEqualTo(whole.crop(3, 2, 5, 4).rgb());
    BlockScale scale = scale(open("420.jpg"), 2);
    assertThatThrownBy(() -> png.part(new Resize.Box(0, 0, 1, 1), scale))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void scalesMayChange() throws IOException {
    Picture picture = open("420.jpg");
    Image whole = Golden.image("420.jpg.rgb");
    BlockScale scale = scale(picture, 3);
    Image small = open("420.jpg").part(scale.all(), scale);
    for (int i = 0; i < 3; i++) {
      assertThat(picture.part(new Resize.Box(2, 1, 9, 7), scale).rgb())
          .isEqualTo(small.crop(2, 1, 9, 7).rgb());
      assertThat(picture.whole().rgb()).isEqualTo(whole.rgb());
    }
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    byte[] file = Golden.bytes("420.jpg");
    byte[] cut = Arrays.copyOf(file, file.length * 3 / 4);
    Picture picture = ImageDecoder.open(cut, "cats/a.jpg", DecodeLimits.STANDARD);
    isRefused(picture::whole);
    for (int samples = 1; samples <= 4; samples++) {
      BlockScale scale = scale(picture, samples);
      isRefused(() -> picture.part(scale.all(), scale));
    }
  }

  private static void isRefused(ThrowingCallable decode) {
    assertThatThrownBy(decode)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot decode image cats/a.jpg (JPEG, ")
        .hasMessageContaining("the file ends early");
  }
}
