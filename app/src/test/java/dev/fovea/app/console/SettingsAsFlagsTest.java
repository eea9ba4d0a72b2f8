package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsAsFlagsTest {
  private static final Set<String> ALL =
      Stream.concat(
              Stream.of("--resume"),
              SettingsAsFlags.FLAGS.values().stream().flatMap(f -> Stream.of(f.split(" or "))))
          .collect(Collectors.toUnmodifiableSet());
  private static final Pattern FLAG =
      Pattern.compile("add\\(\\s*\\w+,\\s*\"(--[a-z-]+)\",\\s*\"([a-zA-Z_.]+)\"");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          learning.batch is 9; lower learning.batch | --batch (learning.batch) is 9; lower --batch
          output.saveEvery: cannot read 'x'         | --save-every (output.saveEvery): cannot read 'x'
          set engine.memory to low.                 | set --memory (engine.memory) to low.
          choose another (output.folder)            | choose another (--run (output.folder))
          learning.rate.schedule.name is x          | learning.rate.schedule.name is x
          /runs/data.source: no such file           | /runs/data.source: no such file
          data.source/cat.png is damaged            | data.source/cat.png is damaged
          model.safetensors beside it               | model.safetensors beside it
          set output.resume to true, or wait        | give --resume, or wait
          """)
  void messagesNameFlags(String said, String shown) {
    assertThat(SettingsAsFlags.translate(said, ALL)).isEqualTo(shown);
  }

  @Test
  void onlyFlagsOfTheCommandAreNamed() {
    String memory = "use a smaller learning.batch, or set engine.memory to low";
    assertThat(SettingsAsFlags.translate(memory, Set.of("--batch", "--memory")))
        .isEqualTo(
            "use a smaller --batch (learning.batch), or set --memory (engine.memory) to low");
    assertThat(SettingsAsFlags.translate(memory, Set.of("--batch")))
        .isEqualTo("use a smaller --batch (learning.batch)");
    assertThat(SettingsAsFlags.translate(memory + ", which keeps less", Set.of()))
        .isEqualTo("use a smaller learning.batch");
    assertThat(SettingsAsFlags.translate("set output.resume to true", Set.of("--run")))
        .isEqualTo("set output.resume to true");
  }

  @Test
  void theTableIsThatOfTheFlags() throws IOException {
    Map<String, Set<String>> flags = new TreeMap<>();
    Matcher m = FLAG.matcher(sources(Path.of("src/main/java")));
    while (m.find()) {
      flags
          .computeIfAbsent(SettingsAsFlags.snakeCase(m.group(2)), k -> new TreeSet<>())
          .add(m.group(1));
    }
    // These set more than what they are called after.
    flags.forEach(
        (key, names) -> {
          names.removeIf(f -> f.equals("--overfit") && !key.equals("data.overfit"));
          names.removeIf(f -> f.equals("--clip") && key.endsWith("clipping.value"));
          names.removeIf(f -> f.equals("--clip-value") && key.endsWith("clipping.norm"));
        });
    Map<String, String> found = new TreeMap<>();
    flags.forEach((key, names) -> found.put(key, String.join(" or ", names)));
    assertThat(found)
        .hasSizeGreaterThan(30)
        .containsExactlyInAnyOrderEntriesOf(SettingsAsFlags.FLAGS);
  }

  @Test
  void theFlagsOfAPackAreOptionsOfItsCommand() throws IOException {
    String command =
        Files.readString(Path.of("src/main/java/dev/fovea/app/command/DataPackCommand.java"))
            + Files.readString(Path.of("src/main/java/dev/fovea/app/option/ImageLimit.java"));
    assertThat(SettingsAsFlags.PACK_FLAGS.values())
        .allSatisfy(f -> assertThat(command).contains("\"" + f + "\""));
  }

  @Test
  void theFlagsOfAFineTuningAreOptionsOfItsCommand() throws IOException {
    String command =
        Files.readString(Path.of("src/main/java/dev/fovea/app/option/FinetuneFlags.java"));
    assertThat(SettingsAsFlags.FINETUNE_FLAGS.values())
        .allSatisfy(f -> assertThat(command).contains("\"" + f + "\""));
  }

  @Test
  void everyPhraseIsOneThatTheLibrarySays() throws IOException {
    String core = sources(Path.of("../core/src/main/java")).replaceAll("\"\\s*\\+\\s*\"", "");
    assertThat(SettingsAsFlags.PHRASES.keySet()).allSatisfy(p -> assertThat(core).contains(p));
  }

  private static String sources(Path root) throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(f -> f.toString().endsWith(".java"))
          .sorted()
          .forEach(
              f -> {
                try {
                  all.append(Files.readString(f));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
    return all.toString();
  }
}
