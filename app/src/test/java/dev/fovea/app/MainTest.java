package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.console.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {

  @Test
  void withoutACommandItShowsItsHelp() {
    CommandLineRun run = CommandLineRun.of().succeeds();
    assertThat(run.out())
        .contains("Usage: fovea COMMAND", "models", "Exit codes: 0 done, 1 failed");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void everyCommandHasHelpThatFitsOneHundredColumns() {
    for (String name :
        Main.commandLine(new Terminal(System.out, System.err, Map.of(), false, () -> 80))
            .getSubcommands()
            .keySet()) {
      CommandLineRun run = CommandLineRun.of(name, "--help").succeeds();
      assertThat(run.out()).as(name).contains("fovea " + name, "--help");
      assertThat(run.out().lines()).as(name).allMatch(l -> l.length() <= 100);
    }
  }

  @Test
  void thePageOfCommandsHoldsTheHelpOfEveryCommandAsItIsPrinted() throws IOException {
    String page = Files.readString(Path.of("../docs/commands.md"));
    Set<String> seen = new TreeSet<>();
    Matcher block =
        Pattern.compile("```text\n([^`]*?\nUsage: fovea((?: [a-z][a-z-]*)+)[^`]*)```")
            .matcher(page);
    while (block.find()) {
      String[] command = block.group(2).strip().split(" ");
      seen.add(command[0]);
      String[] asked = Arrays.copyOf(command, command.length + 1);
      asked[command.length] = "--help";
      assertThat(block.group(1))
          .as("help of %s", block.group(2))
          .isEqualTo(CommandLineRun.of(asked).succeeds().out());
    }
    assertThat(seen)
        .isEqualTo(
            Main.commandLine(new Terminal(System.out, System.err, Map.of(), false, () -> 80))
                .getSubcommands()
                .keySet());
  }

  @ParameterizedTest
  @CsvSource({
    "model, models",
    "modles, models",
    "sumary, summary",
    "completions, completion",
  })
  void aMisspeltCommandIsToldTheRightOne(String wrong, String right) {
    CommandLineRun.of(wrong)
        .failsWith(2, "unknown command '" + wrong + "'", "Did you mean " + right);
  }

  @Test
  void aCommandLikeNoOtherIsToldAllOfThem() {
    CommandLineRun.of("xyzzy").failsWith(2, "unknown command 'xyzzy'", "There are ", "models");
  }

  @Test
  void aMisspeltOptionIsToldTheRightOne() {
    CommandLineRun.of("models", "--jsno")
        .failsWith(2, "unknown option '--jsno'", "Did you mean --json?");
    CommandLineRun.of("summary", "resnet20", "--inptu=32")
        .failsWith(2, "'--inptu'", "Did you mean --input?");
  }

  @Test
  void resultsThatCannotBeWrittenAreAFailure() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal full =
        new Terminal(new Refusing("No space left on device"), err, Map.of(), false, () -> 80);
    assertThat(Main.run(new String[] {"models"}, full)).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("No space left on device")
        .hasLineCount(1);
  }

  @Test
  void aReaderThatLeftEndsTheCommandQuietly() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal pipe = new Terminal(new Refusing("Broken pipe"), err, Map.of(), false, () -> 80);
    assertThat(Main.run(new String[] {"models"}, pipe)).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void theCompletionScriptKnowsTheCommands() {
    assertThat(CommandLineRun.of("completion").succeeds().out())
        .contains("complete ", "models", "--json");
  }

  private static final class Refusing extends OutputStream {
    private final String why;

    Refusing(String why) {
      this.why = why;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(why);
    }
  }
}
