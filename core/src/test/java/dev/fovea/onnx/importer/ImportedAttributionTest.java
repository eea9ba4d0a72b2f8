package dev.fovea.onnx.importer;

import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.program.AttributionConformance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Imported networks, with their bounds, shifts and products, let gradients through to the images.
 */
class ImportedAttributionTest {
  private static final Path FILES = Path.of("src/test/resources/onnx/wild");
  private static final int SIDE = 32;

  static Stream<String> names() throws IOException {
    return WildPatternsTest.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void theGradientOfTheImagesIsThatOfTheInterpreter(String name) throws IOException {
    Path path = FILES.resolve(name + ".onnx");
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = OnnxImport.of(file, path, OptionalInt.of(SIDE), OptionalInt.empty(), 1);
      Graph graph = read.graph();
      Map<String, double[]> parameters = new LinkedHashMap<>();
      for (ParamSpec p : graph.params()) {
        parameters.put(p.name(), doubles(read.weights().read(p.name())));
      }
      new AttributionConformance(new OneDnnBackend(), 2)
          .check(graph, parameters, Set.of(graph.input().name()));
    }
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
