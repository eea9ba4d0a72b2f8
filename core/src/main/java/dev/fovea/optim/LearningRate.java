package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The learning rate as a function of the step: base times warm-up times schedule.
 *
 * <p>Schedules in spans (step, multi-step, exponential) count from the run's first step; those that
 * stretch over the run (cosine, polynomial, one-cycle) stretch over what follows the warm-up.
 *
 * @param base the rate that factors multiply; the peak of a one-cycle
 */
public record LearningRate(double base, Schedule schedule, WarmUp warmUp) {

  /** Checks that the base is a number above 0. */
  public LearningRate {
    OptimException.check(
        base > 0 && base < Double.POSITIVE_INFINITY, "a learning rate above 0", base);
  }

  /** The same rate throughout. */
  public static LearningRate constant(double rate) {
    return new LearningRate(rate, new Schedule.Constant(), WarmUp.none());
  }

  /** The rate of update number {@code step}, counted from 0. */
  public double at(long step, RunLength run) {
    return base * warmUp.factor(step, run) * schedule.factor(step, warmUp.end(run), run);
  }

  /** This with another base. */
  public LearningRate withBase(double base) {
    return new LearningRate(base, schedule, warmUp);
  }

  /** This with another schedule. */
  public LearningRate with(Schedule schedule) {
    return new LearningRate(base, schedule, warmUp);
  }

  /** This with another warm-up. */
  public LearningRate with(WarmUp warmUp) {
    return new LearningRate(base, schedule, warmUp);
  }

  /** Plain text, numbers and maps, for a recipe. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("base", base);
    map.put("schedule", schedule.toMap());
    map.put("warm_up", warmUp.toMap());
    return map;
  }

  /**
   * The reverse of {@link #toMap}; what is missing gets its default, but the base must be there.
   *
   * @throws OptimException if a setting is unknown or out of range
   */
  public static LearningRate of(Map<String, ?> map) {
    Settings s = new Settings("learning rate", map);
    return s.end(
        new LearningRate(
            s.number("base", Double.NaN),
            Schedule.of(s.map("schedule")),
            WarmUp.of(s.map("warm_up"))));
  }
}
