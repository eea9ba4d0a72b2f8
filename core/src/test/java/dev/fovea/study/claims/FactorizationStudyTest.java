package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Window;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.study.Conclusion;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Setting;
import dev.fovea.study.TrainedRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactorizationStudyTest {
  private static final Offset<Double> EXACT = within(1e-9);

  private static final String DIRECT = "jit:avx512_core";
  private static final String F4 = "winograd F(4x4,3x3) f32";

  private static final Window THREE = Window.square(3).pad(1);
  private static final Window FIVE = Window.square(5).pad(2);
  private static final Window SEVEN = Window.square(7).pad(3);
  private static final Window ROW = Window.of(1, 7).pad(0, 3);
  private static final Window COLUMN = Window.of(7, 1).pad(3, 0);

  private static final FactorizationStudy.Layer FIVES =
      new FactorizationStudy.Layer("5x5 as two 3x3", 64, 35, List.of(FIVE), List.of(THREE, THREE));
  private static final FactorizationStudy.Layer SMALL_FIVES =
      new FactorizationStudy.Layer("5x5 as two 3x3", 16, 32, List.of(FIVE), List.of(THREE, THREE));
  private static final FactorizationStudy.Layer SEVENS =
      new FactorizationStudy.Layer(
          "7x7 as 1x7 and 7x1", 128, 17, List.of(SEVEN), List.of(ROW, COLUMN));
  private static final FactorizationStudy.Layer THREES =
      new FactorizationStudy.Layer(
          "3x3 as 1x3 and 3x1",
          384,
          8,
          List.of(THREE),
          List.of(Window.of(1, 3).pad(0, 1), Window.of(3, 1).pad(1, 0)));

  private static Stopwatch.Times times(double seconds, double multiplications, String ran) {
    Computation inferred = new Computation(multiplications, List.of(ran));
    Computation trained = new Computation(3 * multiplications, List.of(ran));
    return new Stopwatch.Times(seconds, 3 * seconds, inferred, trained, 16, 64);
  }

  /** A layer that takes 1 ms whole and directly. */
  private static FactorizationStudy.Timed direct(FactorizationStudy.Layer layer, double after) {
    return new FactorizationStudy.Timed(
        layer, times(1e-3, 25, DIRECT), times(after * 1e-3, 18, DIRECT));
  }

  /** A layer that ran direct with both algorithms. */
  private static FastConvolutions.Layer slow(FactorizationStudy.Layer layer, double after) {
    return new FastConvolutions.Layer(direct(layer, after), direct(layer, after));
  }

  private static FastConvolutions.Layer fast(
      FactorizationStudy.Layer layer, double after, double auto, double both) {
    FactorizationStudy.Timed timed =
        new FactorizationStudy.Timed(
            layer, times(auto * 1e-3, 9, "winograd F(2x2,5x5) f32"), times(both * 1e-3, 4.5, F4));
    return new FastConvolutions.Layer(direct(layer, after), timed);
  }

  /** A 1x7 that takes 1 ms, and a 7x1. */
  private static FactorizationStudy.Timed line(int side, double column) {
    return new FactorizationStudy.Timed(
        new FactorizationStudy.Layer("1x7 and 7x1", 32, side, List.of(ROW), List.of(COLUMN)),
        times(1e-3, 7, DIRECT),
        times(column * 1e-3, 7, DIRECT));
  }

  private static Conclusion conclude(FastConvolutions.Layer... layers) {
    return conclude(List.of(line(64, 1.25)), layers);
  }

  private static Conclusion conclude(
      List<FactorizationStudy.Timed> lines, FastConvolutions.Layer... layers) {
    List<TrainedRun> runs =
        List.of(
            HandMade.at(100, HandMade.run("5x5 and 7x7", 0, 60)),
            HandMade.at(110, HandMade.run("3x3 twice and 7x7", 0, 60.5)),
            HandMade.at(150, HandMade.run("3x3 twice and 1x7, 7x1", 0, 59)),
            HandMade.at(110, HandMade.run("1x5, 5x1 and 7x7", 0, 57)));
    FactorizationStudy study = new FactorizationStudy();
    return study.conclude(HandMade.data(study, Scale.QUICK, runs), List.of(layers), lines);
  }

  private static String answer(FastConvolutions.Layer... layers) {
    return conclude(layers).answers(new FactorizationStudy().secondaryQuestions()).get(0);
  }

  @Test
  void factorizedLayersAreJudgedByTheirDirectTimesInTheSizesOfThePaper() {
    Conclusion c =
        conclude(fast(FIVES, 0.8, 0.3, 0.1), slow(SMALL_FIVES, 0.9), fast(SEVENS, 0.4, 0.9, 0.9));
    assertThat(c.measured().get("time-5x5")).isCloseTo(0.8, EXACT);
    assertThat(c.measured().get("time-7x7")).isCloseTo(0.4, EXACT);
    assertThat(c.measured().get("network-speed")).isCloseTo(1.5, EXACT);
    assertThat(c.measured().get("accuracy-3x3")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("accuracy-1x7")).isCloseTo(-1.5, EXACT);
    List<Series> bars = c.plots().get(0).series();
    assertThat(bars.get(0).points().get(0).y()).isCloseTo(18 / 25.0, EXACT);
    assertThat(bars.get(0).points().get(2).y()).isCloseTo(2 / 7.0, EXACT);
    assertThat(bars.get(1).points().get(0).y()).isCloseTo(0.8, EXACT);
    // 7 x 32 x 32 multiply-adds at each of 64 x 64 cells in 1 ms.
    assertThat(c.plots().get(3).series().get(0).points().get(0).y())
        .isCloseTo(7 * 32 * 32 * 64 * 64 / 1e9 / 1e-3, within(1e-6));
    assertThat(c.grids().get(3).title()).contains("nChw16c");
    assertThat(c.grids().get(3).rows().get(0)).contains("64x64", "4096", "256", "1.25");
  }

  @Test
  void columnsAreComparedWithRowsAndGridsWhereTheyShareSetsOfTheCacheWithTheOthers() {
    // Rows of 64 bytes a cell: 64 and 128 cells are a multiple of 4096 bytes.
    Conclusion c =
        conclude(
            List.of(line(8, 1), line(16, 1.5), line(64, 1.8), line(72, 1.1), line(128, 2.4)),
            slow(FIVES, 0.8));
    assertThat(c.measured().get("column-time")).isCloseTo(1.5, EXACT);
    assertThat(c.measured().get("cache-sets")).isCloseTo(2.1 / 1.1, EXACT);
    assertThat(conclude(slow(FIVES, 0.8)).measured().get("cache-sets")).isNaN();
  }

  @Test
  void earlyLayersAndTheFitOfTrainingImagesAreJudgedToo() {
    Conclusion c = conclude(slow(FIVES, 0.8));
    assertThat(c.measured().get("early-1x5")).isCloseTo(3, EXACT);
    assertThat(c.measured().get("training-fit")).isCloseTo(1, EXACT);
  }

  @Test
  void bothAlgorithmsStandBesideEachOtherInPlotsAndTables() {
    Conclusion c = conclude(fast(FIVES, 0.8, 0.5, 0.25), slow(SEVENS, 0.4));
    List<Series> multiplications = c.plots().get(1).series();
    assertThat(multiplications)
        .extracting(Series::name)
        .containsExactly("whole, direct", "factorized, direct", "whole, auto", "factorized, auto");
    assertThat(multiplications)
        .extracting(s -> s.points().get(0).y())
        .containsExactly(25.0, 18.0, 9.0, 4.5);
    List<Series> times = c.plots().get(2).series();
    assertThat(times.get(0).points().get(0).y()).isCloseTo(1, EXACT);
    assertThat(times.get(3).points().get(0).y()).isCloseTo(0.25, EXACT);
    assertThat(times.get(3).points().get(1).y()).isCloseTo(0.4, EXACT);
    List<List<String>> rows = c.grids().get(1).rows();
    assertThat(rows).hasSize(8);
    assertThat(rows.get(1))
        .containsExactly(
            "5x5 as two 3x3, 64 ch, 35x35",
            "factorized",
            "direct",
            "direct (jit:avx512_core)",
            "18",
            "800.0 µs",
            "direct (jit:avx512_core)",
            "54",
            "2,400.0 µs");
    assertThat(rows.get(3)).contains("factorized", "auto", F4, "4.5", "250.0 µs", "13.5");
    // Multiplications 18/25, 9/25, 4.5/25; 0.25 / 0.5 is the ratio with the fast algorithm.
    assertThat(c.grids().get(2).rows().get(0))
        .containsExactly(
            "5x5 as two 3x3, 64 ch, 35x35",
            "reinforce each other",
            "0.80",
            "0.50",
            "0.72",
            "0.36",
            "0.18",
            "0.80",
            "0.50",
            "0.25",
            "0.40",
            "0.80",
            "0.50",
            "0.25",
            "0.40");
    assertThat(c.grids().get(2).rows().get(1)).contains("ran direct", "0.40");
  }

  @Test
  void savingsCompeteWhereBothTogetherTakeMoreThanTheProduct() {
    // 0.8 x 0.5 = 0.4: 0.36 to 0.44 is as if the other were not there.
    assertThat(answer(fast(FIVES, 0.8, 0.5, 0.45)))
        .isEqualTo(
            "In 1 of 1 layers a form ran by Winograd's algorithm; there the two savings compete in"
                + " 1 (5x5 as two 3x3, 64 ch, 35x35: 4.5 of 25 multiplications and 0.45 of the"
                + " time, where the product is 0.40).");
    assertThat(answer(fast(FIVES, 0.8, 0.5, 0.43))).contains("are independent in 1 (");
    assertThat(answer(fast(FIVES, 0.8, 0.5, 0.37))).contains("are independent in 1 (");
    assertThat(answer(fast(FIVES, 0.8, 0.5, 0.35))).contains("reinforce each other in 1 (");
  }

  @Test
  void everyEffectIsNamedWithItsLayersAndTheRestWithoutAStatement() {
    assertThat(
            answer(
                fast(FIVES, 0.8, 0.5, 0.2),
                slow(SMALL_FIVES, 0.9),
                fast(SEVENS, 0.3, 0.5, 0.1),
                fast(THREES, 0.7, 0.4, 0.5)))
        .startsWith("In 3 of 4 layers")
        .containsSubsequence(
            "reinforce each other in 2 (5x5 as two 3x3, 64 ch",
            "; 7x7 as 1x7 and 7x1, 128 ch",
            "compete in 1 (3x3 as 1x3 and 3x1, 384 ch")
        .doesNotContain("independent")
        .endsWith("In the other 1 both forms ran direct.");
  }

  @Test
  void nothingIsSaidOfFastConvolutionsWhereNoneRan() {
    assertThat(answer(slow(FIVES, 0.8), slow(SEVENS, 0.4)))
        .isEqualTo("Not measurable here: all layers ran direct with both algorithms.");
  }

  @Test
  void nothingIsSaidOnAMachineWhereTheSameCodeTakesUnequalTimes() {
    FastConvolutions.Layer disturbed =
        new FastConvolutions.Layer(direct(SEVENS, 0.4), direct(SEVENS, 0.46));
    assertThat(answer(fast(FIVES, 0.8, 0.5, 0.2), slow(SMALL_FIVES, 0.9), disturbed))
        .isEqualTo(
            "Not measurable here: the same code took 1.00 to 1.15 times the time; other load on the"
                + " machine is the likely cause.");
    FastConvolutions.Layer quiet =
        new FastConvolutions.Layer(direct(SEVENS, 0.4), direct(SEVENS, 0.43));
    assertThat(answer(fast(FIVES, 0.8, 0.5, 0.2), quiet)).contains("reinforce each other in 1 (");
  }

  @Test
  void aTimeThatIsLostInNoiseGivesNoEffect() {
    assertThat(answer(fast(FIVES, 0.8, -0.01, 0.2)))
        .endsWith("have no measurable times in 1 (5x5 as two 3x3, 64 ch, 35x35).");
  }

  private static List<Stopwatch.Times> measure(
      Path folder, int channels, int side, List<Stopwatch.Chain> chains) {
    Setting setting =
        new Setting(Scale.QUICK, "shapes", 1, Duration.ofMinutes(1), folder, Precision.F32, 1);
    return new Stopwatch(new OneDnnBackend(), setting).of(channels, side, chains);
  }

  @Test
  void aStopwatchTimesEveryChainAndNamesItsCode(@TempDir Path folder) {
    List<Stopwatch.Times> times =
        measure(
            folder,
            16,
            16,
            List.of(
                new Stopwatch.Chain(List.of(Window.square(1)), ConvolutionAlgorithm.DIRECT),
                new Stopwatch.Chain(
                    List.of(SEVEN, Window.square(1)), ConvolutionAlgorithm.DIRECT)));
    assertThat(times).hasSize(2);
    // 49 times the arithmetic: far more than any disturbance.
    assertThat(times.get(1).inference()).isGreaterThan(times.get(0).inference());
    assertThat(times.get(1).training()).isGreaterThan(times.get(0).training());
    assertThat(times.get(0).inferred().text()).matches("direct \\(\\S+\\)");
    assertThat(times.get(0).order()).matches("nChw(8|16)c");
    assertThat(times.get(0).cellBytes()).isEqualTo(4 * times.get(0).block());
    assertThat(times.get(1).inferred().multiplications()).isEqualTo(50);
    assertThat(times.get(1).trained().multiplications()).isEqualTo(150);
  }

  @Test
  void theReportOfTheEngineIsUnderstoodForEveryWindowAndAlgorithm(@TempDir Path folder) {
    List<Window> chain = List.of(FIVE, THREE, ROW, COLUMN, Window.of(3, 1).pad(1, 0));
    List<Stopwatch.Times> times =
        measure(
            folder,
            32,
            17,
            List.of(
                new Stopwatch.Chain(chain, ConvolutionAlgorithm.DIRECT),
                new Stopwatch.Chain(chain, ConvolutionAlgorithm.AUTO),
                new Stopwatch.Chain(chain, ConvolutionAlgorithm.FAST)));
    Stopwatch.Times direct = times.get(0);
    assertThat(direct.inferred().winograd()).isFalse();
    assertThat(direct.trained().winograd()).isFalse();
    assertThat(direct.inferred().multiplications()).isEqualTo(25 + 9 + 7 + 7 + 3);
    assertThat(direct.trained().multiplications()).isEqualTo(3 * (25 + 9 + 7 + 7 + 3));
    for (Stopwatch.Times t : times.subList(1, 3)) {
      hasFewerOnlyByWinograd(t.inferred(), 51);
      hasFewerOnlyByWinograd(t.trained(), 153);
    }
  }

  private static void hasFewerOnlyByWinograd(Computation c, double direct) {
    if (c.winograd()) {
      assertThat(c.multiplications()).isPositive().isLessThan(direct);
    } else {
      assertThat(c.multiplications()).isEqualTo(direct);
    }
  }
}
