package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.InceptionModules;
import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.passes.FuseRelu;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which gradients are added to others as they are computed, and that this is always allowed. */
class AccumulationTest {

  static Stream<Graph> networks() {
    return Stream.concat(
        InceptionModules.all().stream(),
        Stream.of("resnet20", "resnet50", "resnetv2_50", "googlenet", "inception_v3")
            .map(Models::graph));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void aGradientIsOnlyAddedToOneThatIsThereAndThatOnlyTheirSumStillReads(Graph graph) {
    List<BackwardStep> steps = steps(graph);
    Accumulation.find(steps)
        .forEach(
            (later, earlier) -> {
              BackwardStep.Sum sum = sumOf(steps, later);
              assertThat(sum.parts()).contains(earlier);
              int addedAt = madeAt(steps, later);
              assertThat(madeAt(steps, earlier)).as("%s is there", earlier).isLessThan(addedAt);
              assertThat(readers(steps, earlier).stream().filter(i -> i > addedAt))
                  .as("only the sum reads %s after that", earlier)
                  .containsExactly(steps.indexOf(sum));
              assertThat(readers(steps, later)).containsExactly(steps.indexOf(sum));
            });
  }

  @ParameterizedTest
  @MethodSource("networks")
  void aGradientThatOthersAreAddedToIsNotItselfAdded(Graph graph) {
    Map<Grad, Grad> found = Accumulation.find(steps(graph));
    assertThat(found.keySet()).noneMatch(found::containsValue);
  }

  @Test
  void everyBottleneckBlockAddsOneGradient() {
    assertThat(Accumulation.find(steps(Models.graph("resnet50")))).hasSize(16);
  }

  @Test
  void aConvolutionOfThreeByThreeAddsNothing() {
    assertThat(Accumulation.find(steps(twoBranches(Window.square(3).pad(1))))).isEmpty();
  }

  @Test
  void aPointwiseConvolutionThatIsDifferentiatedLastIsAdded() {
    List<BackwardStep> steps = steps(twoBranches(Window.square(1)));
    Map<Grad, Grad> found = Accumulation.find(steps);
    assertThat(found).hasSize(1);
    found.forEach(
        (later, earlier) -> assertThat(madeAt(steps, later)).isGreaterThan(madeAt(steps, earlier)));
  }

  private static Graph twoBranches(Window first) {
    GraphBuilder b = new GraphBuilder("two branches");
    Node stem =
        b.conv("stem", b.input(Shape.of(3, 8, 8)), Op.Conv2d.of(8, Window.square(3).pad(1)));
    Node left = b.conv("left", stem, Op.Conv2d.of(8, first));
    Node right = b.conv("right", stem, Op.Conv2d.of(8, Window.square(3).pad(1)));
    Node sum = b.add("sum", left, right);
    return b.build(b.linear("fc", b.flatten("flat", b.globalAvgPool("pool", sum)), 2));
  }

  private static List<BackwardStep> steps(Graph graph) {
    return Gradients.of(new FuseRelu().apply(graph), new SoftmaxCrossEntropy(0)).backward();
  }

  private static BackwardStep.Sum sumOf(List<BackwardStep> steps, Grad part) {
    return steps.stream()
        .filter(s -> s instanceof BackwardStep.Sum sum && sum.parts().contains(part))
        .map(BackwardStep.Sum.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static int madeAt(List<BackwardStep> steps, Grad grad) {
    for (int i = 0; i < steps.size(); i++) {
      BackwardStep step = steps.get(i);
      if (step instanceof BackwardStep.Backward b && b.dx().contains(grad)
          || step instanceof BackwardStep.Sum s && s.total().equals(grad)
          || step instanceof BackwardStep.LossGradient l && l.logits().equals(grad)) {
        return i;
      }
    }
    throw new AssertionError(grad + " is never made");
  }

  private static List<Integer> readers(List<BackwardStep> steps, Grad grad) {
    List<Integer> readers = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      BackwardStep step = steps.get(i);
      if (step instanceof BackwardStep.Backward b && b.dy().equals(grad)
          || step instanceof BackwardStep.Sum s && s.parts().contains(grad)) {
        readers.add(i);
      }
    }
    return readers;
  }
}
