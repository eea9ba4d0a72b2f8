package dev.fovea.study;

import java.util.List;

/**
 * Looks into a network while it trains. Called on the training thread; closed when the run ends,
 * however it ends.
 */
public interface TrainingObserver extends AutoCloseable {

  /**
   * Looks once.
   *
   * @param step optimizer steps made so far, 0 before the first
   */
  void look(long step);

  /** Looks at the finished network, after the last step of a run that came to its end. */
  default void atEnd() {}

  /** What was seen; x is the steps, or whatever the study's plot has there. */
  List<Series> seen();

  @Override
  void close();
}
