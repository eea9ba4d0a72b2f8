package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onednn.QuantizedNetworks.Answer;
import dev.fovea.onednn.QuantizedNetworks.Case;
import dev.fovea.program.IntegerProducts;
import dev.fovea.program.Quantization;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sums of products whose pairs do not fit into 16 bits, as CPUs without VNNI instructions add them;
 * {@link Avx2Test} runs this in a process without them.
 */
class QuantizedProductsTest {
  private static final IntegerProducts PRODUCTS = new OneDnnBackend().integerProducts();

  // The images are given at the end of the range of their type, the weights at this one.
  @ParameterizedTest
  @CsvSource({
    "false, 127",
    "false, -127",
    "false, 64",
    "false, -64",
    "false, 65",
    "true, 127",
    "true, -127",
    "true, 64"
  })
  void sumsDoNotSaturate(boolean signed, int weight) {
    Case c = network(weight);
    Quantization q = quantization(signed);
    Arrays.fill(c.images(), 300);
    Answer answer = QuantizedNetworks.run(c, q, 2);
    double[] expected = c.expected(q);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) answer.logits()[i]).isEqualTo(expected[i]);
    }
    boolean safe = !signed && Math.abs(weight) <= IntegerProducts.LARGEST_SAFE_WEIGHT;
    assertThat(answer.report().primitives())
        .filteredOn(p -> p.convolves())
        .singleElement()
        .satisfies(
            p ->
                assertThat(p.kind())
                    .isEqualTo(
                        PRODUCTS.exact() || safe
                            ? "convolution int8 relu"
                            : "convolution rounded relu"));
  }

  @Test
  void theReasonNamesTheInstructions() {
    assertThat(PRODUCTS.reason()).contains("VNNI");
    assertThat(PRODUCTS.exact()).isEqualTo(!PRODUCTS.reason().contains("no VNNI"));
  }

  private static Case network(int weight) {
    GraphBuilder b = new GraphBuilder("products");
    Node x = b.input(Shape.of(3, 6, 6));
    Node y =
        b.conv(
            "conv",
            x,
            Op.Conv2d.of(16, Window.square(3).pad(1)).withBias(new Initializer.Constant(0)));
    Graph graph = b.build(b.flatten("flatten", b.relu("relu", y)));
    double[] weights = new double[16 * 3 * 9];
    Arrays.fill(weights, weight);
    Map<String, double[]> parameters = new HashMap<>();
    graph
        .params()
        .forEach(p -> parameters.put(p.name(), new double[Math.toIntExact(p.shape().elements())]));
    parameters.put("conv.weight", weights);
    return new Case(graph, parameters, new double[2 * 3 * 36], 2);
  }

  private static Quantization quantization(boolean signed) {
    float[] steps = new float[16];
    Arrays.fill(steps, 1);
    return new Quantization(Map.of("input", new Scale(1, signed)), Map.of("conv.weight", steps));
  }
}
