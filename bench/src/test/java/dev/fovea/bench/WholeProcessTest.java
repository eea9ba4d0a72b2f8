package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WholeProcessTest {
  private static final List<Path> FILES = List.of(Path.of("a.jpg"), Path.of("b.jpg"));

  @Test
  void aProgramThatAnswersForEveryFileIsTimed() {
    assertThat(shell("sleep 0.2; for f; do echo \"$WORD $f\"; done").seconds(FILES))
        .isGreaterThanOrEqualTo(0.2);
  }

  @Test
  void aProgramThatLeavesAFileOutIsRefused() {
    assertThatThrownBy(() -> shell("echo $1").seconds(FILES))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("answered 1 times for 2 files");
  }

  @Test
  void aProgramThatFailsIsNamedWithItsExitCode() {
    assertThatThrownBy(() -> shell("exit 3").seconds(FILES))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("shell ended with exit code 3");
  }

  private static WholeProcess shell(String script) {
    return new WholeProcess("shell", List.of("sh", "-c", script, "sh"), Map.of("WORD", "seen"));
  }
}
