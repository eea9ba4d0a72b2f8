package dev.fovea.data.jpeg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Damage;
import dev.fovea.Fuzz;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Resize;
import dev.fovea.data.image.UnsupportedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Damaged JPEGs of every sampling and kind, whole, shrunk and in rectangles. */
class JpegDecoderFuzzTest {
  private static final int ROUNDS = 4000;
  private static final int MOST_PIXELS = 200_000;

  /** Samples and coefficients of so many pixels, several times over. */
  private static final long MOST_BYTES = 32L << 20;

  @Test
  void damagedImagesAreReadOrRefusedAndRectanglesAreTheirParts() throws IOException {
    List<byte[]> good = new ArrayList<>(JpegCorpus.files().values());
    Fuzz.Outcome outcome =
        Fuzz.of("jpeg", ROUNDS, MOST_BYTES, Set.of(MalformedImage.class, UnsupportedImage.class))
            .run(
                random -> Damage.bytes(good.get(random.nextInt(good.size())), random),
                JpegDecoderFuzzTest::read);
    assertThat(outcome.refused()).isPositive();
    assertThat(outcome.read()).isPositive();
  }

  private static void read(byte[] file) throws MalformedImage {
    if (file.length < 2 || (file[0] & 255) != 0xff || (file[1] & 255) != 0xd8) {
      return;
    }
    JpegDecoder decoder = JpegDecoder.open(file);
    JpegHeader header = JpegHeader.read(file);
    if ((long) header.width() * header.height() > MOST_PIXELS
        || header.width() == 0
        || header.height() == 0) {
      return;
    }
    for (int shrink = 1; shrink <= 8; shrink *= 2) {
      int width = Frame.parts(header.width(), shrink);
      int height = Frame.parts(header.height(), shrink);
      Image whole = decoder.decode(shrink, new Resize.Box(0, 0, width, height));
      int left = width / 3;
      int top = height / 3;
      Resize.Box box = new Resize.Box(left, top, width - left, height - top);
      assertThat(decoder.decode(shrink, box).rgb())
          .isEqualTo(whole.crop(left, top, box.width(), box.height()).rgb());
    }
    for (int samples = 1; samples <= JpegDecoder.MOST_SAMPLES; samples++) {
      int width = Frame.parts(header.width() * samples, 8);
      int height = Frame.parts(header.height() * samples, 8);
      Image whole = decoder.decodeLowFrequencies(samples, new Resize.Box(0, 0, width, height));
      int left = width / 3;
      int top = height / 3;
      Resize.Box box = new Resize.Box(left, top, width - left, height - top);
      assertThat(decoder.decodeLowFrequencies(samples, box).rgb())
          .isEqualTo(whole.crop(left, top, box.width(), box.height()).rgb());
    }
  }
}
