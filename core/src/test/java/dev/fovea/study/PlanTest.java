package dev.fovea.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.train.RunConfig;
import dev.fovea.train.StepTimes;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final int TRAIN = 50_000;
  private static final int VAL = 10_000;

  private static List<Plan.Timed> arms(int count, double secondsPerStep) {
    return java.util.stream.IntStream.range(0, count)
        .mapToObj(
            i ->
                new Plan.Timed(
                    Arm.of("arm" + i, RunConfig.named("cifar-resnet")),
                    new StepTimes(secondsPerStep, secondsPerStep / 3)))
        .toList();
  }

  @Test
  void fewImagesAreUsedWhereTimeIsShort() {
    Plan plan = Plan.fitting(arms(4, 0.15), TRAIN, VAL, 1, 10, 600);
    assertThat(plan.epochs()).isEqualTo(10);
    assertThat(plan.fraction()).isBetween(0.15, 0.3);
    assertThat(plan.seconds()).isCloseTo(600, within(30.0));
  }

  @Test
  void aStudyThatAsksForMoreEpochsSeesFewerImagesMoreOften() {
    Plan few = Plan.fitting(arms(4, 0.15), TRAIN, VAL, 1, 10, 600);
    Plan many = Plan.fitting(arms(4, 0.15), TRAIN, VAL, 1, 40, 600);
    assertThat(many.epochs()).isBetween(40, 41);
    assertThat(many.fraction() * many.epochs())
        .isCloseTo(few.fraction() * few.epochs(), within(0.2));
    assertThat(many.seconds()).isCloseTo(600, within(30.0));
  }

  @Test
  void moreEpochsAreMadeWhereTimeIsLong() {
    Plan plan = Plan.fitting(arms(1, 0.01), TRAIN, VAL, 1, 10, 600);
    assertThat(plan.fraction()).isEqualTo(1);
    assertThat(plan.epochs()).isGreaterThan(50);
    assertThat(plan.seconds()).isLessThanOrEqualTo(600);
  }

  @Test
  void noRunIsLongerThanItsFullLength() {
    Plan plan = Plan.fitting(arms(1, 1e-5), TRAIN, VAL, 1, 10, 3600);
    assertThat(plan.epochs()).isEqualTo(64_000 * 128 / TRAIN);
  }

  @Test
  void anEpochKeepsItsLeastNumberOfStepsHoweverShortTheTime() {
    Plan plan = Plan.fitting(arms(10, 1), TRAIN, VAL, 2, 10, 60);
    assertThat(plan.epochs()).isEqualTo(2);
    assertThat(plan.fraction() * TRAIN / 128).isBetween(12.0, 13.0);
  }

  @Test
  void anArmIsShortenedToThePlan() {
    Arm arm =
        new Plan(7, 0.25, 1, 0)
            .shorten(Arm.of("a", RunConfig.named("cifar-resnet").withModel("plain20")));
    assertThat(arm.config().settings())
        .containsEntry("learning.length", "7epochs")
        .containsEntry("data.fraction", "0.25")
        .containsEntry("network.model", "plain20");
  }
}
