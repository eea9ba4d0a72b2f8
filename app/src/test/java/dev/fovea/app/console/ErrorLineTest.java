package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.train.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorLineTest {
  private static final Set<String> ALL = Set.of("--batch", "--run");

  static Stream<Arguments> problems() {
    return Stream.of(
        Arguments.of(new NoSuchFileException("a.png"), "a.png: no such file or folder"),
        Arguments.of(
            new UncheckedIOException(new AccessDeniedException("d")), "d: permission denied"),
        Arguments.of(
            new FileSystemException("m.safetensors", null, "No space left on device"),
            "m.safetensors: No space left on device; free some space"),
        Arguments.of(new IOException("odd"), "input or output failed: odd"),
        Arguments.of(new OutOfMemoryError("Java heap space"), "lower --batch"),
        Arguments.of(
            new OutOfMemoryError("unable to create native thread: x"),
            "cannot start another thread"),
        Arguments.of(new UnsatisfiedLinkError("no jnidnnl in java.library.path"), "fovea doctor"),
        Arguments.of(new NoClassDefFoundError("Could not initialize class X"), "fovea doctor"),
        Arguments.of(
            new ExceptionInInitializerError(new UnsatisfiedLinkError("boo")), "fovea doctor"),
        Arguments.of(
            new CommandException("oneDNN could not be loaded", new UnsatisfiedLinkError("no")),
            "oneDNN could not be loaded; 'fovea doctor' finds the cause"),
        Arguments.of(new StackOverflowError(), "ran out of stack"),
        Arguments.of(
            new IllegalStateException("hm\n  two"), "unexpected IllegalStateException: hm two"),
        Arguments.of(new ExecutionException(new CommandException("plain")), "plain"),
        Arguments.of(
            new ConfigException("check learning.batch"), "check --batch (learning.batch)"));
  }

  @Test
  void aFlagThatTheCommandDoesNotHaveIsNotNamed() {
    assertThat(ErrorLine.of(new OutOfMemoryError("Java heap space"), Set.of()))
        .contains("FOVEA_JAVA_OPTS=-Xmx8g")
        .doesNotContain("--batch");
    assertThat(ErrorLine.of(new ConfigException("check learning.batch"), Set.of()))
        .isEqualTo("check learning.batch");
  }

  @Test
  void whatTheUserWroteIsNotTranslated() {
    assertThat(ErrorLine.of(new UsageException("--set: did you mean learning.batch?"), ALL))
        .isEqualTo("--set: did you mean learning.batch?");
  }

  @Test
  void aSettingIsTranslatedOnce() {
    assertThat(ErrorLine.of(new ConfigException("check output.folder"), ALL))
        .isEqualTo("check --run (output.folder)");
  }

  @ParameterizedTest
  @MethodSource("problems")
  void everyProblemBecomesOneLine(Throwable problem, String expected) {
    assertThat(ErrorLine.of(problem, Set.of("--batch"))).contains(expected).doesNotContain("\n");
  }

  @Test
  void aSettingIsTranslatedToItsFlagOnce() {
    assertThat(ErrorLine.of(new ConfigException("learning.batch is 16; lower learning.batch"), ALL))
        .isEqualTo("--batch (learning.batch) is 16; lower --batch");
  }

  @Test
  void wordsOfTheCommandLineStayAsTheyAre() {
    assertThat(ErrorLine.of(new UsageException("--set learning.batch=x: expected a number"), ALL))
        .isEqualTo("--set learning.batch=x: expected a number");
  }
}
