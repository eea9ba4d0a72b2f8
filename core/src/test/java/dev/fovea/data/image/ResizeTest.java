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
      Resize.Area area =
          new Resize.Area(
              Float.parseFloat(p[3]),
              Float.parseFloat(p[4]),
              Float.parseFloat(p[5]),
              Float.parseFloat(p[6]));
      int width = Integer.parseInt(p[7]);
      int height = Integer.parseInt(p[8]);
      Resize.Box all = new Resize.Box(0, 0, width, height);

      Image got = Resize.area(source, 1, area, width, height, all, Interpolation.parse(p[2]));

      CRC32 crc = new CRC32();
      crc.update(got.rgb());
      assertThat(String.format("%08x", crc.getValue())).as(line).isEqualTo(p[9]);
    }
  }

  private static Image oneByOne(Image in, int width, int height, Interpolation filter) {
    FilterWeights across = FilterWeights.of(in.width(), 0, in.width(), width, 0, width, filter);
    FilterWeights down = FilterWeights.of(in.height(), 0, in.height(), height, 0, height, filter);
    Pixels pixels = Pixels.of(in, Resize.Box.of(in), 1);
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
    "1024, 1024, 256, 256, 8, 2",
    "1024, 1023, 256, 256, 8, 1",
    "1024, 4096, 256, 1024, 8, 2",
    "1024, 1024, 257, 256, 8, 1",
    "2047, 2047, 256, 256, 8, 2",
    "2048, 2048, 256, 256, 8, 4",
    "2048, 2048, 256, 256, 2, 2",
    "4095, 4095, 256, 256, 8, 4",
    "4096, 4096, 256, 256, 8, 8",
    "65536, 65536, 256, 256, 8, 8",
    "65536, 65536, 256, 256, 1, 1",
    "4000, 3000, 341, 256, 8, 4",
    "500, 375, 341, 256, 8, 1",
    "200, 200, 256, 256, 8, 1",
  })
  void theFactorIsTheLargestThatLeavesTwiceTheSizeWanted(
      int width, int height, int wide, int high, int offered, int expected) {
    ShrinkingPicture picture = new ShrinkingPicture(Image.black(1, 1), offered);
    Resize.Box box = new Resize.Box(0, 0, width, height);

    assertThat(Resize.shrink(picture, box, wide, high, Interpolation.BILINEAR)).isEqualTo(expected);
    assertThat(Resize.shrink(picture, box, wide, high, Interpolation.NEAREST)).isEqualTo(1);
    for (Decoding exact : List.of(Decoding.EXACT, Decoding.AUTO)) {
      assertThat(Resize.shrink(exact.of(picture), box, wide, high, Interpolation.BILINEAR))
          .isEqualTo(1);
    }
    assertThat(
            Resize.shrink(
                Decoding.AUTO.unscored().of(picture), box, wide, high, Interpolation.BILINEAR))
        .isEqualTo(expected);
  }

  @Test
  void aShrunkPictureIsResizedFromTheSamePlaceBetweenItsPixels() {
    Image image = pattern(251, 243);
    Resize.Box box = new Resize.Box(13, 22, 201, 179);
    ShrinkingPicture picture = new ShrinkingPicture(image, 8);

    Image got = Resize.region(picture, box, 25, 20, Interpolation.BICUBIC);

    Image quarter = ShrinkingPicture.shrunk(image, 4);
    Resize.Area area = new Resize.Area(3.25f, 5.5f, 53.5f, 50.25f);
    Resize.Box all = new Resize.Box(0, 0, 25, 20);
    assertThat(got.rgb())
        .isEqualTo(Resize.area(quarter, 1, area, 25, 20, all, Interpolation.BICUBIC).rgb());
    assertThat(picture.requests()).hasSize(1);
    assertThat(picture.requests().get(0).shrink()).isEqualTo(4);
  }

  @Test
  void whatIsAskedForExactlyIsTheSameOfEveryPicture() {
    Image image = pattern(251, 243);
    for (Decoding exact : List.of(Decoding.EXACT, Decoding.AUTO)) {
      Picture picture = exact.of(new ShrinkingPicture(image, 8));
      assertThat(Resize.shorterSide(picture, 20, Interpolation.BILINEAR).rgb())
          .isEqualTo(Resize.shorterSide(image, 20, Interpolation.BILINEAR).rgb());
      assertThat(picture.whole()).isEqualTo(image);
    }
  }
}
