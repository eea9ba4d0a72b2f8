package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.graph.Graph;
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
      Graph head = cut.head().orElseThrow();
      assertThat(head.inputShape().dim(0)).as(info.name()).isEqualTo(cut.body().classes());
      assertThat(head.classes()).as(info.name()).isEqualTo(graph.classes());
      List<String> parts = new ArrayList<>(names(cut.body()));
      parts.addAll(names(head));
      assertThat(parts).as(info.name()).containsExactlyInAnyOrderElementsOf(names(graph));
    }
  }

  private static List<String> names(Graph graph) {
    return graph.params().stream().map(ParamSpec::name).toList();
  }
}
