package dev.fovea.optim;

/**
 * The learning rate of every step of a run: the scheduled rate, unless stochastic weight averaging
 * sets one.
 *
 * @param schedule rate, warm-up and schedule
 * @param average may override the rate once stochastic weight averaging has started
 * @param length the length of the run, which the schedule spans
 */
public record LearningRates(LearningRate schedule, WeightAverage average, RunLength length) {

  /** Returns the rate of a step, counted from 0. */
  public double at(long step) {
    return average.rate(step, schedule.at(step, length), length);
  }
}
