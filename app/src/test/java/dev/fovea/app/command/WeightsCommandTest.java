package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.interop.PublicWeights;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightsCommandTest {

  @Test
  void aNetworkComesWithWhatIsKnownOfItsFiles() {
    String out = CommandLineRun.of("weights", "resnet50").succeeds().out();
    assertThat(out)
        .contains(
            "resnet50, resnet50-0676ba61.pth",
            "https://download.pytorch.org/models/resnet50-0676ba61.pth",
            "begins with 0676ba61",
            "76.13 % top-1, 92.86 % top-5",
            "BSD-3-Clause",
            "224x224 from a shorter side of 256",
            "fovea import resnet50-0676ba61.pth --model resnet50 -o resnet50.safetensors")
        .contains("224x224 from a shorter side of 232", "--preprocess resize=232")
        .contains("https://huggingface.co/timm/resnet50.tv_in1k", "102 MB");
  }

  @Test
  void whatIsNotKnownIsSaidToBeUnknown() {
    String out = CommandLineRun.of("weights", "resnetv2_50").succeeds().out();
    assertThat(out.lines())
        .contains("  size      not known", "  SHA-256   not known", "  accuracy  not known");
  }

  @Test
  void everyNetworkWithoutPublicWeightsSaysSo() {
    String all = CommandLineRun.of("weights").succeeds().out();
    for (ModelInfo network : Models.all()) {
      List<PublicWeights> files = PublicWeights.of(network.name());
      String one = CommandLineRun.of("weights", network.name()).succeeds().out();
      if (files.isEmpty()) {
        assertThat(one).startsWith(network.name() + ": no public weights are known here");
        assertThat(all)
            .containsPattern(
                "no public weights.*"
                    + network.name()
                    + "|"
                    + network.name()
                    + ": no public weights");
      } else {
        assertThat(one)
            .contains(WeightsCommand.importCommand(files.get(0)))
            .doesNotContain("no public");
        assertThat(all).contains(one);
      }
    }
    assertThat(CommandLineRun.of("weights", "inception_v2").out()).contains("not published");
  }

  @Test
  void jsonHasALineForEveryNetwork() {
    List<JsonValue> json = CommandLineRun.of("weights", "resnet?0", "--json").succeeds().json();
    assertThat(json).extracting(j -> j.get("network").text()).contains("resnet20", "resnet50");
    JsonValue file = json.get(0).get("weights").at(0);
    assertThat(file.get("file").text()).isEqualTo("resnet20-12fca82f.th");
    assertThat(file.get("sha256").text()).hasSize(64).startsWith("12fca82f");
    assertThat(file.get("sha256_begins").text()).isEqualTo("12fca82f");
    assertThat(file.get("top1").number()).isEqualTo(91.73);
    assertThat(file.get("import").text()).startsWith("fovea import resnet20-12fca82f.th");
  }

  @Test
  void aPatternThatMatchesNothingIsToldTheNearestNames() {
    CommandLineRun.of("weights", "resent50")
        .failsWith(2, "no network matches 'resent50'", "resnet50");
  }
}
