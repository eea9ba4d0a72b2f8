package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library's messages name settings, not command-line flags; module app translates them. */
class MessagesTest {
  // A comment, character, text block or string, whichever starts first.
  private static final Pattern TOKEN =
      Pattern.compile(
          "//[^\\n]*|/\\*.*?\\*/|'(?:[^'\\\\]|\\\\.)+'|\"\"\".*?\"\"\"|\"((?:[^\"\\\\]|\\\\.)*+)\"",
          Pattern.DOTALL);
  private static final Pattern CONCATENATION = Pattern.compile("\\s*\\+\\s*");
  private static final Pattern FLAG = Pattern.compile("(?<!\\btar)(?:^|[\\s('`])--[a-z]");
  private static final Pattern COMMAND = Pattern.compile("(?:^|[\\s('`])fovea [a-z]");

  @Test
  void noMessageOfTheLibraryNamesAFlagOrACommand() throws IOException {
    List<String> found = new ArrayList<>();
    int seen = 0;
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        for (String text : strings(Files.readString(file))) {
          seen++;
          if (speaksOfCommands(text)) {
            found.add(file.getFileName() + ": " + text);
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(2000);
    assertThat(found).isEmpty();
  }

  @Test
  void theSearchSeesStringsInPiecesAndNoComments() {
    String source =
        """
        /* "a --flag" */ // "fovea train"
        String a = "lower it with"
            + " --ba" + "tch";
        char quote = '"';
        String b = "see `fovea models`", c = "a - b -- c \\" --x";
        """;
    assertThat(strings(source))
        .containsExactly("lower it with --batch", "see `fovea models`", "a - b -- c \\\" --x")
        .allMatch(MessagesTest::speaksOfCommands);
    assertThat(
            List.of(
                "tar --dereference", "fovea.model", "Fovea reads", "a -- b", "x--y", "the fovea"))
        .noneMatch(MessagesTest::speaksOfCommands);
  }

  private static boolean speaksOfCommands(String text) {
    return FLAG.matcher(text).find() || COMMAND.matcher(text).find();
  }

  /** The string literals of a source file; concatenated literals count as one. */
  private static List<String> strings(String source) {
    List<String> all = new ArrayList<>();
    int end = -1;
    Matcher m = TOKEN.matcher(source);
    while (m.find()) {
      String text = m.group(1);
      if (text == null) {
        continue;
      }
      if (end >= 0 && CONCATENATION.matcher(source.substring(end, m.start())).matches()) {
        all.add(all.remove(all.size() - 1) + text);
      } else {
        all.add(text);
      }
      end = m.end();
    }
    return all;
  }
}
