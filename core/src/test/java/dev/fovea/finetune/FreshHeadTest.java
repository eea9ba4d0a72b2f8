package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreshHeadTest {
  private static List<String> names(Graph graph) {
    return graph.params().stream().map(ParamSpec::name).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "googlenet", "inception_v3", "bn_inception", "airbench94"})
  void everyKindOfNetworkGetsALinearLayerOnWhatItsLastOneRead(String name) {
    Graph given = Models.graph(name);
    FreshHead head = FreshHead.of(given, 7);
    assertThat(head.network().classes()).isEqualTo(7);
    assertThat(head.network().outputs()).hasSize(1);
    assertThat(head.last().op()).isInstanceOf(Op.Linear.class);
    assertThat(head.last().params()).hasSize(2);
    assertThat(head.last().params().get(0).shape()).isEqualTo(Shape.of(7, head.width()));
    assertThat(names(given)).containsAll(names(head.body()));
    assertThat(names(head.network())).containsAll(names(head.body()));
    Graph again = Models.graph(head.network().name(), 7, head.network().inputShape());
    assertThat(names(again)).isEqualTo(names(head.network()));
  }

  @Test
  void aListedNetworkKeepsItsName() {
    assertThat(FreshHead.of(Models.graph("resnet18"), 3).network().name()).isEqualTo("resnet18");
  }

  @Test
  void aNameThatIsTakenIsNotTakenAgain() {
    GraphBuilder b = new GraphBuilder("mine");
    Node x = b.input(Shape.of(3, 8, 8));
    x = b.conv("classifier", x, Op.Conv2d.of(4, Window.square(3)));
    x = b.conv("last", b.relu("relu", x), Op.Conv2d.of(5, Window.square(1)));
    Graph graph = b.build(b.flatten("flat", b.globalAvgPool("pool", x)));
    FreshHead head = FreshHead.of(graph, 2);
    assertThat(head.last().name()).isEqualTo("classifier2");
    assertThat(head.width()).isEqualTo(4);
  }

  @Test
  void aNetworkWithoutALastLayerIsRefusedByTheNamesOfItsNodes() {
    GraphBuilder b = new GraphBuilder("twins");
    Node x = b.input(Shape.of(3, 4, 4));
    Node one = b.conv("one", x, Op.Conv2d.of(5, Window.square(1)));
    Node two = b.conv("two", x, Op.Conv2d.of(5, Window.square(1)));
    Graph graph = b.build(b.flatten("flat", b.globalAvgPool("pool", b.add("sum", one, two))));
    assertThatThrownBy(() -> FreshHead.of(graph, 2))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'sum'");
  }
}
