package dev.fovea.study;

import java.util.List;

/**
 * Looks into a network while it trains. Called on the training thread; closed when the run ends,
 * however it ends.
 */
public interface Observer extends AutoCloseable {

  /**
   * Looks once.
   *
   * @param step optimizer steps made so far, 0 before the first
   */
  void look(long step);

  /** What was seen, with the steps as x. */
  List<Series> seen();

  @Override
  void close();
}
