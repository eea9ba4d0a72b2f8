package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.GoldenFile;
import dev.fovea.NamedValues;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.program.ParameterSet;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceOptimizers.History;
import dev.fovea.reference.ReferenceOptimizers.Rule;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ten steps of every optimizer on the small function of {@code golden/make_optimizers.py}: the
 * formulas in float64 against PyTorch's to 1e-9, the kernels against both within float32.
 */
class OptimizerCurveTest {
  private static final int STEPS = 10;
  private static final Map<String, Map<String, double[]>> GOLDEN = GoldenFile.cases("optimizers");
  private static final ParamSpec W = spec("w", Role.WEIGHT, 4, 3);
  private static final ParamSpec B = spec("b", Role.BIAS, 4);

  /** A case of the golden file: the kernels' rule and the formulas of the reference. */
  record Case(String name, UpdateRule rule, Rule formulas) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    Sgd sgd = Sgd.nesterov(0.9);
    return Stream.of(
        of("sgd", sgd, sgd()),
        new Case("sgd, norm clipped", decayed(sgd).with(new Clipping.GlobalNorm(1.5)), sgd()),
        new Case("sgd, values clipped", decayed(sgd).with(new Clipping.Value(0.3)), sgd()),
        new Case(
            "sgd, averaged", decayed(sgd).with(new WeightAverage.Exponential(0.3, true)), sgd()),
        of(
            "rmsprop",
            new RmsProp(0.99, 0, 1e-8, RmsProp.Form.PYTORCH),
            new ReferenceOptimizers.PyTorchRmsProp(0.99, 0, 1e-8, 0.01, new History())),
        of(
            "rmsprop, momentum",
            new RmsProp(0.9, 0.9, 1e-3, RmsProp.Form.PYTORCH),
            new ReferenceOptimizers.PyTorchRmsProp(0.9, 0.9, 1e-3, 0.01, new History())),
        of(
            "rmsprop, tensorflow",
            RmsProp.inception(),
            new ReferenceOptimizers.TensorFlowRmsProp(0.9, 0.9, 1, 0.01, new History())),
        of(
            "rmsprop, tensorflow's default",
            new RmsProp(0.9, 0, 1e-10, RmsProp.Form.TENSORFLOW),
            new ReferenceOptimizers.TensorFlowRmsProp(0.9, 0, 1e-10, 0.01, new History())),
        of(
            "adam",
            new Adam(0.9, 0.999, 1e-8, false),
            new ReferenceOptimizers.Adam(0.9, 0.999, 1e-8, 0.01, false, new History())),
        new Case(
            "adam, other betas",
            UpdateRule.of(new Adam(0.5, 0.9, 0.1, false), ParameterGroups.decayAll(0)),
            new ReferenceOptimizers.Adam(0.5, 0.9, 0.1, 0, false, new History())),
        new Case(
            "adamw",
            UpdateRule.of(new Adam(0.9, 0.999, 1e-8, true), ParameterGroups.decayAll(0.5)),
            new ReferenceOptimizers.Adam(0.9, 0.999, 1e-8, 0.5, true, new History())),
        of(
            "lars",
            new Lars(0.9, 0.5),
            new ReferenceOptimizers.Lars(0.9, 0.5, 0.01, "w"::equals, new History())),
        new Case(
            "sgdw",
            UpdateRule.of(new Sgd(0.9, 0, true, true), ParameterGroups.decayAll(0.5)),
            new ReferenceOptimizers.DecoupledSgd(
                new ReferenceOptimizers.Sgd(0.9, 0, 0, true), 0.5)),
        of(
            "muon",
            new Muon(0.6, true, 3, true, sgd),
            new ReferenceOptimizers.Muon(0.6, true, 3, true, 0.01, Map.of("w", 4), sgd())),
        of(
            "muon, tall",
            new Muon(0.95, false, 5, false, sgd),
            new ReferenceOptimizers.Muon(0.95, false, 5, false, 0.01, Map.of("w", 4), sgd())),
        new Case("sgd, lookahead", decayed(sgd).with(new Lookahead(3, 0.5, 0)), sgd()),
        new Case(
            "sgd, lookahead in the manner of airbench94",
            decayed(sgd).with(new Lookahead(2, Math.pow(0.95, 5), 3)),
            sgd()));
  }

  private static Case of(String name, Optimizer optimizer, Rule formulas) {
    return new Case(name, decayed(optimizer), formulas);
  }

  private static UpdateRule decayed(Optimizer optimizer) {
    return UpdateRule.of(optimizer, ParameterGroups.decayAll(0.01));
  }

  private static Rule sgd() {
    return new ReferenceOptimizers.Sgd(0.9, 0, 0.01, true);
  }

  @Test
  void everyCaseOfTheFileIsCompared() {
    assertThat(cases().map(Case::name)).containsExactlyElementsOf(GOLDEN.keySet());
    assertThat(cases().map(c -> (Object) c.rule().optimizer().getClass()).distinct())
        .containsExactlyInAnyOrder((Object[]) Optimizer.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theFormulasInDoublePrecisionEqualPyTorchs(Case c) {
    Map<String, double[]> golden = golden(c);
    double[] w = NamedValues.of("w", 12);
    double[] b = NamedValues.of("b", 4);
    double[] average = w.clone();
    double[] slowW = w.clone();
    double[] slowB = b.clone();
    Lookahead lookahead = c.rule().lookahead();
    for (int t = 0; t < STEPS; t++) {
      assertClose("loss " + t, loss(w, b), values(golden, "losses")[t], 1e-9);
      double[] dw = new double[w.length];
      double[] db = new double[b.length];
      gradient(w, b, dw, db);
      if (c.rule().clipping() instanceof Clipping.GlobalNorm clip) {
        ReferenceOptimizers.clipGlobalNorm(List.of(dw, db), clip.max());
      } else if (c.rule().clipping() instanceof Clipping.Value clip) {
        ReferenceOptimizers.clipValue(List.of(dw, db), clip.limit());
      }
      c.formulas().step("w", w, dw, rate(golden, t));
      c.formulas().step("b", b, db, rate(golden, t));
      if (lookahead.active() && (t + 1) % lookahead.every() == 0) {
        double decay = lookahead.decay() * Math.pow((t + 1.0) / STEPS, lookahead.power());
        ReferenceOptimizers.lookAhead(slowW, w, decay);
        ReferenceOptimizers.lookAhead(slowB, b, decay);
      }
      if (c.rule().average() instanceof WeightAverage.Exponential e) {
        ReferenceOptimizers.average(average, w, e.decayAt(t));
      }
    }
    assertAllClose("w", lookahead.active() ? slowW : w, values(golden, "w"), 1e-9);
    assertAllClose("b", lookahead.active() ? slowB : b, values(golden, "b"), 1e-9);
    if (c.rule().average() instanceof WeightAverage.Exponential) {
      assertAllClose("average", average, values(golden, "average"), 1e-9);
    }
  }

  // Ten steps of some ten roundings of 2^-24 each; Adam's division of small by small has the most.
  @ParameterizedTest
  @MethodSource("cases")
  void theKernelsEqualPyTorchsWithinSinglePrecision(Case c) {
    Map<String, double[]> golden = golden(c);
    HeapProgram program = new HeapProgram(specs(c));
    program.weights().write("w", floats(NamedValues.of("w", 12)));
    program.weights().write("b", floats(NamedValues.of("b", 4)));
    Updater updater = new Updater(program, c.rule());
    for (int t = 0; t < STEPS; t++) {
      double[] w = doubles(program.weights(), "w");
      double[] b = doubles(program.weights(), "b");
      assertClose("loss " + t, loss(w, b), values(golden, "losses")[t], 4e-6);
      double[] dw = new double[w.length];
      double[] db = new double[b.length];
      gradient(w, b, dw, db);
      program.gradients().write("w", floats(dw));
      program.gradients().write("b", floats(db));
      updater.step(t, rate(golden, t), new RunLength(1, STEPS));
    }
    assertAllClose("w", doubles(program.weights(), "w"), values(golden, "w"), 4e-6);
    assertAllClose("b", doubles(program.weights(), "b"), values(golden, "b"), 4e-6);
    if (c.rule().average() instanceof WeightAverage.Exponential) {
      ParameterSet average = updater.average().orElseThrow();
      assertAllClose("average", doubles(average, "w"), values(golden, "average"), 4e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void stoppingAndGoingOnWithTheStoredStateGivesTheSameBits(Case c) {
    HeapProgram whole = new HeapProgram(specs(c));
    HeapProgram second = new HeapProgram(specs(c));
    Updater uninterrupted = new Updater(whole, c.rule());
    whole.weights().write("w", floats(NamedValues.of("w", 12)));
    for (int t = 0; t < 3; t++) {
      step(whole, uninterrupted, t);
    }
    Updater resumed = new Updater(second, c.rule());
    for (ParamSpec s : specs(c)) {
      second.weights().write(s.name(), whole.weights().read(s.name()));
      resumed.state().forEach((n, set) -> set.write(s.name(), stored(uninterrupted, n, s)));
    }
    for (int t = 3; t < 6; t++) {
      step(whole, uninterrupted, t);
      step(second, resumed, t);
    }
    assertThat(second.weights().read("w")).isEqualTo(whole.weights().read("w"));
    resumed
        .state()
        .forEach((n, set) -> assertThat(set.read("w")).isEqualTo(stored(uninterrupted, n, W)));
  }

  // For Muon w is the filters of a pointwise convolution.
  private static List<ParamSpec> specs(Case c) {
    boolean filters = c.rule().optimizer() instanceof Muon;
    return List.of(filters ? spec("w", Role.WEIGHT, 4, 3, 1, 1) : W, B);
  }

  private static float[] stored(Updater updater, String set, ParamSpec spec) {
    return Objects.requireNonNull(updater.state().get(set)).read(spec.name());
  }

  private static void step(HeapProgram program, Updater updater, int t) {
    program.gradients().write("w", floats(NamedValues.of("gradient " + t, 12)));
    updater.step(t, 0.01, new RunLength(1, 6));
  }

  private static double loss(double[] w, double[] b) {
    double f = 0;
    for (int i = 0; i < w.length; i++) {
      f += Math.log(Math.cosh(slope(i) * (w[i] - centre(i))));
    }
    for (int i = 0; i < b.length; i++) {
      f += Math.log(Math.cosh(2 * b[i] - value("e", i)));
    }
    return f + sum(w, b) * sum(w, b) / 2;
  }

  private static void gradient(double[] w, double[] b, double[] dw, double[] db) {
    double s = sum(w, b);
    for (int i = 0; i < w.length; i++) {
      dw[i] = slope(i) * Math.tanh(slope(i) * (w[i] - centre(i))) - s * value("d", i);
    }
    for (int i = 0; i < b.length; i++) {
      db[i] = 2 * Math.tanh(2 * b[i] - value("e", i)) + s;
    }
  }

  private static double sum(double[] w, double[] b) {
    double s = 0;
    for (double v : b) {
      s += v;
    }
    for (int i = 0; i < w.length; i++) {
      s -= value("d", i) * w[i];
    }
    return s;
  }

  private static double slope(int i) {
    return 1 + value("a", i) / 2;
  }

  private static double centre(int i) {
    return 3 * value("c", i);
  }

  private static double value(String name, int i) {
    return NamedValues.of(name, i + 1)[i];
  }

  private static Map<String, double[]> golden(Case c) {
    return Objects.requireNonNull(GOLDEN.get(c.name()));
  }

  private static double[] values(Map<String, double[]> golden, String key) {
    return Objects.requireNonNull(golden.get(key));
  }

  private static double rate(Map<String, double[]> golden, int step) {
    return values(golden, "rate")[0] / (1 + step / 10.0);
  }

  private static void assertAllClose(String what, double[] got, double[] expected, double bound) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertClose(what + "[" + i + "]", got[i], expected[i], bound);
    }
  }

  private static void assertClose(String what, double got, double expected, double bound) {
    assertThat(got).as(what).isCloseTo(expected, within(bound * Math.max(1, Math.abs(expected))));
  }

  private static ParamSpec spec(String name, Role role, int... dims) {
    return new ParamSpec(name, role, Shape.of(dims), new Initializer.Constant(0));
  }

  private static double[] doubles(ParameterSet set, String name) {
    List<Double> values = new ArrayList<>();
    for (float v : set.read(name)) {
      values.add((double) v);
    }
    return values.stream().mapToDouble(v -> v).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
