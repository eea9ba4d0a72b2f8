package dev.fovea.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.analysis.Factorization.Kind;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Costs of factorised convolutions, by hand. */
class FactorizationTest {

  @Test
  void twoSmallConvolutionsSave28PercentOfALargeOne() {
    Factorization f = only(Window.square(3).pad(1), Window.square(3).pad(1));
    assertThat(f.kind()).isEqualTo(Kind.SMALLER);
    assertThat(f.replaced()).isEqualTo(Window.square(5));
    assertThat(f.cost()).isEqualTo(new Cost(2 * 9 * 64 * 64, 21_307_392));
    assertThat(f.replacedCost()).isEqualTo(new Cost(25 * 64 * 64, 29_593_600));
    assertThat(f.saved()).isCloseTo(0.28, within(1e-12));
  }

  @Test
  void aRowAndAColumnSaveAThirdOfAThreeByThree() {
    Factorization f = only(Window.of(3, 1).pad(1, 0), Window.of(1, 3).pad(0, 1));
    assertThat(f.kind()).isEqualTo(Kind.ASYMMETRIC);
    assertThat(f.replaced()).isEqualTo(Window.square(3));
    assertThat(f.saved()).isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void stridesWidenWhatTheNextConvolutionSees() {
    assertThat(only(Window.square(3).pad(1), Window.square(3).stride(2)).replaced())
        .isEqualTo(Window.square(5).stride(2));
    assertThat(only(Window.square(3).stride(2), Window.square(3)).replaced())
        .isEqualTo(Window.square(7).stride(2));
  }

  @Test
  void whatDoesNotBelongTogetherIsNoGroup() {
    assertThat(Factorization.of(layers(Window.square(1), Window.square(3)))).isEmpty();
    assertThat(Factorization.of(layers(Window.square(3), Window.square(5)))).isEmpty();
    assertThat(Factorization.of(layers(Window.of(1, 3), Window.of(1, 3)))).isEmpty();
    assertThat(Factorization.of(layers(Window.of(1, 3), Window.of(7, 1)))).isEmpty();
    assertThat(Factorization.of(Models.graph("googlenet_paper"))).isEmpty();
  }

  @Test
  void rowsAndColumnsOfInceptionV3StandForSevenBySeven() {
    List<Factorization> all = Factorization.of(Models.graph("inception_v3"));
    Factorization f = withFirst(all, "Mixed_6b.branch7x7_2.conv");
    assertThat(f.replaced()).isEqualTo(Window.square(7));
    assertThat(f.cost()).isEqualTo(new Cost(114_688 + 172_032, 82_862_080));
    assertThat(f.replacedCost()).isEqualTo(new Cost(1_204_224, 348_020_736));
    Factorization beside = withFirst(all, "Mixed_7b.branch3x3_2a.conv");
    assertThat(beside.kind()).isEqualTo(Kind.BESIDE);
    assertThat(beside.cost().multiplyAdds()).isEqualTo(56_623_104);
    assertThat(beside.replacedCost().multiplyAdds()).isEqualTo(169_869_312);
    // 4 x 3 in the 17x17 modules, 1 in the reduction to 8x8.
    assertThat(all).filteredOn(g -> g.kind() == Kind.ASYMMETRIC).hasSize(13);
    assertThat(all).filteredOn(g -> g.kind() == Kind.BESIDE).hasSize(4);
    assertThat(all.stream().flatMap(g -> g.convolutions().stream())).doesNotHaveDuplicates();
  }

  @Test
  void theSeparableFirstLayerCostsWhatThePapersTableSays() {
    Factorization f =
        withFirst(
            Factorization.of(Models.graph("bn_inception_separable")), "conv1_7x7_s2_depthwise");
    assertThat(f.kind()).isEqualTo(Kind.SEPARABLE);
    assertThat(f.replaced()).isEqualTo(Window.square(7).stride(2));
    assertThat(f.cost()).isEqualTo(new Cost(2_712, 34_019_328));
    assertThat(f.replacedCost()).isEqualTo(new Cost(9_408, 118_013_952));
  }

  @Test
  void longRunsAreCutInThrees() {
    assertThat(Factorization.of(Models.graph("resnet20"))).hasSize(9);
    assertThat(Factorization.of(Models.graph("plain20")))
        .hasSize(6)
        .allMatch(f -> f.convolutions().size() == 3);
  }

  @Test
  void aReductionInParallelIsSetBesideTheTwoInSequence() {
    GridReduction first = GridReduction.of(Models.graph("inception_v3")).get(0);
    assertThat(first.module().name()).isEqualTo("Mixed_6a");
    assertThat(first.multiplyAdds()).isEqualTo(401_937_408);
    // 1,152,000 weights, widened by 768 / (768 - 288), on 17x17 and on 35x35.
    assertThat(first.poolFirst()).isEqualTo(1_843_200L * 289);
    assertThat(first.convolveFirst()).isEqualTo(1_843_200L * 1225);
    assertThat(GridReduction.of(Models.graph("bn_inception")))
        .extracting(r -> r.module().name())
        .containsExactly("inception_3c", "inception_4e");
    assertThat(GridReduction.of(Models.graph("resnet50"))).isEmpty();
  }

  private static Factorization withFirst(List<Factorization> all, String name) {
    return all.stream()
        .filter(f -> f.convolutions().get(0).name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Factorization only(Window... windows) {
    List<Factorization> all = Factorization.of(layers(windows));
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static Graph layers(Window... windows) {
    GraphBuilder g = new GraphBuilder("layers");
    Node x = g.input(Shape.of(64, 17, 17));
    for (int i = 0; i < windows.length; i++) {
      x = g.relu("relu" + i, g.conv("conv" + i, x, Op.Conv2d.of(64, windows[i])));
    }
    return g.build(g.flatten("flat", x));
  }
}
