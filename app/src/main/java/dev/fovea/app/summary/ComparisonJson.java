package dev.fovea.app.summary;

import dev.fovea.analysis.DesignPrinciples;
import dev.fovea.analysis.Factorization;
import dev.fovea.analysis.GridReduction;
import dev.fovea.analysis.GridStage;
import dev.fovea.analysis.LayerKind;
import dev.fovea.analysis.NetworkModule;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ShapeJson;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.study.ledger.StatedCosts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Formats {@code summary --compare --json}: one object. */
public final class ComparisonJson {
  private ComparisonJson() {}

  /** One or two networks; for two also the ratios of totals and the corresponding modules. */
  public static Json of(List<Graph> graphs) {
    Json json = new Json().put("networks", graphs.stream().map(ComparisonJson::network).toList());
    if (graphs.size() == 2) {
      Graph a = graphs.get(0);
      Graph b = graphs.get(1);
      Cost one = Cost.of(a);
      Cost two = Cost.of(b);
      json.put(
              "ratio",
              new Json()
                  .put("parameters", (double) two.parameters() / one.parameters())
                  .put("multiply_adds", (double) two.multiplyAdds() / one.multiplyAdds())
                  .put("depth", (double) Cost.depth(b) / Cost.depth(a))
                  .put("activations", (double) Cost.activations(b) / Cost.activations(a)))
          .put("modules", ModulePairs.of(a, b).pairs().stream().map(ComparisonJson::pair).toList());
    }
    return json;
  }

  public static Json claims(List<StatedCosts.Stated> claims) {
    return new Json()
        .put(
            "claims",
            claims.stream()
                .map(
                    c ->
                        new Json()
                            .put("claim", c.what())
                            .put("source", "arXiv " + c.source())
                            .put("stated", c.stated())
                            .put("computed", c.computed()))
                .toList());
  }

  private static Json network(Graph graph) {
    Cost cost = Cost.of(graph);
    List<Json> kinds = new ArrayList<>();
    for (LayerKind kind : LayerKind.values()) {
      KindTotal total = KindTotal.of(kind, graph);
      if (total.layers() > 0) {
        kinds.add(
            cost(new Json().put("kind", kind.label()).put("layers", total.layers()), total.cost()));
      }
    }
    return cost(
            new Json().put("name", graph.name()).put("input", ShapeJson.list(graph.inputShape())),
            cost)
        .put("depth", Cost.depth(graph))
        .put("activations", Cost.activations(graph))
        .put("kinds", kinds)
        .put(
            "factorised", Factorization.of(graph).stream().map(ComparisonJson::factorized).toList())
        .put(
            "grid_reductions",
            GridReduction.of(graph).stream().map(ComparisonJson::reduction).toList())
        .put("design_principles", principles(DesignPrinciples.of(graph)));
  }

  private static Json factorized(Factorization f) {
    return cost(
            new Json()
                .put("layers", f.convolutions().stream().map(Node::name).toList())
                .put("kind", f.kind().name().toLowerCase(Locale.ROOT))
                .put("into", ComparisonText.into(f))
                .put("for", ComparisonText.window(f)),
            f.cost())
        .put("replaced", cost(new Json(), f.replacedCost()))
        .put("saved", f.saved());
  }

  private static Json reduction(GridReduction r) {
    return new Json()
        .put("module", r.module().name())
        .put("parallel", r.multiplyAdds())
        .put("pool_then_convolve", r.poolFirst())
        .put("convolve_then_pool", r.convolveFirst());
  }

  private static Json principles(DesignPrinciples p) {
    return new Json()
        .put("stages", p.stages().stream().map(ComparisonJson::stage).toList())
        .put("least_kept", p.leastKept())
        .put("monotonic", p.monotonic())
        .put("channels_grow", p.channelsGrow())
        .put("spatial", p.spatial())
        .put("embedded", p.embedded())
        .put("embedding", p.embedding())
        .put("widening", p.widening())
        .put("largest_share", p.largestShare());
  }

  private static Json stage(GridStage s) {
    return cost(
        new Json()
            .put("grid", List.of(s.height(), s.width()))
            .put("depth", s.depth())
            .put("entering", s.entering())
            .put("channels", s.channels()),
        s.cost());
  }

  private static Json pair(ModulePairs.Pair p) {
    return new Json().put("a", module(p.a())).put("b", module(p.b())).put("saved", p.saved());
  }

  private static @Nullable Json module(@Nullable NetworkModule m) {
    return m == null
        ? null
        : cost(
            new Json().put("name", m.name()).put("output", ShapeJson.list(m.output().shape())),
            m.cost());
  }

  private static Json cost(Json json, Cost cost) {
    return json.put("parameters", cost.parameters()).put("multiply_adds", cost.multiplyAdds());
  }
}
