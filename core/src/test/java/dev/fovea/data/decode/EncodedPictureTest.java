package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedPictureTest {
  private static Picture open(String name) throws IOException {
    return ImageDecoder.open(Golden.bytes(name), name, DecodeLimits.STANDARD);
  }

  private static Resize.Box all(Picture picture, int shrink) {
    return new Resize.Box(
        0, 0, (picture.width() + shrink - 1) / shrink, (picture.height() + shrink - 1) / shrink);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void rectanglesOfEveryOrientationArePartsOfTheUprightImage(int orientation) throws IOException {
    String name = "exif" + orientation + ".jpg";
    Image upright = Golden.image(name + ".rgb");
    for (int shrink = 1; shrink <= 8; shrink *= 2) {
      Image whole = open(name).part(all(upright, shrink), shrink);
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
        assertThat(picture.part(box, shrink).rgb()).isEqualTo(expected.rgb());
        assertThat(picture.part(box, shrink).rgb()).isEqualTo(expected.rgb());
      }
      if (shrink == 1) {
        assertThat(whole.rgb()).isEqualTo(upright.rgb());
      }
    }
  }

  @Test
  void jpegIsShrunkByPowersOfTwoUpToEight() throws IOException {
    Picture jpeg = open("420.jpg");
    assertThat(jpeg.shrink(1)).isEqualTo(1);
    assertThat(jpeg.shrink(3)).isEqualTo(2);
    assertThat(jpeg.shrink(7)).isEqualTo(4);
    assertThat(jpeg.shrink(100)).isEqualTo(8);
    assertThatThrownBy(() -> jpeg.part(new Resize.Box(0, 0, 1, 1), 3))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void otherFormatsAreNotShrunk() throws IOException {
    Picture png = open("rgb.png");
    Image whole = Golden.image("rgb.png.rgb");
    assertThat(png.shrink(8)).isEqualTo(1);
    assertThat(png.part(new Resize.Box(3, 2, 5, 4), 1).rgb())
        .isEqualTo(whole.crop(3, 2, 5, 4).rgb());
    assertThatThrownBy(() -> png.part(new Resize.Box(0, 0, 1, 1), 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void scalesMayChange() throws IOException {
    Picture picture = open("420.jpg");
    Image whole = Golden.image("420.jpg.rgb");
    Image quarter = open("420.jpg").part(all(whole, 4), 4);
    for (int i = 0; i < 3; i++) {
      assertThat(picture.part(new Resize.Box(2, 1, 9, 7), 4).rgb())
          .isEqualTo(quarter.crop(2, 1, 9, 7).rgb());
      assertThat(picture.whole().rgb()).isEqualTo(whole.rgb());
    }
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    byte[] file = Golden.bytes("420.jpg");
    byte[] cut = Arrays.copyOf(file, file.length * 3 / 4);
    Picture picture = ImageDecoder.open(cut, "cats/a.jpg", DecodeLimits.STANDARD);
    for (int shrink = 1; shrink <= 8; shrink *= 2) {
      int by = shrink;
      assertThatThrownBy(() -> picture.part(all(picture, by), by))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cannot decode image cats/a.jpg (JPEG, ")
          .hasMessageContaining("the file ends early");
    }
  }
}
