package dev.fovea.bench.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NetworksTest {

  static List<Network> networks() {
    return Networks.all();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyNetworkHasThePublishedParameterCount(Network network) {
    assertThat(count(network, true).parameters()).isEqualTo(network.parameters());
  }

  /** Counts of conv and linear layers at inference, from the architectures' published tables. */
  @ParameterizedTest
  @CsvSource({
    "resnet20, 40551040",
    "resnet32, 68862592",
    "resnet44, 97174144",
    "resnet56, 125485696",
    "resnet110, 252887680",
    "resnet18, 1814073344",
    "resnet34, 3663761408",
    "resnet50, 4089184256",
    "resnet101, 7801405440",
    "resnet152, 11513626624",
    "preact_resnet164, 244500992",
    "wrn_16_4, 392612352",
    "googlenet, 1498376192",
    "bn_inception, 2032600064",
    "inception_v3, 5713216096",
    "vgg16, 15470264320"
  })
  void everyNetworkHasThePublishedMultiplyAdds(String name, long multiplyAdds) {
    assertThat(count(Networks.named(name).orElseThrow(), false).multiplyAdds())
        .isEqualTo(multiplyAdds);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void auxiliaryHeadsExistOnlyWhileTraining(Network network) {
    CountedLayers.Map image = new CountedLayers.Map(3, network.input(), network.input());
    assertThat(network.run(new CountedLayers(false), image)).hasSize(1);
    List<CountedLayers.Map> outputs = network.run(new CountedLayers(true), image);
    assertThat(outputs.size() > 1).isEqualTo(network.auxWeight() > 0);
    assertThat(outputs).allMatch(map -> map.channels() == network.classes());
  }

  @Test
  void unequalSummandsAreRefused() {
    CountedLayers layers = new CountedLayers(true);
    assertThatThrownBy(
            () -> layers.add(new CountedLayers.Map(3, 8, 8), new CountedLayers.Map(3, 4, 8)))
        .hasMessageContaining("shapes must be equal");
  }

  private static CountedLayers count(Network network, boolean training) {
    CountedLayers layers = new CountedLayers(training);
    network.run(layers, new CountedLayers.Map(3, network.input(), network.input()));
    return layers;
  }
}
