package dev.fovea.spark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EarlierAttemptTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir private Path folder;

  @Test
  void theNextAttemptWaitsUntilItsRankZeroHasLetGoOfTheFolder() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    EarlierAttempt earlier =
        new EarlierAttempt(
            new RunFolder(folder),
            LONG,
            () -> {
              asked.countDown();
              return false;
            });
    Thread next = new Thread(earlier::clear);
    try (RunLock held = RunLock.take(folder)) {
      next.start();
      asked.await();
      assertThat(next.isAlive()).isTrue();
      assertThat(held).isNotNull();
    }
    next.join();
    RunLock.take(folder).close();
  }

  @Test
  void itDoesNotWaitForEverNorWhenItIsUnwantedItself() {
    RunFolder run = new RunFolder(folder);
    try (RunLock held = RunLock.take(folder)) {
      assertThat(held).isNotNull();
      assertThatThrownBy(new EarlierAttempt(run, Duration.ZERO, () -> false)::clear)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("is in use by process");
      assertThatThrownBy(new EarlierAttempt(run, LONG, () -> true)::clear)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void aModelWithoutStateIsRemovedAndOneWithAStateKept() throws Exception {
    RunFolder run = new RunFolder(folder);
    EarlierAttempt earlier = new EarlierAttempt(run, LONG, () -> false);
    Files.writeString(run.model(), "a model");
    earlier.clear();
    assertThat(run.holdsRun()).isFalse();

    Files.writeString(run.model(), "a model");
    Files.writeString(run.state(), "a state");
    earlier.clear();
    assertThat(run.model()).exists();
  }
}
