package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An average of the weights over training, used for evaluation and for the saved model.
 *
 * <p>Batch-norm running statistics are averaged too; whether they fit the averaged weights depends
 * on the kind of average, see {@link #needsStatistics}.
 */
public sealed interface WeightAverage {

  /** The name of the averaged weights in files. */
  String STATE_NAME = "average";

  /** Returns the learning rate of a step, given the {@code scheduled} one. */
  default double rate(long step, double scheduled, RunLength run) {
    return scheduled;
  }

  /**
   * Whether batch-norm statistics must be re-estimated before the average is used, because it
   * combines weights that are too far apart.
   *
   * @param epoch the epoch that has just ended, counted from 0
   */
  default boolean needsStatistics(int epoch, RunLength run) {
    return false;
  }

  /** No average; takes no memory. */
  record None() implements WeightAverage {}

  /**
   * An exponential moving average: a = d·a + (1 - d)·w after every step, starting from the initial
   * weights. Running statistics are averaged like weights.
   *
   * @param decay d, in [0, 1)
   * @param warmUp whether step t, counted from 0, uses min(d, (1 + t) / (10 + t)), so that the
   *     initial weights fade quickly (TensorFlow's rule)
   */
  record Exponential(double decay, boolean warmUp) implements WeightAverage {
    /** Checks the decay. */
    public Exponential {
      OptimException.check(decay >= 0 && decay < 1, "a weight average decay in [0, 1)", decay);
    }

    /** Returns the decay of step {@code t}, counted from 0. */
    public double decayAt(long t) {
      return warmUp ? Math.min(decay, (1.0 + t) / (10.0 + t)) : decay;
    }
  }

  /**
   * Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407, algorithm 1): the
   * arithmetic mean of the weights at the ends of epochs, or of cycles of epochs, from a given
   * point of the run. From there on, the learning rate is constant or falls linearly from {@code
   * rate} to {@code low} within every cycle: (1 - t)·rate + t·low, with t from 1/c to 1 over the c
   * steps of a cycle. Running statistics must be re-estimated for the averaged weights.
   *
   * @param from where averaging starts; until then the average is a copy of the weights
   * @param rate the learning rate from there on; 0 to follow the schedule
   * @param low the rate at the end of a cycle; equal to {@code rate} for a constant rate
   * @param cycle epochs between two samples of the weights, at least 1
   */
  record Stochastic(TrainingLength from, double rate, double low, int cycle)
      implements WeightAverage {
    /** Checks the ranges. */
    public Stochastic {
      OptimException.check(
          from.unit() != TrainingLength.Unit.MINUTES,
          "a start of averaging in epochs, steps or %",
          from);
      OptimException.check(
          rate >= 0 && low >= 0 && low <= rate, "rates of 0 <= low <= rate", low + " and " + rate);
      OptimException.check(cycle >= 1, "a cycle of at least one epoch", cycle);
    }

    /**
     * Returns the number of weight samples in the average after {@code epoch}, counted from 0; 0
     * before averaging starts, when the average is only a copy.
     */
    public long count(int epoch, RunLength run) {
      long ended = epoch - first(run) + 1;
      return ended < 1 ? 0 : 1 + (ended - 1) / cycle;
    }

    /** Whether the weights at the end of this epoch are averaged in or copied. */
    public boolean takes(int epoch, RunLength run) {
      long ended = epoch - first(run) + 1;
      return ended < 1 || (ended - 1) % cycle == 0;
    }

    // The first epoch whose final weights are averaged.
    private long first(RunLength run) {
      return Math.max(0, (long) Math.ceil(from.in(run) / run.stepsPerEpoch()) - 1);
    }

    @Override
    public boolean needsStatistics(int epoch, RunLength run) {
      return count(epoch, run) > 1;
    }

    @Override
    public double rate(long step, double scheduled, RunLength run) {
      double start = (first(run) + 1.0) * run.stepsPerEpoch();
      if (rate == 0 || step < start) {
        return scheduled;
      }
      double length = (double) cycle * run.stepsPerEpoch();
      double t = ((step - start) % length + 1) / length;
      return (1 - t) * rate + t * low;
    }
  }

  /** Returns no average. */
  static WeightAverage none() {
    return new None();
  }

  /** Returns the settings as plain text and numbers, as recipes store them. */
  default Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("decay", this instanceof Exponential e ? e.decay() : 0.0);
    map.put("warm_up", !(this instanceof Exponential e) || e.warmUp());
    if (this instanceof Stochastic s) {
      map.put("swa_from", s.from().toString());
      map.put("swa_rate", s.rate());
      // Omitted if equal to the rate, so that it keeps following the rate when that is changed.
      if (s.low() != s.rate()) {
        map.put("swa_low", s.low());
      }
      map.put("swa_cycle", (double) s.cycle());
    }
    return map;
  }

  /**
   * Reads what {@link #toMap} wrote: a {@code decay} above 0, {@code swa_from}, or neither.
   *
   * @throws OptimException if both are given or one is out of range
   */
  static WeightAverage of(Map<String, ?> map) {
    Settings s = new Settings("weight average", map);
    double decay = s.number("decay", 0);
    boolean warmUp = s.flag("warm_up", true);
    String from = s.text("swa_from", "");
    double rate = s.number("swa_rate", 0);
    double low = s.number("swa_low", rate);
    int cycle = s.whole("swa_cycle", 1);
    OptimException.check(
        decay == 0 || from.isEmpty(), "an exponential average (decay) or swa_from", "both");
    return s.end(
        !from.isEmpty()
            ? new Stochastic(TrainingLength.parse(from), rate, low, cycle)
            : decay == 0 ? new None() : new Exponential(decay, warmUp));
  }
}
