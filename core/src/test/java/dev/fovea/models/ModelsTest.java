package dev.fovea.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelsTest {

  record Counts(String spec, long parameters, long multiplyAdds, int depth) {
    @Override
    public String toString() {
      return spec;
    }
  }

  static List<Counts> counts() throws IOException {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(ModelsTest.class.getResourceAsStream("counts.csv")),
                StandardCharsets.UTF_8))) {
      return in.lines()
          .filter(l -> !l.startsWith("#"))
          .map(l -> l.split(";"))
          .map(
              c ->
                  new Counts(
                      c[0].strip(),
                      Long.parseLong(c[1].strip()),
                      Long.parseLong(c[2].strip()),
                      Integer.parseInt(c[3].strip())))
          .toList();
    }
  }

  static Stream<ModelInfo> models() {
    return Models.all().stream();
  }

  @ParameterizedTest
  @MethodSource("counts")
  void hasThePublishedCounts(Counts expected) {
    Graph graph = Models.graph(expected.spec());
    Graph main = graph.withoutAuxiliary();
    assertThat(Cost.of(graph).parameters()).isEqualTo(expected.parameters());
    assertThat(Cost.of(main).multiplyAdds()).isEqualTo(expected.multiplyAdds());
    assertThat(Cost.depth(main)).isEqualTo(expected.depth());
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyModelOfTheListHasCounts(ModelInfo info) throws IOException {
    assertThat(counts()).anyMatch(c -> c.spec().equals(info.name()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void takesAnotherNumberOfClassesAndItsGraphsNameRebuildsIt(ModelInfo info) {
    Graph graph = Models.graph(info.name(), 7);
    assertThat(graph.classes()).isEqualTo(7);
    assertThat(graph.inputShape()).isEqualTo(info.input());
    assertThat(Models.graph(graph.name(), 7).params()).isEqualTo(graph.params());
    assertThat(info.published().source()).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyOptionBuildsAndIsKeptInTheGraphsName(ModelInfo info) {
    for (ModelOption option : info.options()) {
      for (String value : option.values()) {
        Graph graph = Models.graph(info.name() + "(" + option.name() + "=" + value + ")", 5);
        assertThat(graph.name())
            .isEqualTo(
                value.equals(option.defaultValue())
                    ? info.name()
                    : info.name() + "(" + option.name() + "=" + value + ")");
      }
    }
  }

  @Test
  void theTableOfCountsMeetsTheClosedForms() throws IOException {
    // He et al. 2015, section 4.2, option A: 97,216 n - 21,926 parameters at depth 6 n + 2.
    for (Counts c : counts()) {
      if (c.spec().matches("(resnet|plain)(20|32|44|56|110|1202)")) {
        int n = (c.depth() - 2) / 6;
        assertThat(c.parameters()).isEqualTo(97_216L * n - 21_926);
        assertThat(c.multiplyAdds()).isEqualTo(14_155_776L * n - 1_916_288);
      }
    }
  }

  @Test
  void namesAreUniqueAndFoundByGlob() {
    assertThat(Models.all()).extracting(ModelInfo::name).doesNotHaveDuplicates();
    assertThat(Models.matching("resnet5?"))
        .extracting(ModelInfo::name)
        .containsExactly("resnet56", "resnet50");
    assertThat(Models.matching("PLAIN*"))
        .extracting(ModelInfo::name)
        .contains("plain20", "plain34");
    assertThat(Models.matching("resnet.*")).isEmpty();
  }

  @Test
  void aMisspeltNameSuggestsTheNearest() {
    assertThatThrownBy(() -> Models.graph("restnet50"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'restnet50'")
        .hasMessageContaining("did you mean resnet50");
  }

  @Test
  void aMisspeltOptionSuggestsTheNearest() {
    assertThatThrownBy(() -> Models.graph("resnet50(strid=1x1)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'strid'")
        .hasMessageContaining("did you mean stride");
  }

  @Test
  void aWrongValueNamesTheRightOnes() {
    assertThatThrownBy(() -> Models.graph("resnet20(shortcut=D)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("shortcut is 'D'")
        .hasMessageContaining("A, B, C");
  }

  @Test
  void anOptionWithoutValueOrGivenTwiceIsRefused() {
    assertThatThrownBy(() -> Models.graph("resnet20(shortcut)")).isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Models.graph("resnet20(shortcut=A,shortcut=B)"))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Models.graph("resnet20(shortcut=A,)"))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Models.graph("resnet20(shortcut=A"))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Models.graph("plain18(shortcut=A)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("none at all");
  }

  @Test
  void valuesAreReadWithoutRegardToCaseAndWrittenCanonically() {
    assertThat(Models.graph(" resnet20 ( shortcut = b )").name()).isEqualTo("resnet20(shortcut=B)");
  }

  @Test
  void greyImagesOfAnotherSizeAreAccepted() {
    Graph graph = Models.graph("resnet20", 10, Shape.of(1, 28, 28));
    assertThat(graph.params().get(0).shape()).isEqualTo(Shape.of(16, 1, 3, 3));
    assertThat(Models.graph("resnet18", 10, Shape.of(3, 64, 48)).classes()).isEqualTo(10);
  }

  @Test
  void aWrongNumberOfClassesIsAGraphError() {
    assertThatThrownBy(() -> Models.graph("resnet20", 0)).isInstanceOf(GraphException.class);
  }

  @Test
  void cifarParametersAreNamedAsInThePublicCheckpoints() {
    List<String> names = Models.graph("resnet20").params().stream().map(ParamSpec::name).toList();
    assertThat(names)
        .hasSize(97)
        .contains(
            "conv1.weight",
            "bn1.running_var",
            "layer1.0.conv1.weight",
            "layer3.2.bn2.bias",
            "linear.weight",
            "linear.bias");
    assertThat(Models.graph("resnet20(shortcut=B)").params())
        .extracting(ParamSpec::name)
        .contains("layer2.0.shortcut.0.weight", "layer2.0.shortcut.1.running_mean");
    assertThat(Models.graph("resnet110").params()).hasSize(547);
  }

  @Test
  void imageNetParametersAreNamedAsTorchvisions() {
    assertThat(Models.graph("resnet18").params()).hasSize(102);
    assertThat(Models.graph("resnet34").params()).hasSize(182);
    assertThat(Models.graph("resnet50").params())
        .hasSize(267)
        .extracting(ParamSpec::name)
        .contains(
            "conv1.weight",
            "layer1.0.downsample.0.weight",
            "layer1.0.downsample.1.running_var",
            "layer4.2.bn3.weight",
            "fc.bias");
    assertThat(Models.graph("resnet101").params()).hasSize(522);
    assertThat(Models.graph("resnet152").params()).hasSize(777);
  }

  @Test
  void zeroInitStartsEveryBlockAsItsShortcut() {
    Graph graph = Models.graph("resnet50(zero_init=true)");
    ParamSpec last =
        graph.params().stream()
            .filter(p -> p.name().equals("layer2.1.bn3.weight"))
            .findFirst()
            .orElseThrow();
    ParamSpec first =
        graph.params().stream()
            .filter(p -> p.name().equals("layer2.1.bn1.weight"))
            .findFirst()
            .orElseThrow();
    assertThat(last.initialValues(1)).containsOnly(0);
    assertThat(first.initialValues(1)).containsOnly(1);
  }
}
