package dev.fovea.study;

import dev.fovea.train.TrainEvent;

/** An event of an experiment, delivered on the thread that runs it. */
public sealed interface StudyEvent {
  /**
   * The study is planned; the first run follows.
   *
   * @param runs the number of training runs, including those finished earlier
   */
  record Planned(Plan plan, int runs) implements StudyEvent {}

  /**
   * A training run starts.
   *
   * @param number counted from 1
   */
  record RunBegan(int number, String arm, long seed) implements StudyEvent {}

  /** An event of the current training run. */
  record Training(TrainEvent event) implements StudyEvent {}

  /**
   * A training run has ended.
   *
   * @param before whether it was already finished when the study started
   */
  record RunEnded(int number, TrainedRun run, boolean before) implements StudyEvent {}

  /** A measurement other than training starts. */
  record Measuring(String what) implements StudyEvent {}
}
