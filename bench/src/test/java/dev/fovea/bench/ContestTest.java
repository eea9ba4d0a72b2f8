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
    new Contest(8, 3, 1).between(new FakeSide("a", 0.5), new FakeSide("b", 0.25));
    List<String> rounds = events.subList(8, events.size());
    assertThat(rounds)
        .containsExactly(
            "a 2", "a rests", "b 4", "b rests", "b 4", "b rests", "a 2", "a rests", "a 2",
            "a rests", "b 4", "b rests");
  }

  @Test
  void nobodyStartsBeforeTheOtherOneRests() {
    new Contest(8, 4, 1).between(new FakeSide("a", 0.5), new FakeSide("b", 0.25));
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
        new Contest(10, 3, 1).between(new FakeSide("a", 1, 1, 1, 1, 4, 2), new FakeSide("b", 2));
    assertThat(outcome.ratio()).isEqualTo(1.0, within(1e-12));
    assertThat(outcome.lowest()).isEqualTo(0.5, within(1e-12));
    assertThat(outcome.highest()).isEqualTo(2.0, within(1e-12));
    assertThat(outcome.first()).isEqualTo(5.0, within(1e-12));
    assertThat(outcome.second()).isEqualTo(5.0, within(1e-12));
  }

  @Test
  void anEvenMedianIsTheMeanOfTheMiddleTwo() {
    assertThat(Contest.median(new double[] {9, 1, 2, 4})).isEqualTo(3);
  }
}
