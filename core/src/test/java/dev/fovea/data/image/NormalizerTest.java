package dev.fovea.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalizerTest {
  private static Preprocessing preprocessing(int channels, Preprocessing.ChannelOrder order) {
    return new Preprocessing(
        channels,
        9,
        9,
        9,
        Interpolation.BILINEAR,
        List.of(0.4, 0.5, 0.6).subList(0, channels),
        List.of(0.2, 0.3, 0.4).subList(0, channels),
        order,
        Preprocessing.ValueRange.UNIT,
        Decoding.AUTO);
  }

  private static Image image(int width) {
    Image image = Image.black(width, 3);
    Rng rng = Rng.of(1, 2, width);
    for (int i = 0; i < image.rgb().length; i++) {
      image.rgb()[i] = (byte) rng.nextInt(256);
    }
    return image;
  }

  @ParameterizedTest
  @CsvSource({"3, RGB", "3, BGR", "1, RGB"})
  void everyValueIsShiftedAndScaledInItsPlane(int channels, Preprocessing.ChannelOrder order) {
    Preprocessing p = preprocessing(channels, order);
    Normalizer normalizer = new Normalizer(p);
    for (int width = 1; width <= 13; width++) {
      Image image = image(width);
      for (boolean mirrored : new boolean[] {false, true}) {
        float[] expected = new float[channels * 3 * width];
        short[] rounded = new short[expected.length];
        for (int i = 0; i < expected.length; i++) {
          int c = i / (3 * width);
          int x = i % width;
          int at = (i / width % 3 * width + (mirrored ? width - 1 - x : x)) * 3;
          int source = order == Preprocessing.ChannelOrder.RGB ? c : 2 - c;
          int v = channels == 1 ? Image.gray(image.rgb(), at) : image.rgb()[at + source] & 255;
          expected[i] = (v / 255f - p.mean().get(c).floatValue()) / p.std().get(c).floatValue();
          rounded[i] = DType.toBf16(expected[i]);
        }
        float[] floats = new float[expected.length];
        short[] shorts = new short[expected.length];

        normalizer.floats(image, mirrored, floats);
        normalizer.shorts(image, mirrored, shorts);

        assertThat(floats).as("width %d, mirrored %s", width, mirrored).isEqualTo(expected);
        assertThat(shorts).as("width %d, mirrored %s", width, mirrored).isEqualTo(rounded);
      }
    }
  }
}
