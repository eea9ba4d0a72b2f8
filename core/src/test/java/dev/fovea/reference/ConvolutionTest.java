package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The product of matrices against the definition, seven loops deep. */
class ConvolutionTest {

  static Stream<OpCase> cases() {
    return OpCases.all().stream().filter(c -> c.kind().equals("Conv2d"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheDefinition(OpCase c) {
    Graph graph = c.graph();
    Node node = graph.nodes().stream().filter(n -> n.name().equals("op")).findFirst().orElseThrow();
    double[] x = NamedValues.of("x", c.batch() * node.input().shape().elements());
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    Call call = new Call(node, c.batch(), List.of(x), parameters);
    double[] y = Forward.inference(call);
    double[] expected = definition(call, (Op.Conv2d) node.op());
    assertThat(y).hasSameSizeAs(expected);
    for (int i = 0; i < y.length; i++) {
      assertThat(y[i]).as("element %d", i).isCloseTo(expected[i], within(1e-12));
    }
  }

  private static double[] definition(Call call, Op.Conv2d op) {
    Shape in = call.inputShape(0);
    Shape out = call.node().shape();
    double[] y = call.newOutput();
    int at = 0;
    for (int n = 0; n < call.batch(); n++) {
      for (int o = 0; o < out.dim(0); o++) {
        for (int i = 0; i < out.dim(1); i++) {
          for (int j = 0; j < out.dim(2); j++) {
            double sum = call.has(Role.BIAS) ? call.param(Role.BIAS)[o] : 0;
            y[at++] = sum + window(call, op, in, new int[] {n, o, i, j});
          }
        }
      }
    }
    return y;
  }

  private static double window(Call call, Op.Conv2d op, Shape in, int[] cell) {
    int perGroup = in.dim(0) / op.groups();
    int group = cell[1] / (op.outChannels() / op.groups());
    int kernelH = op.window().kernelH();
    int kernelW = op.window().kernelW();
    double sum = 0;
    for (int c = 0; c < perGroup; c++) {
      for (int r = 0; r < kernelH; r++) {
        for (int s = 0; s < kernelW; s++) {
          int line = cell[2] * op.window().strideH() + r - op.window().padH();
          int column = cell[3] * op.window().strideW() + s - op.window().padW();
          if (line >= 0 && line < in.dim(1) && column >= 0 && column < in.dim(2)) {
            int channel = group * perGroup + c;
            double w =
                call.param(Role.WEIGHT)[((cell[1] * perGroup + c) * kernelH + r) * kernelW + s];
            sum +=
                w
                    * call.x()[
                        ((cell[0] * in.dim(0) + channel) * in.dim(1) + line) * in.dim(2) + column];
          }
        }
      }
    }
    return sum;
  }
}
