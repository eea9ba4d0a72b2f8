package dev.fovea.train;

/** Receives events from a training run, on the training thread; must return quickly. */
@FunctionalInterface
public interface TrainListener {
  /** Handles an event; an exception ends the run. */
  void on(TrainEvent event);
}
