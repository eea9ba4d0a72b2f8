package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeaturesTest {
  @Test
  void everyListedNetworkIsCutBeforeItsLastLayerWithoutLosingAParameter() {
    for (ModelInfo info : Models.all()) {
      Graph graph = Models.graph(info.name()).withoutAuxiliary();
      Features cut = Features.of(graph);
      assertThat(cut.head().isPresent()).as(info.name()).isEqualTo(endsInLinearLayer(graph));
      assertThat(cut.body().logits().shape().rank()).as(info.name()).isEqualTo(1);
      List<String> parts = new ArrayList<>(names(cut.body()));
      cut.head()
          .ifPresent(
              head -> {
                assertThat(head.inputShape().dim(0)).isEqualTo(cut.body().classes());
                assertThat(head.classes()).isEqualTo(graph.classes());
                parts.addAll(names(head));
                assertThat(parts).containsExactlyInAnyOrderElementsOf(names(graph));
              });
      assertThat(names(graph)).as(info.name()).containsAll(parts);
    }
  }

  private static boolean endsInLinearLayer(Graph graph) {
    List<Node> layers = graph.nodes().stream().filter(n -> !n.params().isEmpty()).toList();
    return layers.get(layers.size() - 1).op() instanceof Op.Linear;
  }

  private static List<String> names(Graph graph) {
    return graph.params().stream().map(ParamSpec::name).toList();
  }
}
