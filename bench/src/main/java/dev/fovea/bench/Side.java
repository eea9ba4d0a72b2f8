package dev.fovea.bench;

/** One of the two that take turns: a network that is set up and waits. */
interface Side extends AutoCloseable {

  String name();

  /** Runs so many steps; the wall time in seconds that they took. */
  double run(int steps);

  /** Returns when the side uses no processor time any more. */
  void rest();

  /** Peak resident memory so far, bytes. */
  long peakResident();

  @Override
  void close();
}
