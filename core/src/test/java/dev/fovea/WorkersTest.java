package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
  @Test
  void aTaskThatGetsNoThreadFailsAndLaterOnesDoNot() {
    AtomicBoolean scarce = new AtomicBoolean(true);
    try (Workers workers =
        new Workers(
            1,
            task -> {
              if (scarce.get()) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              return new Thread(task, "test-reader");
            })) {
      CompletableFuture<String> refused =
          workers.start(() -> CompletableFuture.completedFuture("read"));
      assertThatThrownBy(() -> BatchQueue.await(refused))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("unable to create native thread");
      scarce.set(false);
      assertThat(workers.start(() -> CompletableFuture.completedFuture("read")).join())
          .isEqualTo("read");
    }
  }
}
