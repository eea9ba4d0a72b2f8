package dev.fovea.study;

import dev.fovea.train.TrainEvent;

/** What an experiment tells while it goes on; on the thread that runs it. */
public sealed interface StudyEvent {
  /**
   * Everything is laid out; the first run follows.
   *
   * @param runs how many trainings there are, those included that were finished before
   */
  record Planned(Plan plan, int runs) implements StudyEvent {}

  /**
   * A training begins.
   *
   * @param number counted from 1
   */
  record RunBegan(int number, String arm, long seed) implements StudyEvent {}

  /** What the training itself tells. */
  record Training(TrainEvent event) implements StudyEvent {}

  /**
   * A training is finished.
   *
   * @param before whether it was found finished in the folder
   */
  record RunEnded(int number, TrainedRun run, boolean before) implements StudyEvent {}

  /** Something else is measured now. */
  record Measuring(String what) implements StudyEvent {}
}
