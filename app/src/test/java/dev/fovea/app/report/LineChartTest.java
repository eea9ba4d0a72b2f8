package dev.fovea.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.report.LineChart.Axis;
import dev.fovea.app.report.LineChart.Curve;
import dev.fovea.app.report.RunReport.Point;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LineChartTest {

  @Test
  void ticksAreRoundNumbersThatCoverTheValues() {
    Axis axis = Axis.over(Stream.of(0.13, 2.31), false);
    assertThat(axis.ticks())
        .containsExactly(
            new double[] {0, 0.5, 1, 1.5, 2, 2.5}, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(axis.label(0.5)).isEqualTo("0.5");
    assertThat(Axis.over(Stream.of(1.0, 30.0), true).ticks()).contains(5, 10, 30);
  }

  @Test
  void aSingleValueStillHasAnAxis() {
    Axis axis = Axis.over(Stream.of(3.0), false);
    assertThat(axis.place(3)).isBetween(0.0, 1.0);
    assertThat(axis.ticks()).isNotEmpty();
  }

  @Test
  void pointsThatAreNotNumbersAreLeftOut() {
    LineChart chart =
        new LineChart(
            "t",
            "x",
            "y",
            false,
            List.of(new Curve("a", List.of(new Point(1, Double.NaN), new Point(2, 5)))));
    assertThat(chart.svg()).doesNotContain("NaN").contains("a, x 2: 5");
    assertThat(new LineChart("t", "x", "y", false, List.of(new Curve("a", List.of()))).isEmpty())
        .isTrue();
  }

  @Test
  void longCurvesAreThinnedOutButEndWhereTheyEnd() {
    List<Point> points =
        IntStream.rangeClosed(0, 100_000).mapToObj(i -> new Point(i, i % 7)).toList();
    String svg = new LineChart("t", "step", "y", false, List.of(new Curve("a", points))).svg();
    assertThat(svg.length()).isLessThan(100_000);
    assertThat(svg).contains("a, step 100000: ");
  }

  @Test
  void largeTicksAreShortened() {
    assertThat(Axis.over(Stream.of(0.0, 64_000.0), true).label(20_000)).isEqualTo("20k");
    assertThat(Axis.over(Stream.of(0.0, 64_000.0), true).label(12_500)).isEqualTo("12.5k");
    Axis millions = Axis.over(Stream.of(0.0, 2e7), true);
    assertThat(Stream.of(5e5, 5e6, 2e7, -1.25e6, 1e9, 5e11).map(millions::label))
        .containsExactly("500k", "5M", "20M", "-1.25M", "1000M", "5e+05M");
  }
}
