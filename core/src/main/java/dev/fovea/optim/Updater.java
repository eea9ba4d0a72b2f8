package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.TrainingProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An {@link UpdateRule} at work on one program: holds the optimizer's state and makes the steps.
 *
 * <p>The state's memory is the program's and is freed with it. Not safe for use by several threads
 * at once; the steps themselves run on all threads of the program.
 */
public final class Updater {
  private final TrainingProgram program;
  private final UpdateRule rule;
  private final Map<String, ParameterPolicy> treatments;
  private final Map<String, ParameterSet> state = new LinkedHashMap<>();
  private final List<ParameterSet> moved = new ArrayList<>();
  private final @Nullable ParameterSet gathered;

  /**
   * An updater that treats all parts of the network alike.
   *
   * @throws OptimException if the rule wants anything else
   */
  public Updater(TrainingProgram program, UpdateRule rule) {
    this(program, rule, alike(program, rule.groups()));
  }

  /**
   * Takes state from {@code program}, as it is before the first step.
   *
   * @param treatments of all parameters that the program trains, see {@link ParameterGroups#on}
   */
  public Updater(
      TrainingProgram program, UpdateRule rule, Map<String, ParameterPolicy> treatments) {
    this.program = program;
    this.rule = rule;
    this.treatments = Map.copyOf(treatments);
    Set<ParamSpec> trained = new HashSet<>(program.gradients().specs());
    moved.add(program.weights());
    for (Optimizer.State s : rule.optimizer().states()) {
      ParameterSet set = program.allocate(trained::contains);
      if (s.start() != 0) {
        program.forEachBlock(
            List.of(set), List.of(), (spec, b, n) -> Arrays.fill(b[0], 0, n, s.start()));
      }
      state.put(s.name(), set);
      moved.add(set);
    }
    if (!(rule.average() instanceof WeightAverage.None)) {
      state.put(WeightAverage.STATE_NAME, program.allocate(spec -> true));
    }
    this.gathered = rule.accumulate() > 1 ? program.allocate(trained::contains) : null;
  }

  private static Map<String, ParameterPolicy> alike(
      TrainingProgram program, ParameterGroups groups) {
    OptimException.check(
        groups.tuning().equals(FineTuning.none()),
        "an update rule without fine-tuning where the network is not known",
        groups.tuning());
    Map<String, ParameterPolicy> all = new HashMap<>();
    for (ParamSpec spec : program.gradients().specs()) {
      all.put(spec.name(), new ParameterPolicy(1, groups.decayOf(spec), false));
    }
    return all;
  }

  /**
   * Keeps the gradients of the program's last run for the step that they are a part of; after the
   * last of its {@link UpdateRule#accumulate} batches the program's gradients are the mean over
   * all.
   *
   * @param part which batch of the step it was, counted from 0
   */
  public void gather(int part) {
    if (gathered == null) {
      return;
    }
    ParameterSet gradients = program.gradients();
    if (part == 0) {
      program.forEachBlock(List.of(gathered), List.of(gradients), copy());
    } else if (part < rule.accumulate() - 1) {
      program.forEachBlock(List.of(gathered), List.of(gradients), sum(1));
    } else {
      program.forEachBlock(List.of(gradients), List.of(gathered), sum(1f / rule.accumulate()));
    }
  }

  private static BlockKernel copy() {
    return (spec, b, n) -> System.arraycopy(b[1], 0, b[0], 0, n);
  }

  private static BlockKernel sum(float scale) {
    return (spec, b, n) -> add(b[0], b[1], scale, n);
  }

  private static void add(float[] to, float[] from, float scale, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = scale * (to[i] + from[i]);
    }
  }

  /**
   * Moves the weights along the gradients of the program's last run, and an exponential average
   * after them.
   *
   * @param step how many steps were made before, over all runs of this state; step 0 starts the
   *     average at the weights as they are
   * @return the norm of the gradients before clipping, if the rule needs it
   * @throws OptimException if the rule clips by norm and the norm is not finite; then nothing moved
   */
  public OptionalDouble step(long step, double rate) {
    OptionalDouble norm = OptionalDouble.empty();
    double scale = 1;
    if (rule.clipping() instanceof Clipping.GlobalNorm clip) {
      norm = OptionalDouble.of(program.gradientNorm());
      scale = clip.scale(finite(norm.getAsDouble(), step));
    } else if (rule.clipping() instanceof Clipping.Value clip) {
      program.forEachBlock(List.of(program.gradients()), List.of(), clip.kernel());
    }
    if (step == 0 && !(rule.average() instanceof WeightAverage.None)) {
      average(copy());
    }
    Optimizer.Step now = new Optimizer.Step(rate, step, scale, treatments, norms());
    program.forEachBlock(moved, List.of(program.gradients()), rule.optimizer().kernel(now));
    if (rule.average() instanceof WeightAverage.Exponential e) {
      average(approach((float) (1 - e.decayAt(step))));
    }
    return norm;
  }

  /**
   * Ends an epoch: a stochastic average takes the weights as they now are, if it is their turn.
   *
   * @param epoch counted from 0
   */
  public void endEpoch(int epoch, RunLength run) {
    if (rule.average() instanceof WeightAverage.Stochastic s && s.takes(epoch, run)) {
      average(approach((float) (1.0 / Math.max(1, s.count(epoch, run)))));
    }
  }

  private void average(BlockKernel kernel) {
    program.forEachBlock(List.of(average().orElseThrow()), List.of(program.weights()), kernel);
  }

  // In this form the average stays exactly w where all weights are w, and part 1 copies.
  private static BlockKernel approach(float part) {
    return part == 1 ? copy() : (spec, b, n) -> approach(b[0], b[1], part, n);
  }

  private static void approach(float[] average, float[] w, float part, int n) {
    for (int i = 0; i < n; i++) {
      average[i] += part * (w[i] - average[i]);
    }
  }

  /**
   * Exchanges weights and average, if there is one: to run the program with averaged weights, and,
   * called again, to go on as if nothing had been.
   */
  public void exchange() {
    if (average().isPresent()) {
      program.forEachBlock(
          List.of(average().get(), program.weights()),
          List.of(),
          (spec, b, n) -> {
            float[] kept = Arrays.copyOf(b[0], n);
            System.arraycopy(b[1], 0, b[0], 0, n);
            System.arraycopy(kept, 0, b[1], 0, n);
          });
    }
  }

  private Map<String, Optimizer.Norms> norms() {
    Map<String, Optimizer.Norms> norms = new HashMap<>();
    if (rule.optimizer().needsNorms()) {
      for (ParamSpec spec : program.gradients().specs()) {
        norms.put(
            spec.name(),
            new Optimizer.Norms(
                program.norm(program.weights(), spec), program.norm(program.gradients(), spec)));
      }
    }
    return norms;
  }

  /** What a training state must keep beside the weights, by its name in files; live, not a copy. */
  public Map<String, ParameterSet> state() {
    return Collections.unmodifiableMap(state);
  }

  /** The weights to evaluate and save with, if the rule averages; live, not a copy. */
  public Optional<ParameterSet> average() {
    return Optional.ofNullable(state.get(WeightAverage.STATE_NAME));
  }

  private static double finite(double norm, long step) {
    if (!Double.isFinite(norm)) {
      throw new OptimException(
          "the norm of the gradients in step "
              + step
              + " is "
              + norm
              + ", no step was made; lower the learning rate or look at the batch's images");
    }
    return norm;
  }
}
