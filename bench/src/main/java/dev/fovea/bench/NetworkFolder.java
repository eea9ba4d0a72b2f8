package dev.fovea.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A temporary folder of networks; deleted with its files on closing. */
final class NetworkFolder implements AutoCloseable {
  private final Path path;

  NetworkFolder() {
    try {
      this.path = Files.createTempDirectory("fovea-bench");
      // For a call that is interrupted.
      Runtime.getRuntime().addShutdownHook(new Thread(this::close, "delete-networks"));
    } catch (IOException e) {
      throw new BenchException("cannot create a folder for networks: " + e.getMessage(), e);
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.list(path)) {
      List<Path> all = files.toList();
      for (Path file : all) {
        Files.delete(file);
      }
      Files.delete(path);
    } catch (IOException e) {
      throw new BenchException("cannot delete " + path + ": " + e.getMessage(), e);
    }
  }
}
