package dev.fovea.study;

import java.util.List;

/**
 * Observes a network during training. Called on the training thread; closed whenever the run ends,
 * including on failure.
 */
public interface TrainingObserver extends AutoCloseable {

  /**
   * Observes the network once.
   *
   * @param step optimizer steps completed; 0 before the first
   */
  void look(long step);

  /** Observes the finished network, after the last step of a completed run. */
  default void atEnd() {}

  /** Returns the recorded series; x is in steps unless the study plots another quantity. */
  List<Series> seen();

  @Override
  void close();
}
