package dev.fovea.onnx.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.tensor.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** ONNX Runtime and OpenVINO, in one Python process that answers line by line. */
final class BothRuntimes implements AutoCloseable {
  private final Path folder;
  private final Process python;
  private final PrintWriter asks;
  private final BufferedReader answers;

  /** Starts the interpreter that {@code fovea.python} names; inputs are written to the folder. */
  BothRuntimes(Path folder) throws IOException {
    this.folder = folder;
    String interpreter =
        Objects.requireNonNull(System.getProperty("fovea.python"), "set -Dfovea.python");
    python =
        new ProcessBuilder(interpreter, "src/test/resources/interop/run_both.py")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    asks = new PrintWriter(python.outputWriter(StandardCharsets.UTF_8), true);
    answers = python.inputReader(StandardCharsets.UTF_8);
  }

  /** What each computes from a batch of images of this shape, by its name. */
  Map<String, double[]> run(Path model, float[] images, Shape shape) throws IOException {
    Path in = folder.resolve("in");
    Files.write(in, OnnxRuntime.bytes(images));
    long batch = images.length / shape.elements();
    asks.println(
        model
            + "\t"
            + in
            + "\t"
            + batch
            + ","
            + shape.dim(0)
            + ","
            + shape.dim(1)
            + ","
            + shape.dim(2));
    Map<String, double[]> found = new LinkedHashMap<>();
    for (String runtime : List.of("ONNX Runtime", "OpenVINO")) {
      String answer = answers.readLine();
      assertThat(answer).as(runtime).startsWith("[");
      found.put(
          runtime,
          Arrays.stream(answer.substring(1, answer.length() - 1).split(","))
              .mapToDouble(Double::parseDouble)
              .toArray());
    }
    return found;
  }

  @Override
  public void close() throws InterruptedException {
    asks.close();
    python.waitFor();
  }
}
