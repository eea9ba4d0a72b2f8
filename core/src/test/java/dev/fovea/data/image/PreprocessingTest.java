package dev.fovea.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
  private static final Preprocessing IMAGENET =
      Preprocessing.imagenet(32, 0.875, Interpolation.BILINEAR);

  @Test
  void fittingEqualsTorchvisionsResizeAndCentreCropOfPillowImages() throws IOException {
    Image in = Golden.image("source.rgb");

    Image out = IMAGENET.fit(in);

    assertThat(IMAGENET.resizeShorter()).isEqualTo(36);
    Image resized = Resize.to(in, 36 * 53 / 41, 36, Interpolation.BILINEAR);
    assertThat(out.rgb()).isEqualTo(resized.crop(7, 2, 32, 32).rgb());
  }

  @Test
  void halfPixelsAreRoundedToEven() {
    Image in = Image.black(37, 32);
    in.rgb()[(2 * 3)] = 1;
    Preprocessing p =
        new Preprocessing(
            3,
            32,
            32,
            32,
            Interpolation.BILINEAR,
            List.of(0., 0., 0.),
            List.of(1., 1., 1.),
            Preprocessing.ChannelOrder.RGB,
            Preprocessing.ValueRange.UNIT,
            Decoding.AUTO);

    assertThat(p.fit(in).rgb()[0]).isEqualTo((byte) 1);
  }

  @Test
  void anImageOfTheNetworksSizeIsLeftAlone() {
    Image in = Image.black(32, 32);

    assertThat(Preprocessing.nativeSize(32, 32, List.of(0.5), List.of(0.5)).fit(in)).isSameAs(in);
  }

  @Test
  void aLongAndNarrowImageCostsLittle() {
    Image strip = Image.black(10_000, 1);

    Image out = IMAGENET.fit(strip);

    assertThat(out.width()).isEqualTo(32);
    assertThat(out.height()).isEqualTo(32);
  }

  @Test
  void whatLiesOutsideASmallerImageIsBlack() {
    Preprocessing p =
        new Preprocessing(
            3,
            8,
            8,
            4,
            Interpolation.BILINEAR,
            List.of(0., 0., 0.),
            List.of(1., 1., 1.),
            Preprocessing.ChannelOrder.RGB,
            Preprocessing.ValueRange.BYTE,
            Decoding.AUTO);
    Image white = Image.black(4, 4);
    java.util.Arrays.fill(white.rgb(), (byte) 255);

    Image out = p.fit(white);

    assertThat(out.pixel(1, 1)).isZero();
    assertThat(out.pixel(2, 2)).isEqualTo(0xffffff);
    assertThat(out.pixel(6, 5)).isZero();
  }

  @Test
  void channelsAreReorderedAndScaled() {
    Image red = new Image(1, 1, new byte[] {(byte) 200, 100, 50});
    Preprocessing caffe =
        new Preprocessing(
            3,
            1,
            1,
            1,
            Interpolation.BILINEAR,
            List.of(104., 117., 123.),
            List.of(1., 2., 1.),
            Preprocessing.ChannelOrder.BGR,
            Preprocessing.ValueRange.BYTE,
            Decoding.AUTO);

    assertThat(caffe.apply(red)).containsExactly(50 - 104f, (100 - 117f) / 2, 200 - 123f);
    assertThat(new Normalizer(caffe).meanColor()).containsExactly(123, 117, 104);
    assertThat(Preprocessing.nativeSize(1, 1, List.of(0.5), List.of(0.25)).apply(red)[0])
        .isCloseTo(
            ((200 * 0.299f + 100 * 0.587f + 50 * 0.114f) / 255 - 0.5f) / 0.25f, within(0.01f));
  }

  @Test
  void mapsGoThereAndBack() {
    Map<String, Object> map = IMAGENET.toMap();

    assertThat(Preprocessing.fromMap(map)).isEqualTo(IMAGENET);
    assertThat(map).containsEntry("interpolation", "bilinear").containsEntry("value_range", "0..1");
  }

  @Test
  void filesOfEarlierVersionsAreDecodedExactly() {
    Map<String, Object> map = new HashMap<>(IMAGENET.toMap());
    assertThat(map.remove("decode")).isEqualTo("auto");

    assertThat(Preprocessing.fromMap(map)).isEqualTo(IMAGENET.with(Decoding.EXACT));
  }

  @Test
  void aDamagedMapNamesTheEntry() {
    for (String key : IMAGENET.toMap().keySet()) {
      Map<String, Object> missing = new HashMap<>(IMAGENET.toMap());
      missing.remove(key);
      if (!key.equals("decode")) {
        assertThatThrownBy(() -> Preprocessing.fromMap(missing))
            .isInstanceOf(DataException.class)
            .hasMessageContaining(key);
      }
      Map<String, Object> wrong = new HashMap<>(IMAGENET.toMap());
      wrong.put(key, "nonsense");
      assertThatThrownBy(() -> Preprocessing.fromMap(wrong))
          .isInstanceOf(DataException.class)
          .hasMessageContaining(key);
    }
  }

  @Test
  void valuesThatMakeNoSenseAreRefused() {
    assertThatThrownBy(
            () -> Preprocessing.nativeSize(32, 32, List.of(0.5, 0.5, 0.5), List.of(0.2, 0., 0.2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("std positive");
    assertThatThrownBy(() -> Preprocessing.nativeSize(0, 32, List.of(0.5), List.of(0.2)))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> Preprocessing.imagenet(224, 1.5, Interpolation.BOX))
        .isInstanceOf(DataException.class);
  }

  @Test
  void aGrayNetworkIsShownGray() {
    Image in = new Image(2, 1, new byte[] {(byte) 255, 0, 0, 0, (byte) 255, 0});
    Preprocessing grey =
        new Preprocessing(
            1,
            1,
            2,
            1,
            Interpolation.BILINEAR,
            List.of(0.5),
            List.of(0.5),
            Preprocessing.ChannelOrder.RGB,
            Preprocessing.ValueRange.UNIT,
            Decoding.AUTO);

    assertThat(grey.input(in).rgb()).containsExactly(76, 76, 76, 150, 150, 150);
    Preprocessing color = Preprocessing.nativeSize(1, 2, List.of(0., 0., 0.), List.of(1., 1., 1.));
    assertThat(color.input(in).rgb()).isEqualTo(color.fit(in).rgb());
  }
}
