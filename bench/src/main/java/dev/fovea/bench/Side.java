package dev.fovea.bench;

/** One of the programs that take turns: a network that is set up and waits for requests. */
interface Side extends AutoCloseable {

  String name();

  /** Runs {@code steps} steps; returns their wall time in seconds. */
  double run(int steps);

  /** Waits until the side no longer uses CPU time. */
  void rest();

  /** Peak resident memory so far, in bytes. */
  long peakResident();

  @Override
  void close();
}
