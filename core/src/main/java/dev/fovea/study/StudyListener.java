package dev.fovea.study;

/** Hears what an experiment does. */
@FunctionalInterface
public interface StudyListener {
  /** Called on the thread that runs the experiment. */
  void on(StudyEvent event);
}
