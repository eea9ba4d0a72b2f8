package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.augment.AlternatingFlip;
import dev.fovea.data.augment.Augment;
import dev.fovea.data.augment.ColorJitter;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.InceptionCrop;
import dev.fovea.data.augment.RandomResizedCrop;
import dev.fovea.data.augment.ResizeRandomCrop;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.image.ShrinkingPicture;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Samples are made of no more than the first transform needs. */
class SampleMakerTest {
  private static final int SIDE = 16;
  private static final Preprocessing SMALL =
      Preprocessing.imagenet(SIDE, 0.875, Interpolation.BILINEAR);
  private static final Augment FLIP = new HorizontalFlip(0.5);

  /** Encoded pictures of several sizes, which count what is asked of them, or decoded ones. */
  private static final class Pictures implements Dataset {
    private final boolean encoded;
    private final List<ShrinkingPicture> opened = new ArrayList<>();

    Pictures(boolean encoded) {
      this.encoded = encoded;
    }

    @Override
    public String description() {
      return "pictures";
    }

    @Override
    public List<String> classes() {
      return List.of("a", "b");
    }

    @Override
    public int size() {
      return 12;
    }

    @Override
    public int label(int i) {
      return i % 2;
    }

    @Override
    public String name(int i) {
      return "picture " + i;
    }

    @Override
    public long bytes(int i) {
      return 1;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public Image image(int i) {
      if (encoded) {
        throw new DataException(name(i) + " was decoded as a whole");
      }
      return pixels(i);
    }

    private static Image pixels(int i) {
      Rng rng = Rng.of(2, 7, i);
      Image image = Image.black(90 + 13 * i, 120 + 5 * i);
      for (int k = 0; k < image.rgb().length; k++) {
        image.rgb()[k] = (byte) rng.nextInt(256);
      }
      return image;
    }

    @Override
    public Picture picture(int i) {
      if (!encoded) {
        return image(i);
      }
      ShrinkingPicture picture = new ShrinkingPicture(pixels(i), 1);
      opened.add(picture);
      return picture;
    }

    List<ShrinkingPicture.Request> requests() {
      return opened.stream().flatMap(p -> p.requests().stream()).toList();
    }

    @Override
    public void close() {}
  }

  private static SampleMaker maker(Dataset set, List<Augment> augments, Decoding decoding) {
    BatchFormat format = new BatchFormat(1, 3, SIDE, SIDE, DType.F32);
    return new SampleMaker(set, augments, SMALL.with(decoding), format, 3);
  }

  private static Stream<List<Augment>> variations() {
    return Stream.of(
        List.of(),
        List.of(FLIP),
        List.of(new AlternatingFlip()),
        List.of(RandomResizedCrop.standard(SIDE, SIDE), FLIP),
        List.of(InceptionCrop.standard(SIDE, SIDE), FLIP),
        List.of(new ResizeRandomCrop(16, 20, SIDE, SIDE, Interpolation.BICUBIC)));
  }

  @ParameterizedTest
  @MethodSource("variations")
  void whatIsDecodedExactlyIsThePartOfTheWhole(List<Augment> augments) {
    Pictures encoded = new Pictures(true);
    SampleMaker parts = maker(encoded, augments, Decoding.EXACT);
    SampleMaker whole = maker(new Pictures(false), augments, Decoding.EXACT);
    for (int epoch = 0; epoch < 4; epoch++) {
      for (int i = 0; i < encoded.size(); i++) {
        assertThat(parts.image(i, epoch).rgb()).isEqualTo(whole.image(i, epoch).rgb());
      }
    }
    assertThat(encoded.requests()).hasSize(4 * encoded.size());
    assertThat(encoded.requests()).allMatch(r -> !r.isSmaller());
    long pixels = encoded.requests().stream().mapToLong(r -> area(r.box())).sum();
    long all = encoded.opened.stream().mapToLong(p -> area(Resize.Box.of(p))).sum();
    assertThat(pixels).isLessThan(all * 9 / 10);
  }

  private static long area(Resize.Box box) {
    return (long) box.width() * box.height();
  }

  @ParameterizedTest
  @MethodSource("variations")
  void fastSamplesAreShrunkWhileTheyAreDecodedAndNearTheExactOnes(List<Augment> augments) {
    Pictures encoded = new Pictures(true);
    SampleMaker fast = maker(encoded, augments, Decoding.FAST);
    SampleMaker again = maker(new Pictures(true), augments, Decoding.AUTO.unscored());
    SampleMaker scored = maker(new Pictures(true), augments, Decoding.AUTO);
    SampleMaker exact = maker(new Pictures(false), augments, Decoding.EXACT);
    double distance = 0;
    for (int i = 0; i < encoded.size(); i++) {
      Image image = fast.image(i, 1);
      Image other = exact.image(i, 1);
      assertThat(again.image(i, 1).rgb()).isEqualTo(image.rgb());
      assertThat(scored.image(i, 1).rgb()).isEqualTo(other.rgb());
      for (int k = 0; k < image.rgb().length; k++) {
        distance += Math.abs((image.rgb()[k] & 255) - (other.rgb()[k] & 255));
      }
    }
    assertThat(encoded.requests()).anyMatch(ShrinkingPicture.Request::isSmaller);
    assertThat(distance / (encoded.size() * SIDE * SIDE * 3.0)).isBetween(0.01, 8.0);
  }

  @Test
  void anAlternatingFlipMirrorsEachImageInEverySecondEpoch() {
    Pictures set = new Pictures(false);
    SampleMaker plain = maker(set, List.of(), Decoding.EXACT);
    SampleMaker alternating = maker(set, List.of(new AlternatingFlip()), Decoding.EXACT);
    int first = 0;
    for (int i = 0; i < set.size(); i++) {
      byte[] upright = plain.image(i, 0).rgb();
      byte[] mirrored = HorizontalFlip.flip(plain.image(i, 0)).rgb();
      boolean begins = Arrays.equals(alternating.image(i, 0).rgb(), mirrored);
      for (int epoch = 0; epoch < 4; epoch++) {
        assertThat(alternating.image(i, epoch).rgb())
            .isEqualTo(begins == (epoch % 2 == 0) ? mirrored : upright);
      }
      first += begins ? 1 : 0;
    }
    assertThat(first).isBetween(1, set.size() - 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void aMirroredSampleIsTheNormalizedMirrorImage(DType type) {
    List<Augment> augments = List.of(RandomResizedCrop.standard(SIDE, SIDE), FLIP);
    BatchFormat format = new BatchFormat(1, 3, SIDE, SIDE, type);
    Pictures set = new Pictures(false);
    SampleMaker maker = new SampleMaker(set, augments, SMALL, format, 3);
    BatchBuffer.Row row = new BatchBuffer.Row(format);
    Normalizer normalizer = new Normalizer(SMALL);
    int mirrored = 0;
    for (int i = 0; i < set.size(); i++) {
      Augment.Draw draw = new Augment.Draw(Rng.of(3, 5, i), new byte[3], new float[3]);
      Image crop = augments.get(0).apply(set.image(i), draw);
      Image shown = FLIP.apply(crop, draw);
      mirrored += Arrays.equals(shown.rgb(), crop.rgb()) ? 0 : 1;

      maker.make(i, 5, row);

      assertThat(maker.image(i, 5).rgb()).isEqualTo(shown.rgb());
      if (type == DType.F32) {
        float[] expected = new float[row.floats.length];
        normalizer.floats(shown, expected);
        assertThat(row.floats).isEqualTo(expected);
      } else {
        short[] expected = new short[row.shorts.length];
        normalizer.shorts(shown, expected);
        assertThat(row.shorts).isEqualTo(expected);
      }
    }
    assertThat(mirrored).isBetween(1, set.size() - 1);
  }

  @Test
  void whatComesBeforeTheCropTakesAllPixels() {
    Pictures encoded = new Pictures(true);
    List<Augment> augments =
        List.of(new ColorJitter(0.4, 0.4, 0.4, 0), RandomResizedCrop.standard(SIDE, SIDE));
    SampleMaker maker = maker(encoded, augments, Decoding.FAST);
    SampleMaker whole = maker(new Pictures(false), augments, Decoding.EXACT);

    assertThat(maker.image(3, 0).rgb()).isEqualTo(whole.image(3, 0).rgb());
    assertThat(encoded.requests())
        .containsExactly(new ShrinkingPicture.Request(Resize.Box.of(encoded.opened.get(0)), 8));
  }
}
