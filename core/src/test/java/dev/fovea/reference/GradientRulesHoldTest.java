package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.GradientRules;
import dev.fovea.autodiff.GradientRules.Flow;
import dev.fovea.autodiff.GradientRules.Reads;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the table of gradient rules says about an operation is what its formulas do: a memory plan
 * that forgets a value the derivative reads would be wrong, one that keeps another is a waste.
 *
 * <p>Values that a derivative does not read may be anything: they are replaced by NaN.
 */
class GradientRulesHoldTest {
  private static final long SEED = 5;

  static Stream<OpCase> operations() {
    return OpCases.all().stream().filter(OpCase::isOperation);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void aDerivativeReadsWhatItsRuleSays(OpCase c) {
    Graph graph = c.graph();
    Node node = graph.nodes().stream().filter(n -> n.name().equals("op")).findFirst().orElseThrow();
    Reads reads = GradientRules.of(node.op()).reads();
    List<double[]> inputs = new ArrayList<>();
    for (Node in : node.inputs()) {
      inputs.add(NamedValues.of("value of " + in.name(), c.batch() * in.shape().elements()));
    }
    Call call = new Call(node, c.batch(), inputs, NamedValues.parameters(graph));
    double[] y = Forward.training(call, SEED);
    double[] dy = NamedValues.of("dy", y.length);
    Map<String, double[]> expected = gradients(call, y, dy);
    Call blind =
        new Call(
            node, c.batch(), inputs.stream().map(x -> nan(x.length)).toList(), call.parameters());
    if (reads == Reads.NOTHING) {
      assertSame(gradients(blind, nan(y.length), dy), expected);
    } else if (reads == Reads.OUTPUT) {
      assertSame(gradients(blind, y, dy), expected);
    } else if (reads == Reads.INPUTS) {
      assertSame(gradients(call, nan(y.length), dy), expected);
      assertThat(gradients(blind, y, dy).values())
          .anyMatch(g -> Arrays.stream(g).anyMatch(Double::isNaN));
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void gradientsFlowAsTheRuleSays(OpCase c) {
    Graph graph = c.graph();
    Node node = graph.nodes().stream().filter(n -> n.name().equals("op")).findFirst().orElseThrow();
    Flow flow = GradientRules.of(node.op()).flow();
    List<double[]> inputs = new ArrayList<>();
    for (Node in : node.inputs()) {
      inputs.add(NamedValues.of("value of " + in.name(), c.batch() * in.shape().elements()));
    }
    Call call = new Call(node, c.batch(), inputs, NamedValues.parameters(graph));
    double[] y = Forward.training(call, SEED);
    double[] dy = NamedValues.of("dy", y.length);
    List<double[]> dx = new Backward(call, y, dy, SEED, new HashMap<>()).run(true);
    assertThat(dx).hasSameSizeAs(inputs);
    if (flow == Flow.IDENTITY) {
      assertThat(dx).allSatisfy(d -> assertThat(d).isEqualTo(dy));
    } else if (flow == Flow.SHARED) {
      assertThat(dx).allSatisfy(d -> assertThat(d).isEqualTo(dx.get(0)));
    }
  }

  private static Map<String, double[]> gradients(Call call, double[] y, double[] dy) {
    Map<String, double[]> all = new HashMap<>();
    List<double[]> dx = new Backward(call, y, dy, SEED, all).run(true);
    for (int i = 0; i < dx.size(); i++) {
      all.put("dx" + i, dx.get(i));
    }
    return all;
  }

  private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
    assertThat(actual).containsOnlyKeys(expected.keySet());
    expected.forEach((what, g) -> assertThat(actual.get(what)).as(what).isEqualTo(g));
  }

  private static double[] nan(int length) {
    double[] values = new double[length];
    Arrays.fill(values, Double.NaN);
    return values;
  }
}
