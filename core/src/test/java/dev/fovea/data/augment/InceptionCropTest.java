package dev.fovea.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Resize;
import dev.fovea.tensor.Rng;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InceptionCropTest {
  @Test
  void cropsFollowTensorFlowsDistribution() {
    InceptionCrop crop = InceptionCrop.standard(32, 32);
    int n = 20_000;
    double area = 0;
    double squares = 0;
    double logRatio = 0;
    for (int i = 0; i < n; i++) {
      Resize.Box box = crop.box(400, 300, Rng.of(3, 0, i));
      assertThat(box.left()).isBetween(0, Math.max(0, 399 - box.width()));
      assertThat(box.top()).isBetween(0, Math.max(0, 299 - box.height()));
      double share = box.width() * (double) box.height() / 120_000;
      double ratio = box.width() / (double) box.height();
      assertThat(share).isBetween(0.1, 1.0);
      assertThat(ratio).isBetween(0.74, 1.34);
      area += share / n;
      squares += share * share / n;
      logRatio += Math.log(ratio) / n;
    }
    // sample_distorted_bounding_box in Python over 300,000 draws: mean 0.3883, standard deviation
    // 0.2083 (so a standard error of 0.0015 here), mean log ratio 0.0295.
    assertThat(area).isCloseTo(0.3883, within(0.006));
    assertThat(Math.sqrt(squares - area * area)).isCloseTo(0.2083, within(0.006));
    assertThat(logRatio).isCloseTo(0.0295, within(0.006));
  }

  @Test
  void anImageOfImpossibleProportionsIsTakenWhole() {
    InceptionCrop crop = new InceptionCrop(8, 8, 0.9, 0, 3, 3, List.of(Interpolation.BILINEAR));

    assertThat(crop.box(50, 50, Rng.of(1, 1, 1))).isEqualTo(new Resize.Box(0, 0, 50, 50));
  }

  @Test
  void everyFilterIsDrawnForAboutAQuarterOfTheImages() {
    Image in = Image.black(40, 40);
    Rng noise = Rng.of(0, 0, 0);
    for (int i = 0; i < in.rgb().length; i++) {
      in.rgb()[i] = (byte) noise.nextInt(256);
    }
    int[] counts = new int[4];
    for (int i = 0; i < 400; i++) {
      Augment.Draw draw = new Augment.Draw(Rng.of(5, 0, i), new byte[3], new float[3]);
      byte[] out = InceptionCrop.standard(13, 13).apply(in, draw).rgb();
      Resize.Box box = InceptionCrop.standard(13, 13).box(40, 40, Rng.of(5, 0, i));
      Set<Interpolation> same = EnumSet.noneOf(Interpolation.class);
      for (Interpolation f : Interpolation.INCEPTION) {
        if (Arrays.equals(Resize.region(in, box, 13, 13, f).rgb(), out)) {
          same.add(f);
        }
      }
      assertThat(same).isNotEmpty();
      counts[Interpolation.INCEPTION.indexOf(same.iterator().next())]++;
    }
    assertThat(counts[0]).isBetween(60, 140);
    assertThat(counts[1]).isBetween(60, 140);
    assertThat(counts[2]).isBetween(60, 140);
    assertThat(counts[3]).isBetween(60, 140);
  }

  @Test
  void impossibleSettingsAreRefused() {
    List<Interpolation> box = List.of(Interpolation.BOX);
    assertThatThrownBy(() -> new InceptionCrop(8, 8, 0, 0.1, 1, 1, box))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new InceptionCrop(8, 8, 0.1, 0.1, 2, 1, box))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new InceptionCrop(8, 8, 0.1, 0.1, 1, 1, List.of()))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new RandomResizedCrop(8, 8, 0.1, 1, 1, 1, List.of()))
        .isInstanceOf(DataException.class);
  }
}
