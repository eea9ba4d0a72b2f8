package dev.fovea.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.eval.Calibration;
import dev.fovea.eval.Evaluation;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.train.EpochRow;
import dev.fovea.train.Recipes;
import dev.fovea.train.RunConfig;
import dev.fovea.train.TrainEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RunClockTest {
  private static final Path FOLDER = Path.of("run");
  private static final int STEPS = 10;
  private static final int IMAGES = 16;

  private long now;
  private final RunClock pace = new RunClock(() -> now);

  private void after(double seconds, TrainEvent event) {
    now += (long) (seconds * 1e9);
    pace.on(event);
  }

  private static RunConfig set(String key, String value) {
    return Recipes.named(Recipes.STANDARD).with("network.input", "8").with(key, value);
  }

  private void begin(long resumedAt) {
    begin(resumedAt, Recipes.named(Recipes.STANDARD).with("network.input", "8"));
  }

  private void begin(long resumedAt, RunConfig config) {
    begin(resumedAt, 3, config);
  }

  private void begin(long resumedAt, int epochs, RunConfig config) {
    ProgramReport program = new ProgramReport("test", Precision.F32, 1, 0, 0, List.of());
    TrainEvent.Plan plan =
        new TrainEvent.Plan(FOLDER, STEPS, (long) epochs * STEPS, resumedAt, program, 0);
    after(0, new TrainEvent.RunStarted(config, plan, List.of(), 0, 0, List.of(), List.of()));
  }

  private void step(long step, double seconds) {
    after(
        seconds,
        new TrainEvent.StepDone(
            step,
            1,
            (int) step,
            new TrainEvent.StepFigures(1, 0, 0.1),
            IMAGES,
            OptionalDouble.empty(),
            Duration.ZERO));
  }

  private void save(double seconds) {
    after(seconds, new TrainEvent.Saved(FOLDER, 0, Duration.ofMillis((long) (seconds * 1000))));
  }

  private void endOfEpochWithoutEvaluation() {
    EpochRow row = new EpochRow(1, STEPS, new EpochRow.Training(1, 0), Optional.empty(), 0.1, 0);
    after(0, new TrainEvent.EpochDone(row, false, Optional.empty()));
  }

  private void endOfEpoch() {
    EpochRow row =
        new EpochRow(
            1,
            STEPS,
            new EpochRow.Training(1, 0),
            Optional.of(new EpochRow.Validation(1, 0, 0)),
            0.1,
            0);
    Calibration calibration = new Calibration(List.of(), 0, 0);
    Evaluation evaluation =
        new Evaluation(0, 1, 0, 0, 0, calibration, List.of("a", "b"), List.of(), Map.of());
    after(0, new TrainEvent.EpochDone(row, true, Optional.of(evaluation)));
  }

  @Test
  void theTimeThatIsLeftKnowsOfEvaluationsAndNotOfSaving() {
    begin(0);
    save(7);
    for (int i = 1; i <= STEPS; i++) {
      step(i, 2);
      if (i == 5) {
        save(100);
      }
    }
    assertThat(pace.imagesPerSecond()).isEqualTo(IMAGES / 2.0);
    now += 30_000_000_000L;
    save(1);
    save(1);
    endOfEpoch();
    assertThat(pace.lastEpochSpeed()).isEqualTo(IMAGES / 2.0);
    assertThat(pace.lastEpochSeconds()).isEqualTo(STEPS * 2 + 30.0);
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(2 * (STEPS * 2 + 30)));
    assertThat(pace.fraction()).isEqualTo(1 / 3.0);
  }

  @Test
  void evaluationsThatAreLeftOutTakeNoTime() {
    begin(0, set("output.evaluate_every", "2"));
    for (int i = 1; i <= STEPS; i++) {
      step(i, 1);
    }
    endOfEpochWithoutEvaluation();
    assertThat(pace.lastEpochSeconds()).isEqualTo(STEPS);
    for (int i = STEPS + 1; i <= 2 * STEPS; i++) {
      step(i, 1);
    }
    now += 6_000_000_000L;
    endOfEpoch();
    assertThat(pace.lastEpochSeconds()).isEqualTo(STEPS + 6.0);
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(STEPS + 6));
  }

  // Of five epochs the second, the fourth and the last are evaluated.
  @Test
  void evaluationsToComeAreCountedFromTheBeginningOfTheRun() {
    begin(0, 5, set("output.evaluate_every", "2"));
    for (int i = 1; i <= 2 * STEPS; i++) {
      step(i, 1);
    }
    now += 6_000_000_000L;
    endOfEpoch();
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(3 * STEPS + 2 * 6));
    for (int i = 2 * STEPS + 1; i <= 3 * STEPS; i++) {
      step(i, 1);
    }
    endOfEpochWithoutEvaluation();
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(2 * STEPS + 2 * 6));
  }

  @Test
  void smallerImagesToComeAndLargerOnesCountByTheirPixels() {
    begin(0, set("network.progressive", "4:40%"));
    for (int i = 1; i <= STEPS; i++) {
      step(i, 1);
      // One epoch of 4 pixels, two of 8 with four times the work.
      assertThat(pace.left()).as("after step %d", i).isEqualTo(Duration.ofSeconds(STEPS - i + 80));
    }
    after(100, new TrainEvent.Resized(2, 8));
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(80));
    step(STEPS + 1, 4);
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(76));
  }

  @Test
  void nothingIsForetoldBeforeTheFirstStepAndAResumedRunCountsFromWhereItWas() {
    begin(2 * STEPS);
    assertThat(pace.left()).isEqualTo(Duration.ZERO);
    assertThat(pace.fraction()).isEqualTo(2 / 3.0);
    step(2 * STEPS + 1, 3);
    assertThat(pace.left()).isEqualTo(Duration.ofSeconds(3 * (STEPS - 1)));
  }
}
