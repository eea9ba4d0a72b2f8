package dev.fovea.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A program that classifies files and ends: one line of output for each file.
 *
 * @param name the name in the results
 * @param command its command line up to the files
 * @param environment variables added to the driver's environment
 */
record WholeProcess(String name, List<String> command, Map<String, String> environment) {

  /** Runs the program on these files; returns its wall time in seconds, from start to end. */
  double seconds(List<Path> files) {
    List<String> all = new ArrayList<>(command);
    files.forEach(file -> all.add(file.toString()));
    try {
      Path answers = Files.createTempFile("fovea-bench-answers", ".txt");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(all)
                .redirectOutput(answers.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        long start = System.nanoTime();
        int code = builder.start().waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        check(code, answers, files.size());
        return seconds;
      } finally {
        Files.delete(answers);
      }
    } catch (IOException e) {
      throw new BenchException("cannot run " + name + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while " + name + " was running", e);
    }
  }

  private void check(int code, Path answers, int files) throws IOException {
    if (code != 0) {
      throw new BenchException(name + " ended with exit code " + code + "; its output is above");
    }
    try (Stream<String> lines = Files.lines(answers)) {
      long count = lines.count();
      if (count != files) {
        throw new BenchException(
            name + " answered " + count + " times for " + files + " files; expected one line each");
      }
    }
  }
}
