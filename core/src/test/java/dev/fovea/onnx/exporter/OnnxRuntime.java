package dev.fovea.onnx.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** ONNX's checker and ONNX Runtime, in one Python process that answers line by line. */
public final class OnnxRuntime implements AutoCloseable {
  private final Path folder;
  private final Process python;
  private final PrintWriter asks;
  private final BufferedReader answers;

  /** Starts the interpreter that {@code fovea.python} names; inputs are written to the folder. */
  public OnnxRuntime(Path folder) throws IOException {
    this.folder = folder;
    String interpreter =
        Objects.requireNonNull(System.getProperty("fovea.python"), "set -Dfovea.python");
    python =
        new ProcessBuilder(interpreter, "src/test/resources/interop/check_onnx.py")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    asks = new PrintWriter(python.outputWriter(StandardCharsets.UTF_8), true);
    answers = python.inputReader(StandardCharsets.UTF_8);
  }

  /** Its first output for an input of this shape. */
  public float[] run(Path model, byte[] input, String shape) throws IOException {
    Files.write(folder.resolve("in"), input);
    asks.println(model + "\t" + folder.resolve("in") + "\t" + shape);
    String answer = answers.readLine();
    assertThat(answer).as(model.toString()).startsWith("[");
    String[] texts = answer.substring(1, answer.length() - 1).split(",");
    float[] values = new float[texts.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(texts[i].strip());
    }
    return values;
  }

  /** The bytes of numbers, as an input. */
  public static byte[] bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  @Override
  public void close() throws InterruptedException {
    asks.close();
    python.waitFor();
  }
}
