package dev.fovea.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandAugmentTest {
  private record Candidate(Distortion kind, byte[] rgb) {}

  private static Augment.Draw draw(int index) {
    return new Augment.Draw(Rng.of(8, 0, index), new byte[3], new float[3]);
  }

  private static Image image() {
    Image in = Image.black(22, 33);
    Rng rng = Rng.of(1, 0, 0);
    for (int i = 0; i < in.rgb().length; i++) {
      in.rgb()[i] = (byte) (20 + rng.nextInt(200));
    }
    return in;
  }

  /** What torchvision's table gives at bin 9 of 31 for an image of 22x33. */
  private static List<Candidate> candidates(Image in) {
    double[] magnitudes = {
      0, 0.09, 0.09, 45.0 / 331 * 22, 45.0 / 331 * 33, 9, 0.27, 0.27, 0.27, 0.27, 7, 178.5, 0, 0
    };
    List<Candidate> all = new ArrayList<>();
    for (int i = 0; i < magnitudes.length; i++) {
      Distortion d = Distortion.ALL.get(i);
      double m = magnitudes[i];
      all.add(new Candidate(d, d.apply(in, m).rgb()));
      if (i >= 1 && i <= 9) {
        all.add(new Candidate(d, d.apply(in, -m).rgb()));
      }
    }
    return all;
  }

  @Test
  void everyOperationAndSignIsTakenAsOftenAtTorchvisionsMagnitude() {
    Image in = image();
    List<Candidate> candidates = candidates(in);
    int[] counts = new int[candidates.size()];
    int n = 2800;
    for (int i = 0; i < n; i++) {
      byte[] out = new RandAugment(1, 9).apply(in, draw(i)).rgb();
      int found = -1;
      for (int k = 0; k < candidates.size() && found < 0; k++) {
        found = Arrays.equals(candidates.get(k).rgb(), out) ? k : -1;
      }
      assertThat(found).as("image %d", i).isNotNegative();
      counts[found]++;
    }
    for (int k = 0; k < counts.length; k++) {
      boolean signed = candidates.get(k).kind().signed();
      int expected = n / (signed ? 28 : 14);
      assertThat(counts[k])
          .as(candidates.get(k).kind() + " " + k)
          .isBetween(expected - 60, expected + 60);
    }
  }

  @Test
  void withoutOperationsTheImageStays() {
    Image in = image();
    assertThat(new RandAugment(0, 9).apply(in, draw(1)).rgb()).isEqualTo(in.rgb());
  }

  @Test
  void severalOperationsFollowOneAnother() {
    Image in = image();
    for (int i = 0; i < 100; i++) {
      Augment.Draw one = draw(i);
      Image expected = new RandAugment(1, 20).apply(in, one);
      expected = new RandAugment(1, 20).apply(expected, one);
      assertThat(new RandAugment(2, 20).apply(in, draw(i)).rgb()).isEqualTo(expected.rgb());
    }
  }

  @Test
  void trivialAugmentLeavesAnImageAloneAboutAsOftenAsItDrawsNothing() {
    Image in = image();
    int same = 0;
    int n = 3000;
    for (int i = 0; i < n; i++) {
      Image out = new TrivialAugment().apply(in, draw(i));
      assertThat(out.rgb()).hasSameSizeAs(in.rgb());
      same += Arrays.equals(out.rgb(), in.rgb()) ? 1 : 0;
    }
    // Identity always; the nine signed ones at 0 of 31 steps, or a shift below one pixel (1/31);
    // posterize at 8 bits (3/31); solarize above the brightest value, 219 (5/31).
    double expected = (1 + 9 / 31.0 + 3 / 31.0 + 5 / 31.0) / 14;
    assertThat(same / (double) n).isBetween(expected - 0.025, expected + 0.025);
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new RandAugment(2, 31)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new RandAugment(-1, 9)).isInstanceOf(DataException.class);
  }
}
