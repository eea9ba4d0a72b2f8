package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The learning rate as a function of the step: base × warm-up factor × schedule factor.
 *
 * <p>Schedules with intervals (step, multi-step, exponential) count from the first step of the run;
 * schedules that span the run (cosine, polynomial, one-cycle) start at the end of the warm-up.
 *
 * @param base the rate that the factors multiply; the peak of a one-cycle schedule
 */
public record LearningRate(double base, Schedule schedule, WarmUp warmUp) {

  /** Checks that the base is positive and finite. */
  public LearningRate {
    OptimException.check(
        base > 0 && base < Double.POSITIVE_INFINITY, "a learning rate above 0", base);
  }

  /** Returns a constant rate without warm-up. */
  public static LearningRate constant(double rate) {
    return new LearningRate(rate, new Schedule.Constant(), WarmUp.none());
  }

  /** Returns the rate of a step, counted from 0. */
  public double at(long step, RunLength run) {
    return base * warmUp.factor(step, run) * schedule.factor(step, warmUp.end(run), run);
  }

  /** Returns a copy with this base rate. */
  public LearningRate withBase(double base) {
    return new LearningRate(base, schedule, warmUp);
  }

  /** Returns a copy with this schedule. */
  public LearningRate with(Schedule schedule) {
    return new LearningRate(base, schedule, warmUp);
  }

  /** Returns a copy with this warm-up. */
  public LearningRate with(WarmUp warmUp) {
    return new LearningRate(base, schedule, warmUp);
  }

  /** Returns the settings as plain text, numbers and maps, as recipes store them. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("base", base);
    map.put("schedule", schedule.toMap());
    map.put("warm_up", warmUp.toMap());
    return map;
  }

  /**
   * Reads what {@link #toMap} wrote; missing settings get their defaults, but {@code base} is
   * required.
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
