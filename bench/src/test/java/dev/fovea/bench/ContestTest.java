package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContestTest {

  private final List<String> events = new ArrayList<>();

  /** A side that reports the given step times without waiting. */
  private final class FakeSide implements Side {
    private final String name;
    private final double[] secondsPerStep;
    private int turns;

    private FakeSide(String name, double... secondsPerStep) {
      this.name = name;
      this.secondsPerStep = secondsPerStep;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public double run(int steps) {
      events.add(name + " " + steps);
      return steps * secondsPerStep[Math.min(turns++, secondsPerStep.length - 1)];
    }

    @Override
    public void rest() {
      events.add(name + " rests");
    }

    @Override
    public long peakResident() {
      return 0;
    }

    @Override
    public void close() {}
  }

  @Test
  void turnsAlternateAndWhoBeginsChanges() {
    new Contest(8, 3, 1).among(List.of(new FakeSide("a", 0.5), new FakeSide("b", 0.25)));
    List<String> rounds = events.subList(8, events.size());
    assertThat(rounds)
        .containsExactly(
            "a 2", "a rests", "b 4", "b rests", "b 4", "b rests", "a 2", "a rests", "a 2",
            "a rests", "b 4", "b rests");
  }

  @Test
  void ofSeveralSidesEachHasOneTurnInARoundAndTheOrderIsReversed() {
    new Contest(1, 2, 1)
        .among(List.of(new FakeSide("a", 1), new FakeSide("b", 1), new FakeSide("c", 1)));
    List<String> rounds = events.subList(12, events.size());
    assertThat(rounds)
        .filteredOn(event -> !event.endsWith("rests"))
        .containsExactly("a 1", "b 1", "c 1", "c 1", "b 1", "a 1");
  }

  @Test
  void theFastestPeerIsTheOneWithTheLargestMedian() {
    // The first three figures are the warm-up; b is fastest in one round, c in the median of three.
    Contest.Outcome outcome =
        new Contest(1, 3, 1)
            .among(
                List.of(
                    new FakeSide("a", 0.1),
                    new FakeSide("b", 1, 1, 1, 0.2, 2, 2),
                    new FakeSide("c", 1)));
    assertThat(outcome.fastest(1)).isEqualTo(2);
    assertThat(outcome.fastest(0)).isEqualTo(0);
    assertThat(outcome.ratio(0, 2).median()).isEqualTo(10, within(1e-12));
  }

  @Test
  void nobodyStartsBeforeTheOtherOneRests() {
    new Contest(8, 4, 1)
        .among(List.of(new FakeSide("a", 0.5), new FakeSide("b", 0.25), new FakeSide("c", 0.125)));
    for (int i = 1; i < events.size(); i++) {
      boolean handOver = events.get(i).charAt(0) != events.get(i - 1).charAt(0);
      assertThat(!handOver || events.get(i - 1).endsWith("rests"))
          .as("event %d of %s", i, events)
          .isTrue();
    }
  }

  @Test
  void theRatioIsTheMedianOfTheRoundsRatios() {
    // The first three figures are the warm-up; rounds: 1 s, 4 s, 2 s per step against 2 s.
    Contest.Outcome outcome =
        new Contest(10, 3, 1)
            .among(List.of(new FakeSide("a", 1, 1, 1, 1, 4, 2), new FakeSide("b", 2)));
    assertThat(outcome.ratio(0, 1)).isEqualTo(new Contest.Ratio(1.0, 0.5, 2.0));
    assertThat(outcome.speed(0)).isEqualTo(5.0, within(1e-12));
    assertThat(outcome.speed(1)).isEqualTo(5.0, within(1e-12));
  }

  @Test
  void anEvenMedianIsTheMeanOfTheMiddleTwo() {
    assertThat(Contest.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3);
  }
}
