package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class DataPackCommandTest {
  private static final String SHAPES = "shapes(size=16,count=40)";

  @TempDir private Path folder;

  private CommandLineRun pack(String... more) {
    String[] first = {"data", "pack", SHAPES, "-o", folder.resolve("pack").toString()};
    return CommandLineRun.of(Stream.of(first, more).flatMap(Stream::of).toArray(String[]::new));
  }
}
