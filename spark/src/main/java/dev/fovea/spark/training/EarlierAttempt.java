package dev.fovea.spark.training;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.collective.CollectiveException;
import dev.fovea.data.image.IoReason;
import dev.fovea.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * What an attempt of the stage that Spark has given up leaves in the run folder: for a moment its
 * rank 0, if there are more slots than ranks; and a model, if it was ended between writing the
 * first one and the first state.
 *
 * @param folder of the run
 * @param patience how long to wait for the earlier rank 0
 * @param unwanted whether Spark has given up this attempt too
 */
record EarlierAttempt(RunFolder folder, Duration patience, BooleanSupplier unwanted) {
  private static final long POLL_MILLIS = 100;

  /**
   * Waits until nobody writes to the folder, and removes a model without a state, with which the
   * folder would count as that of another run.
   *
   * @throws CheckpointException if the folder is still in use in the end
   */
  void clear() {
    RunLock lock = lock();
    try {
      if (!Files.exists(folder.state())) {
        Files.deleteIfExists(folder.model());
      }
    } catch (IOException e) {
      throw new CheckpointException(
          folder.model()
              + ": an earlier attempt has left it, and it cannot be removed: "
              + IoReason.of(e)
              + "; remove it, and train again",
          e);
    } finally {
      lock.close();
    }
  }

  private RunLock lock() {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return RunLock.take(folder.path());
      } catch (CheckpointException e) {
        if (System.nanoTime() - end >= 0 || unwanted.getAsBoolean()) {
          throw e;
        }
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CollectiveException(
            "interrupted while an earlier attempt still used " + folder.path(), e);
      }
    }
  }
}
