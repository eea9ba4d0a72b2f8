package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SummaryCommandTest {

  @Test
  void theTableEndsWithTheTotals() {
    String out = CommandLineRun.of("summary", "resnet20").succeeds().out();
    assertThat(out).contains("layer", "conv 3x3, 16", "16x32x32", "linear 10");
    assertThat(out.lines().filter(l -> l.startsWith("total")).findFirst().orElseThrow())
        .contains("269,722", "40,551,040");
  }

  @Test
  void jsonLayersAddUpToTheTotals() {
    JsonValue json =
        CommandLineRun.of("summary", "resnet18", "--input=96", "--json").succeeds().json().get(0);
    double parameters = 0;
    double multiplyAdds = 0;
    for (int i = 0; i < json.get("layers").list().size(); i++) {
      parameters += json.get("layers").at(i).get("parameters").number();
      multiplyAdds += json.get("layers").at(i).get("multiply_adds").number();
    }
    assertThat(parameters).isEqualTo(json.get("parameters").number()).isEqualTo(11_689_512);
    assertThat(multiplyAdds).isEqualTo(json.get("multiply_adds").number());
    assertThat(json.get("input").list()).hasToString("[3.0, 96.0, 96.0]");
  }

  @Test
  void aMisspeltNetworkIsToldTheNearestNames() {
    CommandLineRun.of("summary", "resnt20").failsWith(2, "resnt20", "resnet20");
  }

  @Test
  void impossibleSizesAreOneLine() {
    CommandLineRun.of("summary", "resnet20", "--input=0")
        .failsWith(2, "--input is 0", "at least 1");
    CommandLineRun.of("summary", "resnet20", "--input=big")
        .failsWith(2, "--input", "'big' is not an int");
    CommandLineRun.of("summary").failsWith(2, "NAME|MODEL");
  }
}
