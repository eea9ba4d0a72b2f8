package dev.fovea.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.augment.Augment;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.decode.ImageHeader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.TestImages;
import dev.fovea.data.loader.Mixing;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.tensor.Rng;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCheckTest {
  @TempDir Path dir;

  @Test
  void everythingNoteworthyIsFound() throws IOException {
    TestImages.classes(dir.resolve("train"), 5, 8, "a", "b");
    TestImages.classes(dir.resolve("val"), 1, 12, "a", "b");
    byte[] twin = TestImages.png(9, 9, 77);
    TestImages.put(dir, "train/a/twin.png", twin);
    TestImages.put(dir, "train/a/twin2.png", twin);
    TestImages.put(dir, "val/b/twin.png", twin);
    TestImages.put(dir, "train/b/lies.jpg", Golden.bytes("grey.png"));
    TestImages.put(dir, "train/b/ink.jpg", Golden.bytes("cmyk.jpg"));
    TestImages.put(dir, "train/b/turned.jpg", Golden.bytes("exif6.jpg"));
    TestImages.put(dir, "train/b/clear.png", Golden.bytes("rgba.png"));
    TestImages.put(dir, "train/b/broken.png", "x".getBytes(StandardCharsets.UTF_8));
    TestImages.put(dir, "train/notes.txt", new byte[1]);

    DataCheck check = DataCheck.of(dir.toString(), DatasetOptions.STANDARD);

    assertThat(check.parts()).extracting(DataCheck.Part::images).containsExactly(17, 3);
    assertThat(check.parts().get(0).perClass()).containsExactly(7, 10);
    assertThat(check.parts().get(1).imbalance()).isEqualTo(2);
    assertThat(check.unreadable())
        .extracting(DataCheck.Place::name)
        .containsExactly("train/b/broken.png");
    assertThat(check.wrongSuffix())
        .containsExactly(new DataCheck.Place(0, "train/b/lies.jpg", "is PNG"));
    assertThat(check.duplicates()).hasSize(1);
    assertThat(check.duplicates().get(0).places())
        .extracting(DataCheck.Place::name)
        .containsExactly("train/a/twin.png", "train/a/twin2.png", "val/b/twin.png");
    assertThat(check.duplicates().get(0).acrossClasses()).isTrue();
    assertThat(check.leaks()).isEqualTo(1);
    assertThat(check.colors())
        .containsAllEntriesOf(
            Map.of(
                ImageHeader.Color.GREY,
                1,
                ImageHeader.Color.CMYK,
                1,
                ImageHeader.Color.RGB_ALPHA,
                1,
                ImageHeader.Color.RGB,
                16));
    assertThat(check.rotated()).isEqualTo(1);
    assertThat(check.sizes().get(0)).isEqualTo(new DataCheck.Size(8, 8, 10));
    assertThat(check.ignored())
        .containsExactly(new IgnoredFile("train/notes.txt", ".txt", "not an image by its name"));
    assertThat(check.isClean()).isFalse();
  }

  @Test
  void aGeneratedSetIsClean() {
    DataCheck check = DataCheck.of("shapes(size=12,count=30,val=10)", DatasetOptions.STANDARD);

    assertThat(check.isClean()).isTrue();
    assertThat(check.parts()).extracting(DataCheck.Part::images).containsExactly(30, 10);
    assertThat(check.sizes()).containsExactly(new DataCheck.Size(12, 12, 40));
  }

  @Test
  void meanAndDeviationAreThoseOfAllPixels() throws IOException {
    Image half = Image.black(2, 1);
    half.rgb()[0] = (byte) 255;
    half.rgb()[1] = 51;
    half.rgb()[4] = 51;
    TestImages.put(dir, "a/1.png", ContactSheet.encode(half));
    TestImages.put(dir, "b/1.png", ContactSheet.encode(half));

    DataStats stats = DataStats.of(Datasets.open(dir, Split.ALL), 2);

    assertThat(stats.images()).isEqualTo(2);
    assertThat(stats.mean().get(0)).isCloseTo(0.5, within(1e-12));
    assertThat(stats.std().get(0)).isCloseTo(0.5, within(1e-12));
    assertThat(stats.mean().get(1)).isCloseTo(0.2, within(1e-12));
    assertThat(stats.std().get(1)).isCloseTo(0, within(1e-12));
    assertThat(stats.mean().get(2)).isZero();
  }

  @Test
  void aContactSheetIsAPngOfTheRightSizeWithImagesAndCaptions() {
    Dataset set = new SyntheticShapes(32, 30, 10, 0).open(Split.TRAIN);

    Image sheet = ImageDecoder.decode(ContactSheet.raw(set, 7, 3, 1), "sheet.png");

    assertThat(sheet.width()).isEqualTo(3 * 134 + 6);
    assertThat(sheet.height()).isEqualTo(3 * 144 + 6);
    int item = Rng.of(1, 0, -2).permutation(30)[0];
    assertThat(sheet.pixel(6 + 4, 6 + 4)).isEqualTo(set.image(item).pixel(1, 1));
    int ink = 0;
    for (int x = 6; x < 130; x++) {
      for (int y = 136; y < 144; y++) {
        ink += sheet.pixel(x, y) == 0x282828 ? 1 : 0;
      }
    }
    assertThat(ink).isGreaterThan(20);
  }

  @Test
  void anAugmentedSheetShowsEveryImageInSeveralEpochs() {
    Dataset set = new SyntheticShapes(32, 30, 10, 0).open(Split.TRAIN);
    Preprocessing p =
        Preprocessing.nativeSize(32, 32, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));

    byte[] varied = ContactSheet.augmented(set, Augment.cifar(), Mixing.NONE, p, 2, 3, 1);
    Image plain =
        ImageDecoder.decode(
            ContactSheet.augmented(set, List.of(), Mixing.NONE, p, 2, 3, 1), "plain.png");

    assertThat(ImageDecoder.decode(varied, "varied.png").rgb()).isNotEqualTo(plain.rgb());
    assertThat(plain.crop(6, 6, 128, 128).rgb()).isEqualTo(plain.crop(140, 6, 128, 128).rgb());
  }

  @Test
  void aSheetOfNothingIsRefused() {
    assertThatThrownBy(() -> ContactSheet.png(List.of(), 3)).isInstanceOf(DataException.class);
  }
}
