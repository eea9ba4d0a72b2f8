package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.optim.Schedule.Anneal;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearningRateTest {
  private static final RunLength RUN = new RunLength(10, 100);

  @Test
  void constantStays() {
    assertThat(rates(LearningRate.constant(0.1))).containsOnly(0.1);
  }

  @Test
  void stepFallsAfterEveryFullSpan() {
    LearningRate r = rate(new Schedule.Step(TrainingLength.epochs(2), 0.94));
    assertThat(r.at(19, RUN)).isEqualTo(0.1);
    assertThat(r.at(20, RUN)).isCloseTo(0.094, within(1e-15));
    assertThat(r.at(99, RUN)).isCloseTo(0.1 * Math.pow(0.94, 4), within(1e-15));
  }

  @Test
  void multiStepFallsAtItsPoints() {
    LearningRate r =
        rate(
            new Schedule.MultiStep(
                List.of(TrainingLength.steps(32), TrainingLength.epochs(4.8)), 0.1));
    assertThat(r.at(31, RUN)).isEqualTo(0.1);
    assertThat(r.at(32, RUN)).isCloseTo(0.01, within(1e-15));
    assertThat(r.at(47, RUN)).isCloseTo(0.01, within(1e-15));
    assertThat(r.at(48, RUN)).isCloseTo(0.001, within(1e-15));
    assertThat(rate(new Schedule.MultiStep(List.of(TrainingLength.parse("50%")), 0.1)).at(50, RUN))
        .isCloseTo(0.01, within(1e-15));
  }

  @Test
  void exponentialFallsSmoothly() {
    LearningRate r = rate(new Schedule.Exponential(TrainingLength.epochs(1), 0.5));
    assertThat(r.at(10, RUN)).isCloseTo(0.05, within(1e-15));
    assertThat(r.at(5, RUN)).isCloseTo(0.1 * Math.sqrt(0.5), within(1e-15));
  }

  @Test
  void cosineEqualsPyTorchsRecursion() {
    // torch.optim.lr_scheduler.CosineAnnealingLR: the recursive form that it steps with.
    double min = 0.02;
    double lr = 0.1;
    LearningRate r = rate(new Schedule.Cosine(0.2));
    for (int t = 0; t < 100; t++) {
      assertThat(r.at(t, RUN)).isCloseTo(lr, within(1e-12));
      lr =
          (1 + Math.cos(Math.PI * (t + 1) / 100)) / (1 + Math.cos(Math.PI * t / 100)) * (lr - min)
              + min;
    }
  }

  @Test
  void polynomialEqualsPyTorchsRecursion() {
    // torch.optim.lr_scheduler.PolynomialLR: lr *= ((1 - t/T) / (1 - (t-1)/T))^power.
    double lr = 0.1;
    LearningRate r = rate(new Schedule.Polynomial(0.5, 0));
    for (int t = 1; t < 100; t++) {
      lr *= Math.pow((1 - t / 100.0) / (1 - (t - 1) / 100.0), 0.5);
      assertThat(r.at(t, RUN)).isCloseTo(lr, within(1e-12));
    }
  }

  @ParameterizedTest
  @MethodSource("cycles")
  void oneCycleEqualsPyTorchs(Schedule.OneCycle o) {
    // torch.optim.lr_scheduler.OneCycleLR.get_lr, two phases, written out.
    double max = 0.4;
    double initial = max / o.divFactor();
    double min = initial / o.finalDivFactor();
    double[][] phases = {{o.pctStart() * 100 - 1, initial, max}, {99, max, min}};
    LearningRate r = new LearningRate(max, o, WarmUp.none());
    for (int t = 0; t < 100; t++) {
      double start = 0;
      for (double[] phase : phases) {
        if (t <= phase[0] || phase == phases[1]) {
          double pct = (t - start) / (phase[0] - start);
          double expected =
              o.anneal() == Anneal.LINEAR
                  ? (phase[2] - phase[1]) * pct + phase[1]
                  : phase[2] + (phase[1] - phase[2]) / 2 * (1 + Math.cos(Math.PI * pct));
          assertThat(r.at(t, RUN)).as("step " + t).isCloseTo(expected, within(1e-12));
          break;
        }
        start = phase[0];
      }
    }
  }

  static Stream<Schedule.OneCycle> cycles() {
    return Stream.of(
        Schedule.OneCycle.standard(),
        new Schedule.OneCycle(0.25, 10, 100, Anneal.LINEAR),
        new Schedule.OneCycle(0.333, 25, 1e4, Anneal.LINEAR));
  }

  @Test
  void oneCycleHasItsCornersWherePyTorchHasThem() {
    LearningRate r = new LearningRate(0.4, Schedule.OneCycle.standard(), WarmUp.none());
    assertThat(r.at(0, RUN)).isCloseTo(0.016, within(1e-15));
    assertThat(r.at(29, RUN)).isCloseTo(0.4, within(1e-15));
    assertThat(r.at(99, RUN)).isCloseTo(1.6e-6, within(1e-15));
  }

  @Test
  void schedulesStayFiniteInTheShortestRuns() {
    for (Schedule s : all()) {
      for (long total = 1; total < 5; total++) {
        RunLength run = new RunLength(1, total);
        for (WarmUp w : List.of(WarmUp.none(), WarmUp.linear(TrainingLength.steps(7), 0))) {
          for (long t = 0; t < total; t++) {
            assertThat(new LearningRate(0.1, s, w).at(t, run)).isBetween(0.0, 0.1);
          }
        }
      }
    }
  }

  @Test
  void linearWarmUpEqualsLinearLr() {
    LearningRate r =
        new LearningRate(
            0.1, new Schedule.Constant(), WarmUp.linear(TrainingLength.epochs(1), 0.2));
    for (int t = 0; t < 10; t++) {
      assertThat(r.at(t, RUN)).isCloseTo(0.1 * (0.2 + 0.8 * t / 10), within(1e-15));
    }
    assertThat(r.at(10, RUN)).isEqualTo(0.1);
  }

  @Test
  void constantWarmUpIsThePapersForDepth110() {
    LearningRate r =
        new LearningRate(
            0.1,
            new Schedule.MultiStep(
                List.of(TrainingLength.steps(32_000), TrainingLength.steps(48_000)), 0.1),
            new WarmUp(TrainingLength.steps(400), 0.1, WarmUp.Ramp.CONSTANT));
    RunLength run = new RunLength(391, 64_000);
    assertThat(r.at(399, run)).isCloseTo(0.01, within(1e-15));
    assertThat(r.at(400, run)).isEqualTo(0.1);
    assertThat(r.at(31_999, run)).isEqualTo(0.1);
    assertThat(r.at(32_000, run)).isCloseTo(0.01, within(1e-15));
    assertThat(r.at(63_999, run)).isCloseTo(0.001, within(1e-15));
  }

  @Test
  void stretchedSchedulesStretchOverWhatFollowsTheWarmUp() {
    LearningRate r =
        new LearningRate(0.1, new Schedule.Cosine(0), WarmUp.linear(TrainingLength.epochs(2), 0));
    assertThat(r.at(0, RUN)).isZero();
    assertThat(r.at(20, RUN)).isEqualTo(0.1);
    assertThat(r.at(60, RUN)).isCloseTo(0.05, within(1e-15));
  }

  @Test
  void everyScheduleSurvivesTheWayThroughAMap() {
    for (Schedule s : all()) {
      for (WarmUp w :
          List.of(
              WarmUp.none(),
              new WarmUp(TrainingLength.parse("2.5epochs"), 0.1, WarmUp.Ramp.CONSTANT))) {
        LearningRate r = new LearningRate(0.3, s, w);
        assertThat(LearningRate.of(r.toMap())).isEqualTo(r);
      }
    }
    assertThat(all().stream().map(Object::getClass))
        .containsExactlyInAnyOrder(Schedule.class.getPermittedSubclasses());
  }

  @Test
  void everyRuleSurvivesTheWayThroughAMap() {
    UpdateRule rule = UpdateRule.of(Sgd.nesterov(0.8), new ParameterGroups(1e-4, false, true));
    for (Clipping c :
        List.of(new Clipping.None(), new Clipping.GlobalNorm(2), new Clipping.Value(3))) {
      UpdateRule full = rule.with(c).with(new WeightAverage.Exponential(0.999, true));
      assertThat(UpdateRule.of(full.toMap())).isEqualTo(full);
    }
  }

  @Test
  void everyOtherPartOfARuleSurvivesTheWayThroughAMap() {
    UpdateRule rule = UpdateRule.of(Sgd.nesterov(0.8), ParameterGroups.decayAll(1e-4));
    FineTuning tuning =
        new FineTuning(
            List.of("conv1", "*.bias"),
            List.of(new PartValue("trunk", 0.1)),
            List.of(new PartValue("fc", 0.5)),
            0.75);
    for (UpdateRule r :
        List.of(
            rule.accumulating(4),
            rule.with(new BatchStatistics(BatchStatistics.Kind.POPULATION, 7)),
            rule.with(new WeightAverage.Stochastic(TrainingLength.parse("75%"), 0.1, 0.01, 2)),
            UpdateRule.of(rule.optimizer(), ParameterGroups.decayWeights(1e-3).with(tuning)))) {
      assertThat(UpdateRule.of(r.toMap())).isEqualTo(r);
    }
    assertThatThrownBy(() -> WeightAverage.of(Map.of("decay", 0.9, "swa_from", "75%")))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("both");
    assertThatThrownBy(() -> UpdateRule.of(Map.of("accumulate", 1.5)))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("whole number");
    assertThatThrownBy(() -> BatchStatistics.of(Map.of("kind", "moving")))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("population");
    assertThatThrownBy(() -> UpdateRule.of(Map.of("groups", Map.of("rates", List.of("fc=1")))))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'rates'")
        .hasMessageContaining("lr_scale");
  }

  // 10 steps an epoch: averaging from the end of epoch 3, so the rate is its own from step 30.
  @Test
  void theRateOfAStochasticAverageFallsWithinEveryCycle() {
    WeightAverage.Stochastic cyclic =
        new WeightAverage.Stochastic(TrainingLength.epochs(3), 0.05, 0.01, 2);
    assertThat(cyclic.rate(29, 0.7, RUN)).isEqualTo(0.7);
    assertThat(cyclic.rate(30, 0.7, RUN)).isCloseTo(0.05 - 0.04 / 20, within(1e-15));
    assertThat(cyclic.rate(49, 0.7, RUN)).isCloseTo(0.01, within(1e-15));
    assertThat(cyclic.rate(50, 0.7, RUN)).isCloseTo(0.05 - 0.04 / 20, within(1e-15));
    WeightAverage.Stochastic constant =
        new WeightAverage.Stochastic(TrainingLength.parse("30%"), 0.05, 0.05, 1);
    assertThat(constant.rate(30, 0.7, RUN)).isCloseTo(0.05, within(1e-15));
    assertThat(constant.rate(99, 0.7, RUN)).isCloseTo(0.05, within(1e-15));
    assertThat(new WeightAverage.Stochastic(TrainingLength.epochs(3), 0, 0, 1).rate(99, 0.7, RUN))
        .isEqualTo(0.7);
  }

  @Test
  void everyOptimizerSurvivesTheWayThroughAMap() {
    List<Optimizer> all =
        List.of(
            Sgd.nesterov(0.8),
            RmsProp.inception(),
            new RmsProp(0.95, 0.3, 1e-6, RmsProp.Form.PYTORCH),
            new Adam(0.8, 0.99, 1e-6, false),
            new Adam(0.8, 0.99, 1e-6, true),
            new Lars(0.8, 0.02),
            new Muon(0.6, true, 3, true, new Sgd(0.85, 0, true)));
    for (Optimizer o : all) {
      assertThat(Optimizer.of(o.toMap())).isEqualTo(o);
    }
    assertThat(all.stream().map(o -> (Object) o.getClass()).distinct())
        .containsExactlyInAnyOrder((Object[]) Optimizer.class.getPermittedSubclasses());
    assertThat(Optimizer.of(Map.of("name", "rmsprop"))).isEqualTo(RmsProp.inception());
    assertThat(Optimizer.of(Map.of("name", "rmsprop", "form", "pytorch")))
        .isEqualTo(new RmsProp(0.99, 0, 1e-8, RmsProp.Form.PYTORCH));
    assertThat(Optimizer.of(Map.of("name", "adamw"))).isEqualTo(new Adam(0.9, 0.999, 1e-8, true));
  }

  @Test
  void missingSettingsGetTheirDefaults() {
    assertThat(LearningRate.of(Map.of("base", 0.1))).isEqualTo(LearningRate.constant(0.1));
    assertThat(UpdateRule.of(Map.of()))
        .isEqualTo(UpdateRule.of(new Sgd(0.9, 0, false), ParameterGroups.decayAll(0)));
    assertThat(WarmUp.of(Map.of("length", "5epochs")))
        .isEqualTo(WarmUp.linear(TrainingLength.epochs(5), 0));
  }

  @Test
  void wrongSettingsAreNamed() {
    assertThatThrownBy(() -> Schedule.of(Map.of("name", "cosinus")))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'cosinus'")
        .hasMessageContaining("one-cycle");
    assertThatThrownBy(() -> Schedule.of(Map.of("name", "cosine", "gamma", 1)))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'gamma'")
        .hasMessageContaining("final_factor");
    assertThatThrownBy(() -> Schedule.of(Map.of("name", "step", "gamma", "x")))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'gamma'")
        .hasMessageContaining("a number");
    assertThatThrownBy(() -> Optimizer.of(Map.of("name", "adamax")))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'adamax'")
        .hasMessageContaining("sgd");
    assertThatThrownBy(() -> Optimizer.of(Map.of("name", "adam", "momentum", 0.9)))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'momentum'")
        .hasMessageContaining("beta1");
    assertThatThrownBy(() -> Optimizer.of(Map.of("name", "rmsprop", "form", "keras")))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'keras'")
        .hasMessageContaining("tensorflow");
    assertThatThrownBy(() -> UpdateRule.of(Map.of("clip", 1)))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'clip'")
        .hasMessageContaining("clipping");
    assertThatThrownBy(() -> Clipping.of(Map.of("norm", 1, "value", 1)))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("both");
    assertThatThrownBy(() -> LearningRate.of(Map.of()))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("learning rate");
  }

  @Test
  void spansAreReadAsTheyAreWritten() {
    for (String text :
        List.of("400steps", "5epochs", "0.5epochs", "30%", "64000steps", "13minutes")) {
      assertThat(TrainingLength.parse(text)).hasToString(text);
    }
    assertThat(TrainingLength.parse(" 1 epoch ")).isEqualTo(TrainingLength.epochs(1));
    assertThat(TrainingLength.parse("1e3steps")).isEqualTo(TrainingLength.steps(1000));
    assertThat(TrainingLength.parse("57minutes").words()).isEqualTo("57 minutes");
    assertThat(TrainingLength.parse("1epochs").words()).isEqualTo("1 epoch");
    assertThat(TrainingLength.parse("0.5epochs").words()).isEqualTo("0.5 epochs");
    assertThat(TrainingLength.parse("1%").words()).isEqualTo("1 %");
    for (String text : List.of("5", "epochs", "-1steps", "5 weeks", "1-2steps", "")) {
      assertThatThrownBy(() -> TrainingLength.parse(text)).isInstanceOf(OptimException.class);
    }
  }

  @Test
  void aTimeHasNoLengthInStepsUntilItIsMeasured() {
    assertThatThrownBy(() -> TrainingLength.parse("13minutes").in(new RunLength(100, 1000)))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("13minutes");
  }

  private static List<Schedule> all() {
    return List.of(
        new Schedule.Constant(),
        new Schedule.Step(TrainingLength.epochs(30), 0.1),
        new Schedule.MultiStep(
            List.of(TrainingLength.epochs(30), TrainingLength.parse("75%")), 0.2),
        new Schedule.Exponential(TrainingLength.epochs(2), 0.94),
        new Schedule.Cosine(0.01),
        new Schedule.Polynomial(0.5, 0.1),
        Schedule.OneCycle.standard());
  }

  private static LearningRate rate(Schedule schedule) {
    return new LearningRate(0.1, schedule, WarmUp.none());
  }

  private static double[] rates(LearningRate rate) {
    return IntStream.range(0, 100).mapToDouble(t -> rate.at(t, RUN)).toArray();
  }
}
