package dev.fovea.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.tensor.Rng;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResizeTest {
  @Test
  void everyFilterEqualsPillowByteForByte() throws IOException {
    Image source = Golden.image("source.rgb");
    List<String> cases =
        new String(Golden.bytes("resize.txt"), StandardCharsets.UTF_8).lines().toList();
    assertThat(cases).hasSize(45);
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Golden.bytes("resize.bin")))) {
      for (String line : cases) {
        String[] p = line.split(" ");
        int[] n = new int[7];
        for (int i = 1; i < 7; i++) {
          n[i] = Integer.parseInt(p[i]);
        }
        Image expected = Golden.next(in);

        Image got =
            Resize.region(
                source,
                new Resize.Box(n[1], n[2], n[3], n[4]),
                n[5],
                n[6],
                Interpolation.parse(p[0]));

        assertThat(got.rgb()).as(line).isEqualTo(expected.rgb());
      }
    }
  }

  @Test
  void aWindowIsThatPartOfTheWhole() throws IOException {
    Image source = Golden.image("source.rgb");
    Resize.Box all = Resize.Box.of(source);
    for (Interpolation filter : Interpolation.values()) {
      for (int[] size : new int[][] {{30, 22}, {53, 22}, {30, 41}, {53, 41}, {90, 80}}) {
        Image whole = Resize.to(source, size[0], size[1], filter);

        Image part =
            Resize.window(source, all, size[0], size[1], new Resize.Box(4, 5, 20, 9), filter);

        assertThat(part.rgb()).as("%s %s", filter, size).isEqualTo(whole.crop(4, 5, 20, 9).rgb());
      }
    }
  }

  @Test
  void theShorterSideRulesAndTheLongerIsRoundedDown() throws IOException {
    Image source = Golden.image("source.rgb");

    Image out = Resize.shorterSide(source, 32, Interpolation.BILINEAR);

    assertThat(out.height()).isEqualTo(32);
    assertThat(out.width()).isEqualTo(32 * 53 / 41);
  }

  @Test
  void anImageTooLongAndNarrowSaysSo() {
    Image strip = Image.black(200_000, 1);

    assertThatThrownBy(() -> Resize.shorterSide(strip, 256, Interpolation.BILINEAR))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("200000x1")
        .hasMessageContaining("cut the image");
  }

  /** An image that {@code make_resize_hashes.py} makes as well. */
  private static Image pattern(int width, int height) {
    Image image = Image.black(width, height);
    for (int i = 0; i < image.rgb().length; i++) {
      image.rgb()[i] = (byte) (i * 0x9E3779B1 >>> 24);
    }
    return image;
  }

  @Test
  void boxesBetweenPixelsEqualPillowByteForByte() throws IOException {
    List<String> cases =
        new String(Golden.bytes("resize-hashes.txt"), StandardCharsets.UTF_8).lines().toList();
    assertThat(cases).hasSize(286);
    for (String line : cases) {
      String[] p = line.split(" ");
      Image source = pattern(Integer.parseInt(p[0]), Integer.parseInt(p[1]));
      float left = Float.parseFloat(p[3]);
      float top = Float.parseFloat(p[4]);
      float right = Float.parseFloat(p[5]);
      float bottom = Float.parseFloat(p[6]);
      int width = Integer.parseInt(p[7]);
      int height = Integer.parseInt(p[8]);
      Interpolation filter = Interpolation.parse(p[2]);
      FilterWeights across = FilterWeights.of(source.width(), left, right, width, 0, width, filter);
      FilterWeights down =
          FilterWeights.of(source.height(), top, bottom, height, 0, height, filter);
      Resize.Box read =
          new Resize.Box(
              across.least(),
              down.least(),
              across.most() - across.least(),
              down.most() - down.least());

      byte[] got =
          new Resampler(
                  Pixels.of(source, read),
                  read.height(),
                  width,
                  across.startingAt(read.left()),
                  down.startingAt(read.top()),
                  filter.overshoots())
              .resample();

      CRC32 crc = new CRC32();
      crc.update(got);
      assertThat(String.format("%08x", crc.getValue())).as(line).isEqualTo(p[9]);
    }
  }

  private static Image oneByOne(Image in, int width, int height, Interpolation filter) {
    FilterWeights across = FilterWeights.of(in.width(), 0, in.width(), width, 0, width, filter);
    FilterWeights down = FilterWeights.of(in.height(), 0, in.height(), height, 0, height, filter);
    Pixels pixels = Pixels.of(in, Resize.Box.of(in));
    return new Image(
        width, height, WideResampler.resample(pixels, in.height(), width, across, down));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NEAREST")
  void blocksOfRowsGiveWhatSinglePixelsGive(Interpolation filter) {
    Rng rng = Rng.of(14, 0, filter.name().hashCode());
    for (int i = 0; i < 300; i++) {
      Image in = pattern(1 + rng.nextInt(40), 1 + rng.nextInt(i % 10 == 0 ? 1200 : 40));
      int width = 1 + rng.nextInt(30);
      int height = 1 + rng.nextInt(30);

      Image got = Resize.to(in, width, height, filter);

      assertThat(got.rgb())
          .as("%dx%d to %dx%d", in.width(), in.height(), width, height)
          .isEqualTo(oneByOne(in, width, height, filter).rgb());
    }
  }

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void aPictureIsAskedOnceAndOnlyForWhatTheFilterReads(Interpolation filter) {
    Image image = pattern(97, 83);
    Resize.Box box = new Resize.Box(11, 7, 64, 60);
    Resize.Box window = new Resize.Box(5, 4, 12, 9);
    for (int[] size : new int[][] {{32, 30}, {64, 30}, {32, 60}, {64, 60}, {90, 80}}) {
      ShrinkingPicture picture = new ShrinkingPicture(image, 1);

      Image got = Resize.window(picture, box, size[0], size[1], window, filter);

      assertThat(got.rgb())
          .isEqualTo(
              Resize.window(
                      image.crop(11, 7, 64, 60),
                      new Resize.Box(0, 0, 64, 60),
                      size[0],
                      size[1],
                      window,
                      filter)
                  .rgb());
      assertThat(picture.requests()).hasSize(1);
      Resize.Box read = picture.requests().get(0).box();
      double across = 64.0 / size[0];
      double reach = 3 * Math.max(1, across) + 2;
      assertThat(read.left()).isGreaterThanOrEqualTo((int) (11 + 5 * across - reach));
      assertThat(read.width()).isLessThanOrEqualTo((int) (12 * across + 2 * reach));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1536, 1536, 256, 256, 1, 4",
    "1535, 1536, 256, 256, 1, 8",
    "1536, 1535, 256, 256, 1, 8",
    "2275, 2275, 256, 256, 1, 4",
    "2276, 2276, 256, 256, 1, 3",
    "2276, 2276, 256, 256, 4, 4",
    "4000, 3000, 341, 256, 1, 3",
    "4096, 4096, 256, 256, 1, 2",
    "12287, 12288, 256, 256, 1, 2",
    "12288, 12288, 256, 256, 1, 1",
    "65536, 65536, 256, 256, 1, 1",
    "65536, 65536, 256, 256, 5, 8",
    "500, 375, 341, 256, 1, 8",
    "200, 200, 256, 256, 1, 8",
  })
  void theScaleIsTheSmallestThatIsFineEnough(
      int width, int height, int wide, int high, int fewest, int expected) {
    ShrinkingPicture picture = new ShrinkingPicture(Image.black(1, 1), fewest);
    Resize.Box box = new Resize.Box(0, 0, width, height);

    assertThat(samples(picture, box, wide, high, Interpolation.BILINEAR)).isEqualTo(expected);
    assertThat(samples(picture, box, wide, high, Interpolation.NEAREST)).isEqualTo(8);
    for (Decoding exact : List.of(Decoding.EXACT, Decoding.AUTO)) {
      assertThat(samples(exact.of(picture), box, wide, high, Interpolation.BILINEAR)).isEqualTo(8);
    }
    Picture fast = Decoding.AUTO.unscored().of(picture);
    assertThat(samples(fast, box, wide, high, Interpolation.BILINEAR)).isEqualTo(expected);
  }

  private static int samples(
      Picture in, Resize.Box box, int width, int height, Interpolation filter) {
    return Resize.scale(in, box, width, height, filter).map(s -> s.down().samples()).orElse(8);
  }

  /** A picture whose neighbors are as alike as in photographs. */
  private static Image smooth(int width, int height) {
    Image in = pattern(width / 4, height / 4);
    return Resize.to(in, width, height, Interpolation.BICUBIC);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NEAREST")
  void aPictureAtASmallerScaleGivesNearlyWhatAllPixelsGive(Interpolation filter) {
    Image image = smooth(251, 243);
    for (boolean fromEnd : new boolean[] {false, true}) {
      for (int fewest = 2; fewest <= 4; fewest++) {
        for (Resize.Box box : List.of(Resize.Box.of(image), new Resize.Box(13, 22, 225, 201))) {
          ShrinkingPicture picture = new ShrinkingPicture(image, fewest, fromEnd);
          int side = fewest == 2 ? 12 : fewest == 3 ? 20 : 30;

          Image got = Resize.region(picture, box, side, side, filter);

          assertThat(picture.requests()).hasSize(1);
          assertThat(picture.requests().get(0).samples()).isEqualTo(fewest);
          Image exact = Resize.region(image, box, side, side, filter);
          double squares = 0;
          for (int i = 0; i < got.rgb().length; i++) {
            double d = (got.rgb()[i] & 255) - (exact.rgb()[i] & 255);
            squares += d * d;
          }
          assertThat(Math.sqrt(squares / got.rgb().length))
              .as("%d samples, from the end: %s, %s", fewest, fromEnd, box)
              .isLessThan(filter == Interpolation.BOX ? 1.5 : 0.7);
        }
      }
    }
  }

  @Test
  void aWindowAtASmallerScaleIsAPartOfTheWhole() {
    Image image = smooth(251, 243);
    Resize.Box box = new Resize.Box(3, 2, 240, 236);
    ShrinkingPicture picture = new ShrinkingPicture(image, 4, true);
    Image whole = Resize.region(picture, box, 28, 29, Interpolation.BICUBIC);

    Image got =
        Resize.window(picture, box, 28, 29, new Resize.Box(4, 5, 20, 11), Interpolation.BICUBIC);

    assertThat(got.rgb()).isEqualTo(whole.crop(4, 5, 20, 11).rgb());
    Resize.Box read = picture.requests().get(1).box();
    assertThat(read.width() * read.height()).isLessThan(126 * 122 * 11 / 20);
  }

  @Test
  void whatIsAskedForExactlyIsTheSameOfEveryPicture() {
    Image image = pattern(251, 243);
    for (Decoding exact : List.of(Decoding.EXACT, Decoding.AUTO)) {
      Picture picture = exact.of(new ShrinkingPicture(image, 1));
      assertThat(Resize.shorterSide(picture, 20, Interpolation.BILINEAR).rgb())
          .isEqualTo(Resize.shorterSide(image, 20, Interpolation.BILINEAR).rgb());
      assertThat(picture.whole()).isEqualTo(image);
    }
  }
}
