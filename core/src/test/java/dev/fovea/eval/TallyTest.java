package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static final List<String> CLASSES = List.of("a", "b", "c", "d", "e", "f");

  private static double[] p(double... values) {
    return values;
  }

  @Test
  void figuresOfAHandCountedExample() {
    Tally tally = new Tally(CLASSES);
    tally.add(p(0.5, 0.1, 0.1, 0.1, 0.1, 0.1), 0);
    tally.add(p(0.5, 0.3, 0.05, 0.05, 0.05, 0.05), 1);
    tally.add(p(0.3, 0.2, 0.2, 0.1, 0.15, 0.05), 5);
    tally.add(p(0, 0, 0.9, 0.1, 0, 0), 2);
    Evaluation e = tally.result();
    assertThat(e.images()).isEqualTo(4);
    assertThat(e.top1()).isEqualTo(0.5);
    assertThat(e.top5()).isEqualTo(0.75);
    assertThat(e.loss())
        .isCloseTo(
            -(Math.log(0.5) + Math.log(0.3) + Math.log(0.05) + Math.log(0.9)) / 4, offset(1e-12));
    // Confidence 0.5 twice, once right: gap 0; 0.3 once, wrong: 0.3; 0.9 once, right: 0.1.
    assertThat(e.calibrationError()).isCloseTo((0.3 + 0.1) / 4, offset(1e-12));
    assertThat(e.confusion().get(1).get(0)).isEqualTo(1);
    Evaluation.PerClass a = e.perClass().get(0);
    assertThat(a.images()).isEqualTo(1);
    assertThat(a.recall()).isEqualTo(1);
    assertThat(a.precision()).isCloseTo(1.0 / 3, offset(1e-12));
    assertThat(e.perClass().get(3).precision()).isNaN();
  }

  @Test
  void theFirstClassWinsTies() {
    Tally tally = new Tally(CLASSES);
    double sixth = 1.0 / 6;
    tally.add(p(sixth, sixth, sixth, sixth, sixth, sixth), 5);
    tally.add(p(sixth, sixth, sixth, sixth, sixth, sixth), 0);
    assertThat(tally.result().top1()).isEqualTo(0.5);
    assertThat(tally.result().top5()).isEqualTo(0.5);
  }

  @Test
  void certaintyThatIsWrongHasAFiniteLoss() {
    Tally tally = new Tally(List.of("a", "b"));
    tally.add(p(1, 0), 1);
    assertThat(tally.result().loss()).isFinite().isGreaterThan(700);
  }

  @Test
  void brokenProbabilitiesShowInTheLoss() {
    Tally tally = new Tally(List.of("a", "b"));
    tally.add(p(Double.NaN, Double.NaN), 1);
    assertThat(tally.result().loss()).isNaN();
  }

  @Test
  void aLabelOutsideTheClassesIsRefused() {
    Tally tally = new Tally(List.of("a", "b"));
    assertThatThrownBy(() -> tally.add(p(1, 0), 2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void softmaxOfLargeLogitsDoesNotOverflow() {
    assertThat(Softmax.of(new float[] {9, 1000, 1000, -1e30f}, 1, 3)).containsExactly(0.5, 0.5, 0);
  }
}
