package dev.fovea.bench;

import dev.fovea.bench.load.ClosedLoop;
import dev.fovea.bench.load.Question;
import dev.fovea.bench.load.ServedProcess;
import dev.fovea.bench.load.Tally;
import java.util.List;

/**
 * A server under a closed loop as one of the sides that take turns; a step is a batch of images.
 *
 * @param batch images per step
 * @param tally takes what became of all requests
 */
record HttpSide(
    String name,
    ServedProcess served,
    int connections,
    int batch,
    List<Question> questions,
    Tally tally)
    implements Side {

  @Override
  public double run(int steps) {
    // What is under way at the start and at the end is not timed.
    return ClosedLoop.seconds(
        served.target(), connections, questions, connections, steps * batch, tally);
  }

  @Override
  public void rest() {
    served.figures().rest();
  }

  @Override
  public long peakResident() {
    return served.figures().peakResident();
  }

  /** The server is closed by whoever started it. */
  @Override
  public void close() {}
}
