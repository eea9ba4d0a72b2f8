package dev.fovea.bench.growth;

/**
 * How one rank reaches the next; both directions are free at once.
 *
 * @param bytesPerSecond of gradients, headers taken off
 * @param latency seconds from the moment in which a rank sends a short message to that in which the
 *     next can send it on
 */
record Link(double bytesPerSecond, double latency) {
  // Of the 1538 bytes that a full packet takes on Ethernet, TCP carries 1448.
  private static final double PAYLOAD = 1448.0 / 1538;

  /**
   * A link of a network.
   *
   * @param bitsPerSecond of the network
   * @param ring how fast two ranks sum where no network limits them, in bytes per second
   */
  static Link of(double bitsPerSecond, double latency, double ring) {
    return new Link(Math.min(bitsPerSecond / 8 * PAYLOAD, ring), latency);
  }

  /** Seconds of a sum over ranks: each value goes around twice, but for the part of one rank. */
  double sum(int ranks, long bytes) {
    return 2.0 * (ranks - 1) / ranks * bytes / bytesPerSecond + 2 * (ranks - 1) * latency;
  }

  /** Seconds until each of the ranks has a short message of every other. */
  double gather(int ranks) {
    return (ranks - 1) * latency;
  }
}
