package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.optim.PartValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files in former-keys were written by the last version that had those keys. */
class FormerKeysTest {
  /** Present keys with their former names, wherever they stand. */
  private static final Map<String, String> FORMER =
      Map.ofEntries(
          Map.entry("val_fraction", "valFraction"),
          Map.entry("bad_fraction", "badFraction"),
          Map.entry("memory_mib", "memoryMiB"),
          Map.entry("eval_batch", "evalBatch"),
          Map.entry("save_every", "saveEvery"),
          Map.entry("max_time", "maxTime"),
          Map.entry("evaluate_every", "evaluate_every"),
          Map.entry("groups", "decay"),
          Map.entry("decay_norms", "norms"),
          Map.entry("decay_biases", "biases"),
          Map.entry("lr_scale", "rates"),
          Map.entry("part_decay", "decays"),
          Map.entry("best_epoch", "bestEpoch"),
          Map.entry("best_top1", "bestTop1"));

  /** Recipes whose settings have changed since the keys did. */
  private static final Set<String> CHANGED = Set.of("cifar-fast", "cifar-hour", "finetune");

  static Iterable<String> recipes() {
    return Recipes.names();
  }

  static Iterable<String> unchangedRecipes() {
    return Recipes.names().stream().filter(r -> !CHANGED.contains(r)).toList();
  }

  private static String former(String recipe) throws IOException {
    try (InputStream in =
        FormerKeysTest.class.getResourceAsStream("former-keys/recipes/" + recipe + ".json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @MethodSource("unchangedRecipes")
  void everyRecipeIsTheRunThatItWasUnderItsFormerKeys(String recipe) throws IOException {
    assertThat(RunConfig.parse(former(recipe), recipe)).isEqualTo(RunConfig.named(recipe));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void allKeysAreInSnakeCase(String recipe) {
    assertThat(RunConfig.named(recipe).settings().keySet())
        .allMatch(key -> key.matches("[a-z0-9_]+(\\.[a-z0-9_]+)*"));
  }

  @Test
  void aFileWithFormerKeysIsReadWithANoteThatNamesThePresentOnes(@TempDir Path temp)
      throws IOException {
    Path file =
        Files.writeString(
            temp.resolve("mine.json"),
            """
            {"recipe": "cifar-fast",
             "data": {"valFraction": 0.2, "memoryMiB": 7, "bad_fraction": 0.5},
             "learning": {"update": {"decay": {"rates": ["fc=3"], "norms": true}}},
             "engine": {"evalBatch": 9},
             "output": {"saveEvery": "9s", "maxTime": "3m", "evaluate_every": 2}}
            """);
    List<String> notes = new ArrayList<>();
    RunConfig config = RunConfig.recipe(file.toString(), notes::add);
    assertThat(config.data().valFraction()).isEqualTo(0.2);
    assertThat(config.data().memoryMib()).isEqualTo(7);
    assertThat(config.data().badFraction()).isEqualTo(0.5);
    assertThat(config.learning().update().groups().tuning().lrScale())
        .containsExactly(new PartValue("fc", 3));
    assertThat(config.learning().update().groups().decayNorms()).isTrue();
    assertThat(config.engine().evalBatch()).isEqualTo(9);
    assertThat(config.output().saveEvery()).hasToString("9s");
    assertThat(config.output().maxTime()).hasToString("3m");
    assertThat(config.output().evaluateEvery()).isEqualTo(2);
    assertThat(notes).hasSize(1);
    assertThat(notes.get(0))
        .contains("mine.json", "data.valFraction (now data.val_fraction)")
        .contains("learning.update.decay.rates (now learning.update.groups.lr_scale)")
        .doesNotContain("bad_fraction");
  }

  @Test
  void aFileWithPresentKeysIsReadWithoutANote(@TempDir Path temp) throws IOException {
    RunConfig config = RunConfig.named("cifar-hour");
    Path file = Files.writeString(temp.resolve("c.json"), config.toJson());
    List<String> notes = new ArrayList<>();
    assertThat(RunConfig.recipe(file.toString(), notes::add)).isEqualTo(config);
    assertThat(notes).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "data.valFraction, data.val_fraction",
    "learning.update.decay.weight_decay, learning.update.groups.weight_decay",
    "learning.update.decay.decays, learning.update.groups.part_decay",
    "learning.rate.base, learning.rate.base",
    "no.such.key, no.such.key"
  })
  void aFormerKeyIsUnderstoodWhereOneSettingIsChanged(String former, String present) {
    assertThat(RunConfig.currentKey(former)).isEqualTo(present);
  }

  @Test
  void aSettingUnderItsFormerKeyIsChanged() {
    RunConfig config =
        RunConfig.named("cifar-fast").with("learning.update.decay.rates", "*.bias=2 head=0.5");
    assertThat(config.learning().update().groups().tuning().lrScale())
        .containsExactly(new PartValue("*.bias", 2), new PartValue("head", 0.5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{\"data\": {\"valFraction\": 0.2, \"val_fraction\": 0.3}} | data.val_fraction",
        "{\"learning\": {\"update\": {\"decay\": {}, \"groups\": {}}}} | learning.update.groups"
      })
  void aKeyInBothFormsIsRefused(String json, String key) {
    assertThatThrownBy(() -> RunConfig.parse(json, "mine.json"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("mine.json")
        .hasMessageContaining("'" + key + "'");
  }

  @Test
  void formerNamesAreNotReadUnderTheNewGroup() {
    assertThatThrownBy(
            () ->
                RunConfig.parse(
                    "{\"learning\": {\"update\": {\"groups\": {\"rates\": [\"fc=1\"]}}}}", "m"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'rates'")
        .hasMessageContaining("lr_scale");
  }

  @Test
  void aRunThatWasStoppedUnderFormerKeysGoesOnToTheSameBytes(@TempDir Path temp)
      throws IOException {
    Path whole = temp.resolve("whole");
    TinyRun.run(tuned(whole));
    Path stopped = temp.resolve("stopped");
    TinyRun.runUntil(tuned(stopped), 13);
    RunFolder folder = new RunFolder(stopped);
    Files.writeString(folder.config(), inFormerKeys(Files.readString(folder.config())));
    assertThat(Files.readString(folder.config())).contains("\"valFraction\"", "\"rates\"");
    TinyRun.rewrite(folder.state(), FormerKeysTest::inFormerKeys);
    TinyRun.run(TinyRun.resumed(stopped));
    assertThat(TinyRun.model(stopped)).isEqualTo(TinyRun.model(whole));
    assertThat(TinyRun.rows(stopped)).isEqualTo(TinyRun.rows(whole));
  }

  @Test
  void otherSettingsAreFoundInAStateWithFormerKeysToo(@TempDir Path temp) throws IOException {
    TinyRun.runUntil(tuned(temp), 1);
    TinyRun.rewrite(new RunFolder(temp).state(), FormerKeysTest::inFormerKeys);
    assertThatThrownBy(
            () ->
                TinyRun.run(
                    TinyRun.resumed(temp).with("learning.update.groups.lr_scale", "layer1=0.3")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("learning.update.groups.lr_scale is 'layer1=0.3', was 'layer1=0.5'");
  }

  private static RunConfig tuned(Path folder) {
    return TinyRun.in(folder)
        .with("learning.update.groups.lr_scale", "layer1=0.5")
        .with("learning.update.groups.freeze", "conv1")
        .with("learning.update.groups.part_decay", "head=0.001");
  }

  private static String inFormerKeys(String json) {
    String text = json;
    for (Map.Entry<String, String> e : FORMER.entrySet()) {
      text = text.replaceAll("\"" + e.getKey() + "\"(?=\\s*:)", "\"" + e.getValue() + "\"");
    }
    return text;
  }
}
