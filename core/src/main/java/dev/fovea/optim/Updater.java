package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.TrainingProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An {@link UpdateRule} at work on one program: holds the optimizer's state and makes the steps.
 *
 * <p>The state's memory is the program's and is freed with it. Not safe for use by several threads
 * at once; the steps themselves run on all threads of the program.
 */
public final class Updater {
  private final TrainingProgram program;
  private final UpdateRule rule;
  private final Map<String, ParameterSet> state = new LinkedHashMap<>();
  private final List<ParameterSet> moved = new ArrayList<>();

  /** Takes state from {@code program}, as it is before the first step. */
  public Updater(TrainingProgram program, UpdateRule rule) {
    this.program = program;
    this.rule = rule;
    moved.add(program.weights());
    for (Optimizer.State s : rule.optimizer().states()) {
      ParameterSet set = program.allocate(spec -> spec.role().trainable());
      if (s.start() != 0) {
        program.forEachBlock(
            List.of(set), List.of(), (spec, b, n) -> Arrays.fill(b[0], 0, n, s.start()));
      }
      state.put(s.name(), set);
      moved.add(set);
    }
    if (rule.average().wanted()) {
      state.put(WeightAverage.STATE_NAME, program.allocate(spec -> true));
    }
  }

  /**
   * Moves the weights along the gradients of the program's last run, and the average after them.
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
    ParameterSet average = state.get(WeightAverage.STATE_NAME);
    if (average != null && step == 0) {
      program.forEachBlock(
          List.of(average),
          List.of(program.weights()),
          (spec, b, n) -> System.arraycopy(b[1], 0, b[0], 0, n));
    }
    Optimizer.Step now = new Optimizer.Step(rate, step, scale, rule.groups(), norms());
    program.forEachBlock(moved, List.of(program.gradients()), rule.optimizer().kernel(now));
    if (average != null) {
      program.forEachBlock(
          List.of(average), List.of(program.weights()), rule.average().kernel(step));
    }
    program.weightsChanged();
    return norm;
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
