package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FineTuningTest {
  private static final Graph RESNET18 = Models.graph("resnet18", 10, Shape.of(3, 32, 32));
  private static final ParameterGroups PLAIN = ParameterGroups.decayWeights(1e-4);

  @Test
  void withoutItEverythingMovesAtTheSameRate() {
    Map<String, ParameterPolicy> all = PLAIN.on(RESNET18);
    assertThat(all).hasSize(62);
    assertThat(all.values()).allMatch(t -> t.rate() == 1 && !t.frozen());
    assertThat(of(all, "layer1.0.conv1.weight").decay()).isEqualTo(1e-4);
    assertThat(of(all, "layer1.0.bn1.weight").decay()).isZero();
    assertThat(of(all, "fc.bias").decay()).isZero();
  }

  @Test
  void theLastPartThatHoldsAParameterGivesItsRateAndDecay() {
    Map<String, ParameterPolicy> all =
        on(
            new FineTuning(
                List.of(),
                parts("trunk=0.1", "layer4=0.5", "*.bn2.weight=0.25", "head=2"),
                parts("fc=0.01", "layer4.1=0.02"),
                1));
    assertThat(of(all, "conv1.weight").rate()).isEqualTo(0.1);
    assertThat(of(all, "layer4.0.conv1.weight").rate()).isEqualTo(0.5);
    assertThat(of(all, "layer4.0.bn2.weight").rate()).isEqualTo(0.25);
    assertThat(of(all, "layer1.0.bn2.weight").rate()).isEqualTo(0.25);
    assertThat(of(all, "layer1.0.bn2.bias").rate()).isEqualTo(0.1);
    assertThat(of(all, "fc.weight")).isEqualTo(new ParameterPolicy(2, 0.01, false));
    assertThat(of(all, "fc.bias")).isEqualTo(new ParameterPolicy(2, 0.01, false));
    assertThat(of(all, "layer4.1.bn1.bias").decay()).isEqualTo(0.02);
    assertThat(of(all, "layer4.0.conv1.weight").decay()).isEqualTo(1e-4);
  }

  @Test
  void aPartMayBeAKindOfParameter() {
    Map<String, ParameterPolicy> all =
        on(
            new FineTuning(
                List.of("norm_scales"),
                parts("weights=0.5", "filters=0.1", "biases=2", "norm_shifts=64"),
                parts("norm_shifts=0.01"),
                1));
    assertThat(of(all, "fc.weight").rate()).isEqualTo(0.5);
    assertThat(of(all, "layer1.0.conv1.weight").rate()).isEqualTo(0.1);
    assertThat(of(all, "fc.bias").rate()).isEqualTo(2);
    assertThat(of(all, "layer1.0.bn1.bias")).isEqualTo(new ParameterPolicy(64, 0.01, false));
    assertThat(of(all, "layer1.0.bn1.weight")).isEqualTo(new ParameterPolicy(1, 0, true));
  }

  @Test
  void layerDecayMultipliesOncePerStageBelowTheHead() {
    assertThat(FineTuning.stages(RESNET18))
        .containsExactly("conv1", "layer1", "layer2", "layer3", "layer4", "fc");
    Map<String, ParameterPolicy> all =
        on(new FineTuning(List.of(), parts("layer3=2"), List.of(), 0.75));
    assertThat(of(all, "fc.weight").rate()).isEqualTo(1);
    assertThat(of(all, "layer4.1.conv2.weight").rate()).isEqualTo(0.75);
    assertThat(of(all, "layer3.1.conv2.weight").rate()).isCloseTo(2 * 0.5625, within(1e-15));
    assertThat(of(all, "layer1.0.bn1.bias").rate()).isCloseTo(Math.pow(0.75, 4), within(1e-15));
    assertThat(of(all, "bn1.weight").rate()).isCloseTo(Math.pow(0.75, 5), within(1e-15));
    assertThat(of(all, "conv1.weight").rate()).isCloseTo(Math.pow(0.75, 5), within(1e-15));
  }

  @Test
  void auxiliaryClassifiersBelongToNoStage() {
    Graph googlenet = Models.graph("googlenet", 10, Shape.of(3, 224, 224));
    assertThat(FineTuning.stages(googlenet)).noneMatch(s -> s.contains("aux")).endsWith("fc");
    Map<String, ParameterPolicy> all =
        PLAIN.with(new FineTuning(List.of(), List.of(), List.of(), 0.5)).on(googlenet);
    assertThat(of(all, "aux1.fc2.weight").rate()).isEqualTo(1);
    assertThat(of(all, "conv1.conv.weight").rate()).isLessThan(0.01);
  }

  @Test
  void frozenPartsAreModulesWildcardsOrAllButTheHead() {
    assertThat(frozen("conv1")).containsExactly("conv1.weight");
    assertThat(frozen("layer1.0.bn1"))
        .containsExactlyInAnyOrder("layer1.0.bn1.weight", "layer1.0.bn1.bias");
    assertThat(frozen("layer1")).hasSize(12).allMatch(n -> n.startsWith("layer1."));
    assertThat(frozen("*.bn?.bias")).hasSize(16).allMatch(n -> n.endsWith(".bias"));
    assertThat(frozen("trunk")).hasSize(60).doesNotContain("fc.weight", "fc.bias");
    assertThat(frozen("head")).containsExactlyInAnyOrder("fc.weight", "fc.bias");
  }

  @Test
  void theHeadIsFoundBeforeTheScaleOfLogits() {
    assertThat(Models.graph("airbench94").headParams()).containsExactly("head.weight");
  }

  @Test
  void aPartThatIsNowhereIsRefusedWithTheNamesThereAre() {
    assertThatThrownBy(() -> frozen("layer5"))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'layer5'")
        .hasMessageContaining("trunk, head, conv1, bn1, layer1");
    assertThatThrownBy(() -> frozen("conv")).isInstanceOf(OptimException.class);
  }

  @Test
  void theHeadOfScaledLogitsIsTheLayerBelowThem() {
    FineTuning tuning =
        new FineTuning(List.of("trunk"), parts("trunk=0.5", "head=2"), List.of(), 1);
    Map<String, ParameterPolicy> all = PLAIN.with(tuning).on(Models.graph("airbench94(width=2)"));
    assertThat(of(all, "head.weight").frozen()).isFalse();
    assertThat(of(all, "head.weight").rate()).isEqualTo(2);
    assertThat(of(all, "layers.3.conv2.weight").frozen()).isTrue();
    assertThat(of(all, "layers.3.conv2.weight").rate()).isEqualTo(0.5);
  }

  private static Set<String> frozen(String part) {
    return on(new FineTuning(List.of(part), List.of(), List.of(), 1)).entrySet().stream()
        .filter(e -> e.getValue().frozen())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static List<PartValue> parts(String... texts) {
    return Stream.of(texts).map(PartValue::parse).toList();
  }

  private static Map<String, ParameterPolicy> on(FineTuning tuning) {
    return PLAIN.with(tuning).on(RESNET18);
  }

  private static ParameterPolicy of(Map<String, ParameterPolicy> all, String name) {
    return Objects.requireNonNull(all.get(name), name);
  }
}
