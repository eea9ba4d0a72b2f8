package dev.fovea.spark.model;

import dev.fovea.ClassifierOptions;
import dev.fovea.SharedCores;
import dev.fovea.program.Precision;
import java.io.Serializable;

/**
 * How executors compile a model. Immutable, and sent to executors.
 *
 * @param threads of a program; 0 for all cores of the machine or container that an executor sees
 * @param mostThreads no program has more than this, or than there are cores, unless {@code threads}
 *     says so; 0 for no limit
 * @param precision its label; empty for the number format that is fastest on the executor
 * @param batch the most images that are computed together
 */
public record ProgramOptions(int threads, int mostThreads, String precision, int batch)
    implements Serializable {
  /** More than all tasks of an executor ever have on the way. */
  private static final int WAITING = 1 << 20;

  /** The threads of a program on this machine. */
  int threadsHere() {
    if (threads > 0) {
      return threads;
    }
    int cores = Runtime.getRuntime().availableProcessors();
    return mostThreads > 0 ? Math.min(mostThreads, cores) : cores;
  }

  ClassifierOptions classifier(SharedCores cores) {
    ClassifierOptions options =
        ClassifierOptions.standard()
            .threads(threadsHere())
            .batch(batch)
            .waiting(WAITING)
            .sharing(cores)
            // Nothing of a caller runs there, answers are only put down.
            .answering(Runnable::run)
            .compilingAtOnce();
    return precision.isEmpty() ? options : options.precision(Precision.parse(precision));
  }
}
