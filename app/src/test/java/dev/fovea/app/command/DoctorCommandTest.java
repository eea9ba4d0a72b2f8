package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {

  @Test
  void itTellsWhatWasLoadedAndFromWhere() {
    String out = CommandLineRun.of("doctor").succeeds().out();
    assertThat(out)
        .contains(
            "oneDNN 3.",
            "loaded from",
            "precision",
            "convolution",
            "threads",
            "memory",
            Runtime.version().toString());
    assertThat(out).doesNotContain("problem");
  }

  @Test
  void jsonHasTheSameFacts() {
    JsonValue json = CommandLineRun.of("doctor", "--json").succeeds().json().get(0);
    assertThat(json.get("engine_version").text()).startsWith("3.");
    assertThat(json.get("engine_file").text()).endsWith(".so");
    assertThat(json.get("precision").text()).containsPattern("^(bf16|f32) \\(auto: .+\\)");
    assertThat(json.get("convolution").text())
        .matches("direct and Winograd \\((AVX-512|AVX2)\\)|direct only: .+");
    assertThat(json.get("threads").number()).isPositive();
    assertThat(json.get("problems").list()).isEmpty();
  }
}
