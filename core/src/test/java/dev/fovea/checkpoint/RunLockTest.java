package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

  /** Holds the lock of a folder until it is killed. */
  public static final class Holder {
    private Holder() {}

    /** Prints a line once it has the lock. */
    public static void main(String[] args) throws InterruptedException {
      try (RunLock lock = RunLock.take(Path.of(args[0]))) {
        System.out.println("locked " + (lock != null));
        Thread.sleep(60_000);
      }
    }
  }

  @Test
  void aSecondHolderInTheSameProcessIsRefused(@TempDir Path temp) {
    try (RunLock first = RunLock.take(temp)) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> RunLock.take(temp))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid());
    }
    RunLock.take(temp).close();
  }

  @Test
  void anotherProcessIsNamedAndItsLockEndsWithIt(@TempDir Path temp) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process holder =
        new ProcessBuilder(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                temp.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(holder.inputReader().readLine()).startsWith("locked");
      assertThatThrownBy(() -> RunLock.take(temp))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(temp.toString())
          .hasMessageContaining("process " + holder.pid());
    } finally {
      holder.destroyForcibly().waitFor();
    }
    RunLock.take(temp).close();
  }

  @Test
  void aFolderThatIsNotThereIsRefused(@TempDir Path temp) {
    Path folder = temp.resolve("none");
    assertThatThrownBy(() -> RunLock.take(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(folder.toString());
    assertThat(Files.exists(folder)).isFalse();
  }
}
