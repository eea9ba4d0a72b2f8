package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.explanation.Box;
import dev.fovea.explanation.HeatMap;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Experiment;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.SmallStudy;
import dev.fovea.study.StudyResult;
import dev.fovea.study.TrainedRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferStudyTest {
  private static final Offset<Double> EXACT = within(1e-9);

  private static TrainedRun run(String arm, double untrained, double trained, double right) {
    TrainedRun plain = HandMade.run(arm, 0, 60, 80);
    List<Series.Point> boxes = new ArrayList<>();
    for (int percent = 10; percent < 100; percent += 10) {
      boxes.add(new Series.Point(percent, percent == 50 ? right : 0));
    }
    return new TrainedRun(
        arm,
        0,
        5,
        false,
        plain.epochs(),
        1,
        List.of(
            new Series(
                "readout", List.of(new Series.Point(0, untrained), new Series.Point(20, trained))),
            new Series("localized", boxes),
            new Series("share", List.of(new Series.Point(0, 0.4)))));
  }

  @Test
  void residualFeaturesAreComparedWithPlainOnesAndWithThoseOfRandomWeights() {
    Conclusion c =
        HandMade.conclusion(
            new TransferStudy(),
            Scale.QUICK,
            List.of(run("residual", 40, 70, 62), run("plain", 41, 66.5, 55)));
    assertThat(c.measured().get("reads-out-better")).isCloseTo(3.5, EXACT);
    assertThat(c.measured().get("localizes-better")).isCloseTo(7, EXACT);
    assertThat(c.measured().get("features-transfer")).isCloseTo(30, EXACT);
    assertThat(c.measured().get("maps-localize"))
        .isCloseTo(62 - Canvas.guessed(32, false, 0.5), EXACT);
    assertThat(c.grids().get(0).rows().get(0))
        .containsExactly("residual", "70.00 %", "40.00 %", "62.00 %", "40.00 %");
  }

  @Test
  void aNetworkThatDivergedHasNoFeatures() {
    Conclusion c =
        HandMade.conclusion(
            new TransferStudy(),
            Scale.QUICK,
            List.of(run("residual", 40, 70, 62), HandMade.diverged("plain")));
    assertThat(c.measured().get("reads-out-better")).isNaN();
    assertThat(c.measured().get("localizes-better")).isNaN();
    assertThat(c.measured().get("features-transfer")).isCloseTo(30, EXACT);
  }

  @Test
  void networksThatHaveLearnedNothingAreNotCompared() {
    TrainedRun residual = run("residual", 40, 70, 62);
    TrainedRun unlearned =
        new TrainedRun(
            "residual",
            0,
            5,
            false,
            HandMade.run("residual", 0, 30).epochs(),
            1,
            residual.observed());
    TrainedRun plain =
        new TrainedRun(
            "plain", 0, 5, false, HandMade.run("plain", 0, 25).epochs(), 1, residual.observed());
    Conclusion c = HandMade.conclusion(new TransferStudy(), Scale.QUICK, List.of(unlearned, plain));
    assertThat(c.measured().get("localizes-better")).isNaN();
    assertThat(c.measured().get("maps-localize")).isNaN();
  }

  @Test
  void everyOtherClassIsTrainedAndTheRestIsReadOut() {
    List<String> classes = List.of("a", "b", "c", "d", "e");
    assertThat(Transfer.trained(classes)).containsExactly("a", "c", "e");
    assertThat(Transfer.others(classes)).containsExactly("b", "d");
    assertThatThrownBy(() -> Transfer.trained(List.of("a", "b", "c")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("at least 4")
        .hasMessageContaining("has 3");
  }

  @Test
  void networksSeeHalfOfTheClassesAndAreMeasuredBeforeAndAfterTraining(@TempDir Path folder) {
    StudyResult result =
        new Experiment(
                new TransferStudy(), SmallStudy.setting(folder), new OneDnnBackend(), e -> {})
            .run()
            .orElseThrow();
    assertThat(result.runs()).hasSize(2);
    for (TrainedRun run : result.runs()) {
      assertThat(run.classes()).isEqualTo(5);
      assertThat(Transfer.untrained(run)).isBetween(0.0, 100.0);
      assertThat(Transfer.readout(run)).isBetween(0.0, 100.0);
      assertThat(Transfer.share(run)).isBetween(0.05, 0.95);
      assertThat(Transfer.localized(run, 10)).isGreaterThanOrEqualTo(Transfer.localized(run, 90));
    }
  }

  @Test
  void aCanvasHasTheImageAtItsBoxAndOnlyColorsOfAnotherAround() {
    try (Dataset set = Datasets.open("shapes(size=16,count=20,val=10)", Split.VAL)) {
      Preprocessing same =
          Preprocessing.nativeSize(16, 16, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
      Canvas canvas = Canvas.of(set, 3, same);
      Box box = canvas.box();
      assertThat(canvas.label()).isEqualTo(set.label(3));
      assertThat(canvas.image().width()).isEqualTo(32);
      assertThat(box.right() - box.left()).isEqualTo(16);
      assertThat(box.left()).isBetween(0.0, 16.0);
      assertThat(canvas.image().crop((int) box.left(), (int) box.top(), 16, 16).rgb())
          .isEqualTo(set.image(3).rgb());
      List<Integer> colors = colors(set.image(8));
      for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 32; x++) {
          boolean inside = x >= box.left() && x < box.right() && y >= box.top() && y < box.bottom();
          if (!inside) {
            assertThat(colors).contains(canvas.image().pixel(x, y));
          }
        }
      }
      assertThat(Canvas.of(set, 3, same).image().rgb()).isEqualTo(canvas.image().rgb());
    }
  }

  private static List<Integer> colors(Image image) {
    List<Integer> colors = new ArrayList<>();
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        colors.add(image.pixel(x, y));
      }
    }
    return colors;
  }

  @Test
  void aBoxThatWasPlacedWithoutLookingIsRightAsOftenAsAllPlacesSay() {
    // Places 0, 1 and 2 of a side of 2: from the middle, IoU is 1, 1/3 (one off) or 1/7.
    assertThat(Canvas.guessed(2, false, 0.5)).isCloseTo(100 / 9.0, EXACT);
    assertThat(Canvas.guessed(2, false, 0.3)).isCloseTo(500 / 9.0, EXACT);
    assertThat(Canvas.guessed(2, false, 0.1)).isCloseTo(100, EXACT);
    // At random, 9 of 81 pairs agree, and 24 are one off in one direction.
    assertThat(Canvas.guessed(2, true, 0.5)).isCloseTo(100 * 9 / 81.0, EXACT);
    assertThat(Canvas.guessed(2, true, 0.3)).isCloseTo(100 * 33 / 81.0, EXACT);
  }

  @Test
  void theShareIsTheOneByWhichMostBoxesAreRight() {
    float[] values = {0.1f, 0.1f, 0.1f, 0.1f, 0.42f, 1, 0.1f, 0.42f, 0.42f};
    Canvas canvas = new Canvas(Image.black(3, 3), new Box(0, 1, 3, 3), 0);
    Transfer.Located one =
        new Transfer.Located(List.of(canvas), List.of(new HeatMap(3, 3, values)));
    // Up to 0.1 the box is the whole (6/9), up to 0.42 the four on the right (4/6), then one of 6.
    assertThat(one.overlaps(0.05)[0]).isCloseTo(6 / 9.0, EXACT);
    assertThat(one.overlaps(0.3)[0]).isCloseTo(4 / 6.0, EXACT);
    assertThat(one.overlaps(0.9)[0]).isCloseTo(1 / 6.0, EXACT);
    assertThat(one.bestShare()).isCloseTo(0.05, EXACT);
    Canvas small = new Canvas(Image.black(3, 3), new Box(1, 1, 3, 3), 0);
    Transfer.Located two =
        new Transfer.Located(
            List.of(canvas, small), List.of(new HeatMap(3, 3, values), new HeatMap(3, 3, values)));
    assertThat(two.bestShare()).isCloseTo(0.15, EXACT);
    HeatMap nothing = new HeatMap(3, 3, new float[9]);
    assertThat(new Transfer.Located(List.of(small), List.of(nothing)).overlaps(0.2)[0]).isZero();
  }
}
