package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.fovea.app.console.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A command run in this process with its streams captured. */
public record CommandLineRun(int code, String out, String err) {

  public static CommandLineRun of(String... args) {
    return in(Map.of(), args);
  }

  /** The same with variables of the environment. */
  public static CommandLineRun in(Map<String, String> environment, String... args) {
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("LANG", "C.UTF-8");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal = new Terminal(out, err, variables, false, () -> 80);
    int code = Main.run(args, terminal);
    return new CommandLineRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /**
   * Fails unless the command ended with this code, without results, and one line that contains the
   * texts.
   */
  public CommandLineRun failsWith(int expected, String... texts) {
    assertThat(code).as(err).isEqualTo(expected);
    assertThat(out).isEmpty();
    assertThat(err.lines().toList()).as("one line of error").hasSize(1);
    assertThat(err).contains(texts).contains("error:").doesNotContain("Exception");
    return this;
  }

  /** Fails unless the command succeeded. */
  public CommandLineRun succeeds() {
    assertThat(code).as(err).isZero();
    return this;
  }

  /**
   * Each line of the results as what JSON makes of it; fails where a line is not one JSON value.
   */
  public List<JsonValue> json() {
    List<JsonValue> values = new ArrayList<>();
    out.lines().forEach(line -> values.add(parse(line)));
    return values;
  }

  private static JsonValue parse(String line) {
    try (JsonParser p = new JsonFactory().createParser(line)) {
      p.nextToken();
      JsonValue value = JsonValue.read(p);
      assertThat(p.nextToken()).as("the end of the line %s", line).isNull();
      return value;
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + line, e);
    }
  }
}
