package dev.fovea.study;

/** Receives events from an experiment. */
@FunctionalInterface
public interface StudyListener {
  /** Handles an event, on the thread that runs the experiment. */
  void on(StudyEvent event);
}
