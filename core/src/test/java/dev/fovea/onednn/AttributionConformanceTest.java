package dev.fovea.onednn;

import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.onnx.exporter.ZooModel;
import dev.fovea.passes.InferenceMode;
import dev.fovea.program.AttributionConformance;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of scores on oneDNN against the float64 interpreter. */
class AttributionConformanceTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  static Stream<OpCase> networks() {
    return OpCases.all().stream().filter(c -> !c.isOperation());
  }

  /** The smallest network of each family; those of VGG are left out, whose weights fill memory. */
  static Stream<String> families() {
    Map<String, String> smallest = new LinkedHashMap<>();
    Map<String, Long> sizes = new LinkedHashMap<>();
    for (ModelInfo m : Models.all()) {
      long size = parameters(Models.graph(m.name()));
      if (!m.family().equals("VGG") && size < sizes.getOrDefault(m.family(), Long.MAX_VALUE)) {
        sizes.put(m.family(), size);
        smallest.put(m.family(), m.name());
      }
    }
    return Stream.concat(smallest.values().stream(), Stream.of("resnet50", "inception_v3"));
  }

  private static long parameters(Graph graph) {
    return graph.params().stream().mapToLong(p -> p.shape().elements()).sum();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyOperationLetsGradientsThroughToTheImages(OpCase c) {
    check(c.graph(), c.batch(), Set.of(c.graph().input().name()));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyNodeCanBeRead(OpCase c) {
    Set<String> all =
        new InferenceMode()
            .apply(c.graph()).nodes().stream().map(Node::name).collect(Collectors.toSet());
    check(c.graph(), c.batch(), all);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyNodeCanBeReadAlone(OpCase c) {
    for (Node n : new InferenceMode().apply(c.graph()).nodes()) {
      check(c.graph(), c.batch(), Set.of(n.name()));
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void lastMapAndImagesOfEveryFamily(String name) {
    Graph graph = ZooModel.smallest(name);
    Set<String> nodes = new LinkedHashSet<>(Set.of(graph.input().name()));
    lastMap(graph).ifPresent(nodes::add);
    check(graph, 2, nodes);
  }

  private static java.util.Optional<String> lastMap(Graph graph) {
    List<Node> maps =
        new InferenceMode()
            .apply(graph).nodes().stream()
                .filter(n -> n.shape().rank() == 3 && n != graph.input())
                .filter(n -> !Pools.lowers(n.op()) && !(n.op() instanceof Op.Input))
                .toList();
    return maps.isEmpty()
        ? java.util.Optional.empty()
        : java.util.Optional.of(maps.get(maps.size() - 1).name());
  }

  private static void check(Graph graph, int batch, Set<String> nodes) {
    CompileOptions options =
        new CompileOptions(batch, Precision.F32, Memory.NORMAL, 2)
            .convolving(ConvolutionAlgorithm.DIRECT);
    new AttributionConformance(BACKEND, options).check(graph, nodes);
  }
}
