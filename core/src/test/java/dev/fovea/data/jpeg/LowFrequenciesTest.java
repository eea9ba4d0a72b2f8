package dev.fovea.data.jpeg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Resize;
import dev.fovea.data.image.ShrinkingPicture;
import dev.fovea.data.jpeg.JpegCorpus.Expected;
import dev.fovea.tensor.Rng;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding at scales that keep the lowest frequencies of each block. */
class LowFrequenciesTest {
  private static double[] response(int size, Rng rng) {
    double[] response = new double[size];
    for (int k = 0; k < size; k++) {
      response[k] = k == 0 ? 1 : 0.5 + rng.nextDouble();
    }
    return response;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 6, 8})
  void theLoopsGiveTheCosinesRounded(int size) {
    Rng rng = Rng.of(26, 0, size);
    for (int round = 0; round < 20; round++) {
      int[] quantization = new int[64];
      for (int k = 0; k < 64; k++) {
        quantization[k] = 1 + rng.nextInt(20);
      }
      double[] across = response(size, rng);
      double[] down = response(size, rng);
      int lanes = 40;
      int[][] block = new int[64][lanes];
      for (int i = 0; i < lanes; i++) {
        for (int p = 0; p < 64; p++) {
          block[p][i] = rng.nextInt(p == 0 ? 41 : 9) - (p == 0 ? 20 : 4);
        }
        // The last block is larger than any of a picture.
        block[1][i] = i == lanes - 1 && size > 1 ? 100_000 + round : block[1][i];
      }
      int[] factors = new int[64];
      for (int k = 0; k < 64; k++) {
        factors[Zigzag.PLACES[k]] = quantization[k];
      }
      int[][] expected = new int[lanes][64];
      LowFrequencies low = new LowFrequencies(size, across, down);
      for (int i = 0; i < lanes; i++) {
        int[] in = new int[64];
        for (int p = 0; p < 64; p++) {
          in[p] = block[p][i];
        }
        low.apply(in, factors, expected[i]);
      }

      InverseTransform.lowFrequencies(size, quantization, across, down)
          .apply(block, Zigzag.LAST_DIAGONAL, new int[InverseTransform.WORK][lanes], lanes);

      for (int i = 0; i < lanes; i++) {
        for (int y = 0; y < size; y++) {
          for (int x = 0; x < size; x++) {
            assertThat(Math.abs(block[8 * y + x][i] - expected[i][8 * y + x]))
                .isLessThanOrEqualTo(i == lanes - 1 && size > 1 ? 0 : 1);
          }
        }
      }
    }
  }

  /** A picture whose neighbors are as alike as in photographs. */
  private static Image smooth(int width, int height) {
    Image image = Image.black((width + 9) / 10, (height + 9) / 10);
    for (int i = 0; i < image.rgb().length; i++) {
      image.rgb()[i] = (byte) (64 + (i * 0x9E3779B1 >>> 25));
    }
    return Resize.to(image, width, height, Interpolation.BICUBIC);
  }

  private static double distance(Image a, Image b) {
    assertThat(a.width()).isEqualTo(b.width());
    assertThat(a.height()).isEqualTo(b.height());
    double squares = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      double d = (a.rgb()[i] & 255) - (b.rgb()[i] & 255);
      squares += d * d;
    }
    return Math.sqrt(squares / a.rgb().length);
  }

  private static Image reference(Image image, int samples) {
    ShrinkingPicture picture = new ShrinkingPicture(image, samples);
    var scale = picture.scale(1000).orElseThrow();
    return picture.part(scale.all(), scale);
  }

  private static Image low(byte[] file, int samples) throws MalformedImage {
    JpegHeader header = JpegHeader.read(file);
    Resize.Box all =
        new Resize.Box(
            0,
            0,
            Frame.parts(header.width() * samples, 8),
            Frame.parts(header.height() * samples, 8));
    return JpegDecoder.open(file).decodeLowFrequencies(samples, all);
  }

  @ParameterizedTest
  @CsvSource({
    "QUARTER, 1, 2.4",
    "QUARTER, 2, 1.9",
    "QUARTER, 3, 1.6",
    "QUARTER, 4, 1.6",
    "FULL, 1, 0.75",
    "FULL, 2, 0.75",
    "FULL, 3, 0.75",
    "FULL, 4, 0.75"
  })
  void samplesAreTheLowFrequenciesOfThePixelsOfFullSize(
      ChromaSampling sampling, int samples, double most) throws MalformedImage {
    byte[] file = new JpegEncoder(98, sampling).encode(smooth(163, 149));

    Image got = low(file, samples);

    assertThat(distance(got, reference(JpegDecoder.open(file).decode(), samples))).isLessThan(most);
  }

  @ParameterizedTest
  @CsvSource({"1, 13", "2, 11", "3, 8", "4, 7"})
  void everyKindOfFileIsNearToItsFullSize(int samples, double most) throws Exception {
    Map<String, byte[]> files = JpegCorpus.files();
    double sum = 0;
    int count = 0;
    for (Expected e : JpegCorpus.expected(files)) {
      if (e.shrink() == 1 && !e.name().startsWith("damaged-")) {
        byte[] file = Objects.requireNonNull(files.get(e.name()));
        Image whole = JpegDecoder.open(file).decode();
        sum += distance(low(file, samples), reference(whole, samples));
        count++;
      }
    }
    assertThat(count).isGreaterThan(100);
    // Noise in pictures of a few pixels, of which some hold a color for eight pixels.
    assertThat(sum / count).isLessThan(most);
  }
}
