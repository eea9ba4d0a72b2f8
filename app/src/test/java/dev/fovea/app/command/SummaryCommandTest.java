package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.util.ArrayList;
import java.util.List;
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

  @Test
  void twoNetworksStandBesideEachOtherWithSavingsPerModule() {
    String out =
        CommandLineRun.of("summary", "--compare", "googlenet_paper", "googlenet").succeeds().out();
    assertThat(line(out, "multiply-adds")).contains("1,582,671,872", "1,498,376,192", "0.95");
    assertThat(line(out, "5x5")).contains("132 M");
    // 121,626,624 in place of 128,049,152.
    assertThat(line(out, "inception3a")).contains("128 M", "122 M", "5.02 %");
    assertThat(out)
        .contains("== googlenet_paper ==", "== googlenet ==", "1 No representational bottleneck");
  }

  @Test
  void aFactorisedGroupIsSetBesideTheOneConvolutionItStandsFor() {
    String out = CommandLineRun.of("summary", "--compare", "inception_v3").succeeds().out();
    assertThat(line(out, "Mixed_6b.branch7x7_2"))
        .contains("1x7, 7x1", "7x7", "82.9 M", "348 M", "76.2 %");
    assertThat(line(out, "Mixed_7b.branch3x3_2a")).contains("1x3 | 3x1", "66.7 %");
    assertThat(line(out, "Mixed_6a ")).contains("402 M", "533 M", "2.26 G");
  }

  @Test
  void whatThePapersStateStandsBesideWhatTheGraphsGive() {
    String out = CommandLineRun.of("summary", "--compare").succeeds().out();
    assertThat(line(out, "saved by two 3x3 for a 5x5")).contains("28.0 %    28.0 %");
    assertThat(line(out, "saved by 3x1 and 1x3 for a 3x3")).contains("33.0 %    33.3 %");
    assertThat(line(out, "Inception-v3 over GoogLeNet")).contains("2.50 x    3.61 x");
    assertThat(line(out, "BN-Inception over GoogLeNet")).contains("1.30 x    1.22 x");
    JsonValue claims = CommandLineRun.of("summary", "--compare", "--json").succeeds().json().get(0);
    assertThat(claims.get("claims").at(1).get("computed").number()).isCloseTo(0.28, within(1e-12));
  }

  @Test
  void comparisonsFitIntoEightyColumns() {
    for (String[] names :
        new String[][] {
          {},
          {"inception_v3"},
          {"googlenet_paper", "inception_v3"},
          {"bn_inception", "bn_inception_separable(projection=128)"},
          {"resnet152", "wide_resnet101_2"},
          {"vgg19_bn", "plain34"},
          {"resnet56", "preact_resnet164(order=original)"}
        }) {
      List<String> arguments = new ArrayList<>(List.of("summary", "--compare"));
      arguments.addAll(List.of(names));
      String out = CommandLineRun.of(arguments.toArray(String[]::new)).succeeds().out();
      assertThat(out.lines()).allMatch(l -> l.length() <= 80);
    }
  }

  @Test
  void jsonOfAComparisonHoldsBothNetworksAndTheirRatios() {
    JsonValue json =
        CommandLineRun.of("summary", "--compare", "googlenet_paper", "inception_v3", "--json")
            .succeeds()
            .json()
            .get(0);
    assertThat(json.get("ratio").get("multiply_adds").number())
        .isCloseTo(5_713_216_096.0 / 1_582_671_872, within(1e-12));
    JsonValue v3 = json.get("networks").at(1);
    assertThat(v3.get("parameters").number()).isEqualTo(23_834_568);
    double sum = 0;
    for (int i = 0; i < v3.get("kinds").list().size(); i++) {
      sum += v3.get("kinds").at(i).get("multiply_adds").number();
    }
    assertThat(sum).isEqualTo(5_713_216_096.0);
    assertThat(v3.get("grid_reductions").at(0).get("convolve_then_pool").number())
        .isEqualTo(2_257_920_000.0);
    assertThat(json.get("modules").at(0).get("a").get("name").text()).isEqualTo("inception3a");
  }

  @Test
  void twoNetworksNeedCompare() {
    CommandLineRun.of("summary", "resnet20", "resnet56").failsWith(2, "--compare");
  }

  private static String line(String out, String start) {
    return out.lines().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
  }
}
