package dev.fovea.optim;

/**
 * The learning rate of every step of a run: that of the schedule, unless the weight average
 * prescribes one.
 *
 * @param schedule rate, warm-up and schedule
 * @param average stochastic averaging may set the rate from its start on
 * @param length what the schedule stretches over
 */
public record LearningRates(LearningRate schedule, WeightAverage average, RunLength length) {

  /** The rate of a step, counted from 0. */
  public double at(long step) {
    return average.rate(step, schedule.at(step, length), length);
  }
}
