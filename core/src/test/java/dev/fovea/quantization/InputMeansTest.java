package dev.fovea.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights times the means of what they are multiplied by are the mean of the layer's result. */
class InputMeansTest {
  private static final int BATCH = 3;

  @ParameterizedTest
  @CsvSource({"1,1,0", "3,1,1", "3,2,1", "3,2,0", "1,2,0", "5,3,2", "7,2,3"})
  void theyGiveTheMeanOfEveryChannel(int kernel, int stride, int pad) {
    GraphBuilder b = new GraphBuilder("g");
    Shape shape = Shape.of(4, 9, 7);
    Node in = b.input(shape);
    Window window = Window.square(kernel).stride(stride).pad(pad);
    Node conv = b.conv("conv", in, Op.Conv2d.of(6, window).grouped(2));
    Graph graph = b.build(b.flatten("flat", b.globalAvgPool("pool", conv)));
    Map<String, double[]> weights = NamedValues.parameters(graph);
    double[] images = NamedValues.images(BATCH, shape);
    double[] means = ReferenceProgram.infer(graph, weights, images);

    InputMeans inputs = new InputMeans(conv);
    float[] floats = new float[images.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) images[i];
    }
    inputs.add(floats, BATCH);
    double[] m = inputs.means();
    double[] w = Objects.requireNonNull(weights.get("conv.weight"));
    int each = w.length / 6;
    for (int o = 0; o < 6; o++) {
      double expected = 0;
      for (int n = 0; n < BATCH; n++) {
        expected += means[n * 6 + o] / BATCH;
      }
      double actual = 0;
      for (int k = 0; k < each; k++) {
        actual += w[o * each + k] * m[o / 3 * each + k];
      }
      assertThat(actual).isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-9));
    }
  }
}
