package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PictureReaderTest {
  private static final int SIDE = 16;
  private static final List<Integer> TYPES =
      List.of(
          BufferedImage.TYPE_INT_RGB,
          BufferedImage.TYPE_INT_ARGB,
          BufferedImage.TYPE_INT_BGR,
          BufferedImage.TYPE_3BYTE_BGR,
          BufferedImage.TYPE_4BYTE_ABGR,
          BufferedImage.TYPE_BYTE_GRAY,
          BufferedImage.TYPE_USHORT_GRAY,
          BufferedImage.TYPE_BYTE_BINARY,
          BufferedImage.TYPE_BYTE_INDEXED);

  private static BufferedImage filled(BufferedImage image) {
    Random random = new Random(image.getType());
    WritableRaster raster = image.getRaster();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        for (int b = 0; b < raster.getNumBands(); b++) {
          int bits = image.getSampleModel().getSampleSize(b);
          raster.setSample(x, y, b, random.nextInt(1 << bits));
        }
      }
    }
    return image;
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "png", out)).isTrue();
    return out.toByteArray();
  }

  @Test
  void anImageOfAwtIsWhatItsFileWouldBeDecodedTo() throws IOException {
    for (int type : TYPES) {
      BufferedImage image = filled(new BufferedImage(SIDE, SIDE, type));
      BufferedImage read = ImageIO.read(new ByteArrayInputStream(png(image)));
      if (type == BufferedImage.TYPE_INT_BGR) {
        read = image;
      }
      Image expected = ImageDecoder.decode(png(image), "png");
      assertThat(PictureReader.image(image).rgb()).as("type " + type).isEqualTo(expected.rgb());
      assertThat(PictureReader.image(read).rgb()).as("read " + type).isEqualTo(expected.rgb());
    }
  }

  @Test
  void sixteenBitsKeepTheirHighByte() throws IOException {
    ComponentColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_USHORT);
    BufferedImage image =
        filled(
            new BufferedImage(
                model, model.createCompatibleWritableRaster(SIDE, SIDE), false, null));
    assertThat(PictureReader.image(image).rgb())
        .isEqualTo(ImageDecoder.decode(png(image), "png").rgb());
    assertThat(PictureReader.image(image).rgb()[0])
        .isEqualTo((byte) (image.getRaster().getSample(0, 0, 0) >> 8));
  }

  @Test
  void premultipliedColorsAreDividedByTheirAlpha() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB_PRE);
    image.setRGB(0, 0, 0x80ff0000);
    assertThat(PictureReader.image(image).rgb()).containsExactly(255, 0, 0);
  }

  @Test
  void colorsOfOtherSpacesAreConverted() {
    ComponentColorModel linear =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    BufferedImage image =
        new BufferedImage(linear, linear.createCompatibleWritableRaster(1, 1), false, null);
    image.getRaster().setPixel(0, 0, new int[] {55, 55, 55});
    // 55 of 255 in linear light is half way up the curve of sRGB.
    assertThat(PictureReader.image(image).rgb()[0] & 255).isBetween(125, 131);
  }

  @Test
  void aPartOfAnImageIsThatPart() {
    BufferedImage whole = filled(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR));
    Image part = PictureReader.image(whole.getSubimage(3, 5, 7, 9));
    assertThat(part.rgb()).isEqualTo(PictureReader.image(whole).crop(3, 5, 7, 9).rgb());
  }

  @Test
  void whatCannotBeReadIsNamed() {
    assertThatThrownBy(() -> PictureReader.open(Path.of("none.jpg"), "#3"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none.jpg");
    assertThatThrownBy(() -> PictureReader.open(new byte[] {1, 2}, "#3"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("#3");
    assertThatThrownBy(() -> PictureReader.open(17, "#3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("#3 is a java.lang.Integer");
  }
}
