package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.console.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands of the README, which need data that is not here, are at least understood. */
class ReadmeTest {
  private static final Pattern FENCED = Pattern.compile("(?ms)^```\\n(.*?)^```");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @Test
  void everyCommandOfTheReadmeIsUnderstood() throws IOException {
    Matcher blocks = FENCED.matcher(Files.readString(Path.of("../README.md")));
    List<String> commands = new ArrayList<>();
    while (blocks.find()) {
      blocks.group(1).lines().filter(l -> l.startsWith("./fovea ")).forEach(commands::add);
    }
    assertThat(commands).hasSizeGreaterThan(20);
    for (String command : commands) {
      List<String> words = new ArrayList<>();
      Matcher word = WORD.matcher(command.replaceFirst("\\s+# .*", "").substring(8));
      while (word.find()) {
        words.add(word.group(1) != null ? word.group(1) : word.group(2));
      }
      CommandLine main =
          Main.commandLine(new Terminal(System.out, System.err, Map.of(), false, () -> 80));
      CommandLine.ParseResult parsed = main.parseArgs(words.toArray(String[]::new));
      assertThat(parsed.hasSubcommand()).as(command).isTrue();
    }
  }
}
