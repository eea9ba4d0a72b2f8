package dev.fovea.train;

/** Somebody who is told what a run does; called on the training thread, so it must be quick. */
@FunctionalInterface
public interface TrainListener {
  /** Takes note of an event; what it throws ends the run. */
  void on(TrainEvent event);
}
