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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Applies an {@link UpdateRule} to one program: holds the optimizer state and performs the steps.
 *
 * <p>The program owns the memory of the state and releases it when closed. Not thread-safe; a step
 * itself runs on all threads of the program.
 */
public final class Updater {

  private final TrainingProgram program;
  private final UpdateRule rule;
  private final Map<String, ParameterPolicy> policies;
  private final Map<String, ParameterSet> state = new LinkedHashMap<>();
  private final List<ParameterSet> updated = new ArrayList<>();
  private final @Nullable ParameterSet accumulated;

  /**
   * Creates an updater that trains all parts of the network alike.
   *
   * @throws OptimException if the rule contains fine-tuning
   */
  public Updater(TrainingProgram program, UpdateRule rule) {
    this(program, rule, uniform(program, rule.groups()));
  }

  /**
   * Creates an updater and allocates its initial state in {@code program}.
   *
   * <p>Parameters that the program does not train but that have a policy which is not frozen keep
   * their state: they were trained by an earlier program of the same run, see {@link
   * FineTuning#freezeAt}, so that the state of a run has the same parts throughout.
   *
   * @param policies of all parameters that the program trains, see {@link ParameterGroups#on}
   */
  public Updater(TrainingProgram program, UpdateRule rule, Map<String, ParameterPolicy> policies) {
    this.program = program;
    this.rule = rule;
    this.policies = Map.copyOf(policies);
    Set<ParamSpec> now = new HashSet<>(program.gradients().specs());
    Predicate<ParamSpec> trained =
        spec -> {
          ParameterPolicy policy = policies.get(spec.name());
          return now.contains(spec) || policy != null && !policy.frozen();
        };
    updated.add(program.weights());
    for (Optimizer.State s : rule.optimizer().states()) {
      ParameterSet set = program.allocate(trained);
      if (s.start() != 0) {
        program.forEachBlock(
            List.of(set), List.of(), (spec, b, n) -> Arrays.fill(b[0], 0, n, s.start()));
      }
      state.put(s.name(), set);
      updated.add(set);
    }
    if (!(rule.average() instanceof WeightAverage.None)) {
      state.put(WeightAverage.STATE_NAME, program.allocate(spec -> true));
    }
    if (rule.lookahead().active()) {
      state.put(Lookahead.STATE_NAME, program.allocate(spec -> true));
    }
    this.accumulated = rule.accumulate() > 1 ? program.allocate(trained) : null;
  }

  private static Map<String, ParameterPolicy> uniform(
      TrainingProgram program, ParameterGroups groups) {
    OptimException.check(
        groups.tuning().equals(FineTuning.none()),
        "an update rule without fine-tuning, because the network's parts are unknown here",
        groups.tuning());
    Map<String, ParameterPolicy> all = new HashMap<>();
    for (ParamSpec spec : program.gradients().specs()) {
      all.put(spec.name(), new ParameterPolicy(1, groups.decayOf(spec), false));
    }
    return all;
  }

  /**
   * Accumulates the gradients of the program's last run; after the last of the step's {@link
   * UpdateRule#accumulate} batches, the program's gradients are the mean over all of them.
   *
   * @param part the index of the batch within the step
   */
  public void accumulate(int part) {
    if (accumulated == null) {
      return;
    }
    ParameterSet gradients = program.gradients();
    if (part == 0) {
      program.forEachBlock(List.of(accumulated), List.of(gradients), copy());
    } else if (part < rule.accumulate() - 1) {
      program.forEachBlock(List.of(accumulated), List.of(gradients), sum(1));
    } else {
      program.forEachBlock(List.of(gradients), List.of(accumulated), sum(1f / rule.accumulate()));
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

  /** Performs a step of a run of unknown length, as if it had only begun. */
  public OptionalDouble step(long step, double rate) {
    return step(step, rate, new RunLength(1, Long.MAX_VALUE));
  }

  /**
   * Updates the weights from the gradients of the program's last run, then an exponential average
   * of them.
   *
   * @param step the number of earlier steps with this state, resumed runs included; step 0
   *     initializes the average with the current weights
   * @param run the whole run, by whose progress {@link Lookahead} goes
   * @return the global gradient norm before clipping, if the rule clips by norm
   * @throws OptimException if the rule clips by norm and the norm is not finite; weights and state
   *     are then unchanged
   */
  public OptionalDouble step(long step, double rate, RunLength run) {
    OptionalDouble norm = OptionalDouble.empty();
    double scale = 1;
    if (rule.clipping() instanceof Clipping.GlobalNorm clip) {
      norm = OptionalDouble.of(program.gradientNorm());
      scale = clip.scale(requireFinite(norm.getAsDouble(), step));
    } else if (rule.clipping() instanceof Clipping.Value clip) {
      program.forEachBlock(List.of(program.gradients()), List.of(), clip.kernel());
    }
    if (step == 0) {
      start();
    }
    Optimizer.Step now = new Optimizer.Step(rate, step, scale, policies, norms());
    program.forEachBlock(updated, List.of(program.gradients()), blockwise(now));
    whole(now);
    lookAhead(step + 1, run);
    if (rule.average() instanceof WeightAverage.Exponential e) {
      average(approach((float) (1 - e.decayAt(step))));
    }
    return norm;
  }

  private void start() {
    if (!(rule.average() instanceof WeightAverage.None)) {
      average(copy());
    }
    if (rule.lookahead().active()) {
      program.forEachBlock(List.of(slow()), List.of(program.weights()), copy());
    }
  }

  private BlockKernel blockwise(Optimizer.Step now) {
    Optimizer optimizer = rule.optimizer();
    BlockKernel kernel = optimizer.kernel(now);
    return (spec, b, n) -> {
      if (!optimizer.updatesWhole(spec)) {
        kernel.apply(spec, b, n);
      }
    };
  }

  private void whole(Optimizer.Step now) {
    for (ParamSpec spec : program.gradients().specs()) {
      if (rule.optimizer().updatesWhole(spec)) {
        List<float[]> values = updated.stream().map(set -> set.read(spec.name())).toList();
        rule.optimizer()
            .update(
                spec,
                now,
                values.get(0),
                values.subList(1, values.size()),
                program.gradients().read(spec.name()),
                program.products());
        for (int i = 0; i < updated.size(); i++) {
          updated.get(i).write(spec.name(), values.get(i));
        }
      }
    }
  }

  private void lookAhead(long steps, RunLength run) {
    Lookahead lookahead = rule.lookahead();
    if (lookahead.returnsAfter(steps)) {
      float part = (float) (1 - lookahead.decayAfter(steps, run));
      program.forEachBlock(List.of(slow(), program.weights()), List.of(), returning(part));
    } else if (lookahead.active() && steps == run.totalSteps()) {
      program.forEachBlock(List.of(program.weights()), List.of(slow()), copy());
    }
  }

  private static BlockKernel returning(float part) {
    BlockKernel approach = approach(part);
    return (spec, b, n) -> {
      approach.apply(spec, b, n);
      System.arraycopy(b[0], 0, b[1], 0, n);
    };
  }

  /**
   * Lets the slow weights of {@link Lookahead} follow at once where weights and statistics do not
   * change any more, so that no return changes them either; idempotent.
   *
   * @param names of parameters and running statistics
   */
  public void settle(Set<String> names) {
    if (rule.lookahead().active()) {
      names.forEach(name -> slow().write(name, program.weights().read(name)));
    }
  }

  private ParameterSet slow() {
    return Objects.requireNonNull(state.get(Lookahead.STATE_NAME), Lookahead.STATE_NAME);
  }

  /**
   * Ends an epoch: a stochastic weight average includes the current weights if its cycle says so.
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

  // In this form the average of identical weights is exact, and a part of 1 copies.
  private static BlockKernel approach(float part) {
    return part == 1 ? copy() : (spec, b, n) -> approach(b[0], b[1], part, n);
  }

  private static void approach(float[] average, float[] w, float part, int n) {
    for (int i = 0; i < n; i++) {
      average[i] += part * (w[i] - average[i]);
    }
  }

  /**
   * Swaps weights and averaged weights, if there are any: once to run the program with the average,
   * and again to continue training unchanged.
   */
  public void swapAverage() {
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

  /**
   * Returns what a training state must hold besides the weights, by name in files; live, not
   * copies.
   */
  public Map<String, ParameterSet> state() {
    return Collections.unmodifiableMap(state);
  }

  /** Returns the averaged weights, if the rule averages; live, not a copy. */
  public Optional<ParameterSet> average() {
    return Optional.ofNullable(state.get(WeightAverage.STATE_NAME));
  }

  private static double requireFinite(double norm, long step) {
    if (!Double.isFinite(norm)) {
      throw new OptimException(
          "the gradient norm in step "
              + step
              + " is "
              + norm
              + "; the weights were not updated. Lower the learning rate or look at the images of"
              + " the batch");
    }
    return norm;
  }
}
