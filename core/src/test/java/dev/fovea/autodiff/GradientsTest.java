package dev.fovea.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The order and wiring of backward steps; their values are tested in package reference. */
class GradientsTest {
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0);
  private final GraphBuilder b = new GraphBuilder("g");
  private final Node in = b.input(Shape.of(3, 4, 4));

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyGradientIsWrittenOnceBeforeItIsReadAndEveryParameterGetsOne(OpCase c) {
    TrainingGraph graph = Gradients.of(c.graph(), c.loss());
    Set<Grad> written = new HashSet<>();
    Set<Node> differentiated = new HashSet<>();
    for (BackwardStep step : graph.backward()) {
      if (step instanceof BackwardStep.LossGradient s) {
        assertThat(written.add(s.logits())).isTrue();
        assertThat(s.logits().of()).isSameAs(s.output().node());
      } else if (step instanceof BackwardStep.Sum s) {
        assertThat(written).containsAll(s.parts());
        assertThat(s.parts()).hasSizeGreaterThan(1);
        assertThat(s.parts()).allMatch(p -> p.of().shape().equals(s.total().of().shape()));
        assertThat(written.add(s.total())).isTrue();
      } else if (step instanceof BackwardStep.Backward s) {
        assertThat(written).contains(s.dy());
        assertThat(s.dy().of().shape()).isEqualTo(s.node().shape());
        assertThat(differentiated.add(s.node())).isTrue();
        assertThat(s.dx()).hasSameSizeAs(s.node().inputs());
        s.dx().stream()
            .filter(d -> d != null)
            .distinct()
            .forEach(d -> assertThat(written.add(d)).isTrue());
      }
    }
    List<Node> withParameters =
        graph.forward().nodes().stream()
            .filter(n -> n.params().stream().anyMatch(p -> p.role().trainable()))
            .toList();
    assertThat(withParameters).isNotEmpty();
    assertThat(differentiated).containsAll(withParameters);
  }

  @Test
  void theImagesAndWhatOnlyTheyLeadToGetNoGradient() {
    Node scaled = b.add("scaled", new Op.Affine(2, 0), in);
    Node conv = b.conv("conv", b.relu("early", scaled), Op.Conv2d.of(2, Window.square(3)));
    List<BackwardStep.Backward> steps =
        backward(b.build(b.linear("fc", b.flatten("flat", conv), 5)));
    assertThat(steps).extracting(s -> s.node().name()).containsExactly("fc", "flat", "conv");
    assertThat(steps.get(2).dx()).containsExactly((Grad) null);
  }

  @Test
  void theBackwardPassEndsAtTheLowestLayerThatIsTrained() {
    Node low = b.conv("low", in, Op.Conv2d.of(2, Window.square(3)));
    Node norm = b.batchNorm("norm", low, Op.BatchNorm.standard());
    Node high = b.conv("high", b.relu("relu", norm), Op.Conv2d.of(2, Window.square(1)));
    Graph graph = b.build(b.linear("fc", b.flatten("flat", high), 5));
    Set<String> frozen = Set.of("low.weight", "norm.weight", "norm.bias");
    TrainingGraph training = Gradients.of(graph, LOSS, frozen);
    List<BackwardStep.Backward> steps = backward(training);
    assertThat(steps).extracting(s -> s.node().name()).containsExactly("fc", "flat", "high");
    assertThat(steps.get(2).dx()).containsExactly((Grad) null);
    assertThat(graph.params().stream().filter(training::trains))
        .extracting(p -> p.name())
        .containsExactly("high.weight", "fc.weight", "fc.bias");
    assertThat(backward(Gradients.of(graph, LOSS, Set.of("high.weight"))))
        .extracting(s -> s.node().name())
        .containsExactly("fc", "flat", "high", "relu", "norm", "low");
    Set<String> all = Set.of("low.weight", "norm.weight", "norm.bias", "high.weight");
    assertThat(backward(Gradients.of(graph, LOSS, all)))
        .extracting(s -> s.node().name())
        .containsExactly("fc");
    Set<String> everything = new HashSet<>(all);
    everything.addAll(List.of("fc.weight", "fc.bias"));
    assertThatThrownBy(() -> Gradients.of(graph, LOSS, everything))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("frozen");
  }

  @Test
  void anOutputThatIsReadTwiceGetsTheSumOfWhatComesBack() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(2, Window.square(3)));
    Node sigmoid = b.add("sigmoid", new Op.Sigmoid(), conv);
    Node tanh = b.add("tanh", new Op.Tanh(), conv);
    Node product = b.add("product", new Op.Multiply(), sigmoid, tanh);
    TrainingGraph graph =
        Gradients.of(b.build(b.linear("fc", b.flatten("flat", product), 5)), LOSS);
    BackwardStep.Sum sum =
        (BackwardStep.Sum)
            graph.backward().stream()
                .filter(BackwardStep.Sum.class::isInstance)
                .findFirst()
                .orElseThrow();
    assertThat(sum.total().of()).isSameAs(conv);
    assertThat(sum.parts()).hasSize(2).doesNotHaveDuplicates();
    BackwardStep.Backward last =
        (BackwardStep.Backward) graph.backward().get(graph.backward().size() - 1);
    assertThat(last.node()).isSameAs(conv);
    assertThat(last.dy()).isEqualTo(sum.total());
  }

  @Test
  void anAdditionHandsItsGradientOnWithoutAStep() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(2, Window.square(3)));
    Node other = b.conv("other", in, Op.Conv2d.of(2, Window.square(3)));
    List<BackwardStep.Backward> steps =
        backward(b.build(b.linear("fc", b.flatten("flat", b.add("sum", conv, other)), 5)));
    assertThat(steps)
        .extracting(s -> s.node().name())
        .containsExactly("fc", "flat", "other", "conv");
    assertThat(steps.get(2).dy()).isEqualTo(steps.get(3).dy()).isEqualTo(steps.get(1).dx().get(0));
  }

  @Test
  void anAdditionOfATensorToItselfCountsItsGradientTwice() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(2, Window.square(3)));
    TrainingGraph graph =
        Gradients.of(b.build(b.linear("fc", b.flatten("flat", b.add("sum", conv, conv)), 5)), LOSS);
    BackwardStep.Sum sum =
        (BackwardStep.Sum)
            graph.backward().stream()
                .filter(BackwardStep.Sum.class::isInstance)
                .findFirst()
                .orElseThrow();
    assertThat(sum.parts()).hasSize(2);
    assertThat(sum.parts().get(0)).isEqualTo(sum.parts().get(1));
  }

  @Test
  void bothInputsOfAFusedAdditionShareOneNewGradient() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(2, Window.square(3)));
    Node other = b.conv("other", in, Op.Conv2d.of(2, Window.square(3)));
    Node sum = b.add("sum", new Op.AddRelu(), conv, other);
    List<BackwardStep.Backward> steps =
        backward(b.build(b.linear("fc", b.flatten("flat", sum), 5)));
    BackwardStep.Backward fused = steps.get(2);
    assertThat(fused.node()).isSameAs(sum);
    assertThat(fused.dx().get(0)).isNotNull().isEqualTo(fused.dx().get(1)).isNotEqualTo(fused.dy());
    assertThat(steps.get(3).dy()).isEqualTo(steps.get(4).dy()).isEqualTo(fused.dx().get(0));
  }

  @Test
  void everyClassifierHasALossGradientAndTheyComeFirst() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(2, Window.square(3)));
    Node flat = b.flatten("flat", conv);
    b.output(b.linear("fc", flat, 5), 1).output(b.linear("aux", flat, 5), 0.3);
    TrainingGraph graph = Gradients.of(b.build(), LOSS);
    assertThat(graph.backward().subList(0, 2))
        .hasOnlyElementsOfType(BackwardStep.LossGradient.class)
        .extracting(s -> ((BackwardStep.LossGradient) s).output().lossWeight())
        .containsExactly(1.0, 0.3);
  }

  @Test
  void labelSmoothingOutsideOfItsRangeIsRefused() {
    for (double wrong : new double[] {-0.1, 1, Double.NaN}) {
      assertThatThrownBy(() -> new SoftmaxCrossEntropy(wrong))
          .hasMessageContaining("[0, 1), got " + wrong);
    }
  }

  private static List<BackwardStep.Backward> backward(Graph graph) {
    return backward(Gradients.of(graph, LOSS));
  }

  private static List<BackwardStep.Backward> backward(TrainingGraph graph) {
    List<BackwardStep.Backward> steps = new ArrayList<>();
    for (BackwardStep step : graph.backward()) {
      if (step instanceof BackwardStep.Backward s) {
        steps.add(s);
      }
    }
    return steps;
  }

  @Test
  void thePassFromAScoreKeepsEveryGradientOnceItIsCompleteAndGoesNoFurther() {
    Node first = b.conv("first", in, Op.Conv2d.of(4, Window.square(1)));
    Node second = b.conv("second", first, Op.Conv2d.of(4, Window.square(1)));
    Node sum = b.add("sum", second, first);
    Graph graph = b.build(b.linear("fc", b.flatten("flat", sum), 2));
    AttributionGraph scored = Gradients.ofScore(graph, Set.of("first", "sum"));
    assertThat(scored.nodes()).containsExactly(first, sum);
    assertThat(scored.backward().stream().map(GradientsTest::told))
        .containsExactly(
            "score of fc", "fc", "flat", "keep sum", "second", "sum of 2 at first", "keep first");
  }

  private static String told(BackwardStep step) {
    if (step instanceof BackwardStep.ScoreGradient s) {
      return "score of " + s.output().name();
    } else if (step instanceof BackwardStep.Keep k) {
      return "keep " + k.node().name();
    } else if (step instanceof BackwardStep.Sum s) {
      return "sum of " + s.parts().size() + " at " + s.total().of().name();
    }
    return ((BackwardStep.Backward) step).node().name();
  }

  @Test
  void theImagesAreKeptByTheNameOfTheInput() {
    Graph graph = b.build(b.linear("fc", b.flatten("flat", in), 2));
    AttributionGraph scored = Gradients.ofScore(graph, Set.of(in.name()));
    assertThat(scored.backward().stream().map(GradientsTest::told))
        .containsExactly("score of fc", "fc", "flat", "keep " + in.name());
    assertThat(Gradients.ofScore(graph, Set.of()).backward()).hasSize(1);
  }

  @Test
  void aNodeThatIsNotThereIsRefused() {
    Graph graph = b.build(b.linear("fc", b.flatten("flat", in), 2));
    assertThatThrownBy(() -> Gradients.ofScore(graph, Set.of("fc", "nowhere")))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("g has no node [nowhere]");
  }
}
