package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelsCommandTest {

  @Test
  void theTableIsAlignedAndNamesCosts() {
    List<String> lines = CommandLineRun.of("models", "resnet?0").succeeds().out().lines().toList();
    assertThat(lines.get(0))
        .startsWith("name")
        .contains("parameters", "multiply-adds", "depth", "input", "top-1");
    int end = lines.get(0).indexOf("parameters") + "parameters".length();
    assertThat(lines.get(1)).startsWith("resnet20");
    assertThat(lines.get(1).substring(0, end)).endsWith("269,722");
  }

  @Test
  void jsonIsOneArrayWithTheContractsKeys() {
    CommandLineRun run = CommandLineRun.of("models", "resnet50", "--json").succeeds();
    assertThat(run.json()).hasSize(1);
    JsonValue resnet50 = run.json().get(0).at(0);
    assertThat(resnet50.get("name").text()).isEqualTo("resnet50");
    assertThat(resnet50.get("parameters").number()).isEqualTo(25_557_032);
    assertThat(resnet50.get("multiply_adds").number()).isEqualTo(4_089_184_256.0);
    assertThat(resnet50.get("depth").number()).isEqualTo(50);
    assertThat(resnet50.get("input").list()).isEqualTo(List.of(3.0, 224.0, 224.0));
    assertThat(resnet50.get("top1_error").number()).isEqualTo(22.85);
    assertThat(resnet50.get("top5_error").number()).isEqualTo(6.71);
    assertThat(resnet50.get("source").text()).isNotEmpty();
  }

  @Test
  void aPatternThatMatchesNothingIsToldTheNearestNames() {
    CommandLineRun.of("models", "resent50")
        .failsWith(2, "no network matches 'resent50'", "resnet50");
  }
}
