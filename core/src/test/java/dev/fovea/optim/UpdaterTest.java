package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Initializer;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class UpdaterTest {
  private static final int STEPS = 10;
  private static final ParamSpec WEIGHT = spec("w", Role.WEIGHT, 5, 4);
  private static final ParamSpec BIAS = spec("b", Role.BIAS, 5);
  private static final ParamSpec SCALE = spec("s", Role.NORM_SCALE, 9);
  private static final ParamSpec MEAN = spec("m", Role.RUNNING_MEAN, 9);
  private static final List<ParamSpec> SPECS = List.of(WEIGHT, BIAS, SCALE, MEAN);

  record Case(Sgd sgd, ParameterGroups groups, Clipping clipping, WeightAverage average) {}

  static Stream<Case> cases() {
    ParameterGroups all = ParameterGroups.decayAll(5e-2);
    WeightAverage none = WeightAverage.none();
    Clipping no = new Clipping.None();
    return Stream.of(
        new Case(new Sgd(0, 0, false), all, no, none),
        new Case(new Sgd(0.9, 0, false), all, no, none),
        new Case(new Sgd(0.9, 0.3, false), all, no, none),
        new Case(Sgd.nesterov(0.9), all, no, none),
        new Case(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-2), no, none),
        new Case(Sgd.nesterov(0.9), new ParameterGroups(5e-2, true, false), no, none),
        new Case(new Sgd(0.9, 0, false), all, new Clipping.GlobalNorm(1.5), none),
        new Case(new Sgd(0, 0, false), all, new Clipping.GlobalNorm(1e6), none),
        new Case(Sgd.nesterov(0.9), all, new Clipping.Value(0.3), none),
        new Case(Sgd.nesterov(0.9), all, no, new WeightAverage.Exponential(0.8, false)),
        new Case(Sgd.nesterov(0.9), all, no, new WeightAverage.Exponential(0.3, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tenStepsEqualTheFormulasInDoublePrecision(Case c) {
    HeapProgram program = new HeapProgram(SPECS);
    Random random = new Random(1);
    SPECS.forEach(s -> program.weights().write(s.name(), floats(random, s)));
    Oracle[] oracles =
        SPECS.stream()
            .map(s -> new Oracle(s, program.weights().read(s.name())))
            .toArray(Oracle[]::new);
    Updater updater =
        new Updater(program, new UpdateRule(c.sgd(), c.groups(), c.clipping(), c.average()));
    for (int step = 0; step < STEPS; step++) {
      double rate = 0.1 / (1 + step);
      program
          .gradients()
          .specs()
          .forEach(s -> program.gradients().write(s.name(), floats(random, s)));
      program.weights().write("m", floats(random, MEAN));
      double norm = program.gradientNorm();
      for (Oracle o : oracles) {
        o.step(
            c,
            step,
            rate,
            norm,
            o.spec.role().trainable()
                ? program.gradients().read(o.spec.name())
                : program.weights().read("m"));
      }
      updater.step(step, rate);
    }
    for (Oracle o : oracles) {
      assertClose(program.weights().read(o.spec.name()), o.w);
      if (c.average() instanceof WeightAverage.Exponential) {
        assertClose(updater.average().orElseThrow().read(o.spec.name()), o.average);
      }
    }
  }

  /**
   * The formulas of torch.optim.SGD, torch.nn.utils.clip_grad_* and an exponential average in
   * float64.
   */
  private static final class Oracle {
    final ParamSpec spec;
    final double[] w;
    final double[] v;
    final double[] average;

    Oracle(ParamSpec spec, float[] start) {
      this.spec = spec;
      this.w = new double[start.length];
      for (int i = 0; i < w.length; i++) {
        w[i] = start[i];
      }
      this.v = new double[w.length];
      this.average = w.clone();
    }

    void step(Case c, int step, double rate, double norm, float[] gradient) {
      double decay =
          switch (spec.role()) {
            case WEIGHT -> c.groups().weightDecay();
            case BIAS -> c.groups().decayBiases() ? c.groups().weightDecay() : 0;
            default -> c.groups().decayNorms() ? c.groups().weightDecay() : 0;
          };
      double averageDecay =
          !(c.average() instanceof WeightAverage.Exponential e)
              ? 1
              : e.warmUp() ? Math.min(e.decay(), (1.0 + step) / (10 + step)) : e.decay();
      for (int i = 0; i < w.length; i++) {
        if (!spec.role().trainable()) {
          w[i] = gradient[i];
          if (step == 0) {
            average[i] = w[i];
          }
        } else {
          double g = gradient[i];
          if (c.clipping() instanceof Clipping.GlobalNorm clip) {
            g *= Math.min(1, clip.max() / (norm + 1e-6));
          } else if (c.clipping() instanceof Clipping.Value clip) {
            g = Math.max(-clip.limit(), Math.min(clip.limit(), g));
          }
          g += decay * w[i];
          double mu = c.sgd().momentum();
          v[i] = step == 0 ? g : mu * v[i] + (1 - c.sgd().dampening()) * g;
          w[i] -= rate * (c.sgd().nesterov() ? g + mu * v[i] : mu == 0 ? g : v[i]);
        }
        average[i] = averageDecay * average[i] + (1 - averageDecay) * w[i];
      }
    }
  }

  @Test
  void theStateHasTheNamesOfItsSetsInFiles() {
    HeapProgram program = new HeapProgram(SPECS);
    UpdateRule rule =
        UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(0))
            .with(new WeightAverage.Exponential(0.99, true));
    Updater updater = new Updater(program, rule);
    assertThat(updater.state()).containsOnlyKeys("momentum", "average");
    assertThat(specsOf(updater, "momentum")).containsExactly(WEIGHT, BIAS, SCALE);
    assertThat(specsOf(updater, "average")).isEqualTo(SPECS);
    assertThat(
            new Updater(program, UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0)))
                .state())
        .isEmpty();
  }

  @Test
  void stoppingAndGoingOnWithTheStoredStateGivesTheSameBits() {
    UpdateRule rule =
        UpdateRule.of(new Sgd(0.9, 0.1, false), ParameterGroups.decayAll(1e-2))
            .with(new WeightAverage.Exponential(0.9, true));
    HeapProgram whole = new HeapProgram(SPECS);
    Updater uninterrupted = new Updater(whole, rule);
    HeapProgram second = new HeapProgram(SPECS);
    Updater resumed = new Updater(second, rule);
    for (int step = 0; step < 6; step++) {
      for (ParamSpec s : whole.gradients().specs()) {
        whole.gradients().write(s.name(), floats(new Random(step), s));
        second.gradients().write(s.name(), floats(new Random(step), s));
      }
      uninterrupted.step(step, 0.1);
      if (step == 2) {
        for (ParamSpec s : SPECS) {
          second.weights().write(s.name(), whole.weights().read(s.name()));
          resumed
              .state()
              .forEach(
                  (name, set) -> {
                    if (set.specs().contains(s)) {
                      set.write(
                          s.name(),
                          Objects.requireNonNull(uninterrupted.state().get(name)).read(s.name()));
                    }
                  });
        }
      } else if (step > 2) {
        resumed.step(step, 0.1);
      }
    }
    for (ParamSpec s : SPECS) {
      assertThat(second.weights().read(s.name())).isEqualTo(whole.weights().read(s.name()));
      assertThat(resumed.average().orElseThrow().read(s.name()))
          .isEqualTo(uninterrupted.average().orElseThrow().read(s.name()));
    }
  }

  @Test
  void gradientsThatAreNotFiniteMoveNothing() {
    HeapProgram program = new HeapProgram(SPECS);
    Updater updater =
        new Updater(
            program,
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(0))
                .with(new Clipping.GlobalNorm(1)));
    program.gradients().write("b", new float[] {0, Float.NaN, 0, 0, 0});
    assertThatThrownBy(() -> updater.step(3, 0.1))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("step 3")
        .hasMessageContaining("NaN");
    assertThat(program.weights().read("b")).containsOnly(0);
  }

  // More elements than are on the heap at a time: the last filter is not among the first.
  @Test
  void everyFilterMovesOnceHoweverManyThereAre() {
    int size = 1 << 21;
    List<ParamSpec> specs =
        Stream.of("a", "b", "c")
            .map(
                name ->
                    new ParamSpec(
                        name,
                        ParamSpec.Role.WEIGHT,
                        Shape.of(1, 1, 1, size),
                        new Initializer.Constant(0)))
            .toList();
    HeapProgram program = new HeapProgram(specs);
    float[] gradient = new float[size];
    java.util.Arrays.fill(gradient, 2);
    specs.forEach(s -> program.gradients().write(s.name(), gradient));
    Muon muon = new Muon(0, false, 1, false, Sgd.nesterov(0.9));
    new Updater(program, UpdateRule.of(muon, ParameterGroups.decayAll(0))).step(0, 1);
    // A vector of norm 1 comes out with norm 3.4445 - 4.775 + 2.0315 = 0.701.
    for (ParamSpec s : specs) {
      float[] moved = program.weights().read(s.name());
      assertThat((double) moved[0]).isCloseTo(-0.701 / Math.sqrt(size), within(1e-7));
      assertThat(moved[size - 1]).isEqualTo(moved[0]);
    }
  }

  @Test
  void theNormBeforeClippingIsReported() {
    HeapProgram program = new HeapProgram(SPECS);
    UpdateRule rule = UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(0));
    program.gradients().write("b", new float[] {3, 4, 0, 0, 0});
    assertThat(new Updater(program, rule.with(new Clipping.GlobalNorm(1))).step(0, 0.1))
        .hasValue(5);
    assertThat(new Updater(program, rule).step(0, 0.1)).isEmpty();
  }

  @Test
  void rulesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new Sgd(1, 0, false))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("momentum");
    assertThatThrownBy(() -> new Sgd(0.9, 0.1, true))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("Nesterov");
    assertThatThrownBy(() -> new Sgd(0, 0, true)).isInstanceOf(OptimException.class);
    assertThatThrownBy(() -> ParameterGroups.decayAll(-1)).isInstanceOf(OptimException.class);
    assertThatThrownBy(() -> new Clipping.GlobalNorm(0)).isInstanceOf(OptimException.class);
    assertThatThrownBy(() -> new WeightAverage.Exponential(1, false))
        .isInstanceOf(OptimException.class);
  }

  @Test
  void theGradientOfSeveralBatchesIsTheirMean() {
    for (int parts : new int[] {1, 2, 3}) {
      HeapProgram program = new HeapProgram(SPECS);
      Updater updater =
          new Updater(
              program,
              UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0)).accumulating(parts));
      for (int round = 0; round < 2; round++) {
        double sum = 0;
        for (int part = 0; part < parts; part++) {
          float g = 0.5f + round + 3 * part;
          program.gradients().write("b", new float[] {g, 0, 0, 0, g});
          updater.accumulate(part);
          sum += g;
        }
        float[] mean = program.gradients().read("b");
        assertThat((double) mean[0]).isCloseTo(sum / parts, within(1e-6));
        assertThat(mean[1]).isZero();
        assertThat(mean[4]).isEqualTo(mean[0]);
      }
      assertThat(updater.state()).isEmpty();
    }
  }

  @Test
  void exchangingTwiceLeavesWeightsAndAverageAsTheyWere() {
    HeapProgram program = new HeapProgram(SPECS);
    Updater updater =
        new Updater(
            program,
            UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0))
                .with(new WeightAverage.Exponential(0.9, false)));
    float[] w = floats(new Random(1), WEIGHT);
    float[] a = floats(new Random(2), WEIGHT);
    program.weights().write("w", w);
    updater.average().orElseThrow().write("w", a);
    updater.swapAverage();
    assertThat(program.weights().read("w")).isEqualTo(a);
    assertThat(updater.average().orElseThrow().read("w")).isEqualTo(w);
    updater.swapAverage();
    assertThat(program.weights().read("w")).isEqualTo(w);
    assertThat(updater.average().orElseThrow().read("w")).isEqualTo(a);
  }

  // 10 steps an epoch; averaging starts after 2 epochs, with the weights at their end.
  @ParameterizedTest
  @CsvSource({"1, 1 2 2.5 3 3.5 4", "2, 1 2 2 3 3 4"})
  void aStochasticAverageIsTheMeanOfTheWeightsAtTheEndsOfCycles(int cycle, String expected) {
    HeapProgram program = new HeapProgram(SPECS);
    WeightAverage.Stochastic swa =
        new WeightAverage.Stochastic(TrainingLength.epochs(2), 0, 0, cycle);
    Updater updater =
        new Updater(
            program, UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0)).with(swa));
    RunLength run = new RunLength(10, 60);
    String[] averages = expected.split(" ");
    for (int epoch = 0; epoch < 6; epoch++) {
      program.weights().write("m", new float[] {epoch + 1, 0, 0, 0, 0, 0, 0, 0, 0});
      updater.endEpoch(epoch, run);
      assertThat((double) updater.average().orElseThrow().read("m")[0])
          .as("after epoch %d", epoch + 1)
          .isCloseTo(Double.parseDouble(averages[epoch]), within(1e-6));
    }
  }

  @Test
  void everyParameterMovesByItsOwnRateAndDecay() {
    HeapProgram program = new HeapProgram(SPECS);
    for (ParamSpec s : program.gradients().specs()) {
      float[] ones = new float[(int) s.shape().elements()];
      java.util.Arrays.fill(ones, 1);
      program.weights().write(s.name(), ones);
    }
    Map<String, ParameterPolicy> treatments =
        Map.of(
            "w", new ParameterPolicy(0.5, 0.1, false),
            "b", new ParameterPolicy(1, 0, false),
            "s", new ParameterPolicy(0, 0.1, false));
    UpdateRule rule = UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(7));
    new Updater(program, rule, treatments).step(0, 0.25);
    assertThat(program.weights().read("w")[0]).isEqualTo(1 - 0.5f * 0.25f * 0.1f);
    assertThat(program.weights().read("b")[0]).isEqualTo(1);
    assertThat(program.weights().read("s")[0]).isEqualTo(1);
  }

  @Test
  void fineTuningWithoutItsNetworkIsRefused() {
    ParameterGroups groups =
        ParameterGroups.decayAll(0).with(new FineTuning(List.of("head"), List.of(), List.of(), 1));
    UpdateRule rule = UpdateRule.of(new Sgd(0, 0, false), groups);
    assertThatThrownBy(() -> new Updater(new HeapProgram(SPECS), rule))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("fine-tuning");
  }

  private static List<ParamSpec> specsOf(Updater updater, String state) {
    return Objects.requireNonNull(updater.state().get(state)).specs();
  }

  private static void assertClose(float[] actual, double[] expected) {
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i])
          .as("element " + i)
          .isCloseTo(expected[i], within(1e-6 * Math.max(1, Math.abs(expected[i]))));
    }
  }

  private static ParamSpec spec(String name, Role role, int... dims) {
    return new ParamSpec(name, role, Shape.of(dims), new Initializer.Constant(0));
  }

  private static float[] floats(Random random, ParamSpec spec) {
    float[] values = new float[(int) spec.shape().elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
