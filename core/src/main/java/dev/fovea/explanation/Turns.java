package dev.fovea.explanation;

/** Where several models share the cores of a machine: whose turn it is. */
@FunctionalInterface
public interface Turns {
  /** Every batch and every image runs at once. */
  Turns NONE = Runnable::run;

  /** Waits for a turn, runs a piece of work on the calling thread, and ends the turn. */
  void use(Runnable work);
}
