package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.program.ProgramReport.Primitive;
import dev.fovea.reference.ReferenceAttribution;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an attribution program computes and what not, whose memory it is, and what it refuses. */
class AttributionProgramTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final int BATCH = 2;
  private static final int CLASSES = 10;
  private static final Graph GRAPH = Models.graph("resnet20", CLASSES, Shape.of(3, 16, 16));
  private static final String IMAGES = GRAPH.input().name();
  private static final String LAST = "layer3.2.relu2";
  private static final ParameterSet WEIGHTS = BACKEND.parameters(GRAPH);

  @BeforeAll
  static void give() {
    reset();
  }

  @AfterAll
  static void close() {
    WEIGHTS.close();
  }

  private static void reset() {
    NamedValues.parameters(GRAPH).forEach((name, v) -> WEIGHTS.write(name, floats(v)));
  }

  private static CompileOptions options() {
    return new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 2);
  }

  private static AttributionProgram compile(String... nodes) {
    return Compilation.attribution(GRAPH, WEIGHTS, BACKEND, options(), Set.of(nodes));
  }

  private static ByteBuffer images() {
    ByteBuffer images =
        ByteBuffer.allocateDirect(BATCH * 3 * 16 * 16 * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double v : NamedValues.images(BATCH, GRAPH.inputShape())) {
      images.putFloat((float) v);
    }
    return images.flip();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static float[] of(int index) {
    float[] rows = new float[BATCH * CLASSES];
    for (int n = 0; n < BATCH; n++) {
      rows[n * CLASSES + index] = 1;
    }
    return rows;
  }

  private static float[] imageGradient(AttributionProgram program, float[] scoreWeights) {
    program.run(images(), scoreWeights, new float[BATCH * CLASSES]);
    float[] gradient = new float[BATCH * 3 * 16 * 16];
    program.gradient(IMAGES, gradient);
    return gradient;
  }

  private static List<String> kinds(AttributionProgram program) {
    return program.report().primitives().stream().map(Primitive::kind).toList();
  }

  @Test
  void noGradientOfAParameterIsComputed() {
    try (AttributionProgram program = compile(IMAGES)) {
      assertThat(kinds(program))
          .contains("convolution backward_data", "inner_product backward_data")
          .noneMatch(k -> k.contains("backward_weights"))
          .doesNotContain("batch_normalization backward");
    }
  }

  @Test
  void theBackwardPassEndsAtTheLowestNodeThatIsAskedFor() {
    try (AttributionProgram program = compile(LAST)) {
      assertThat(kinds(program).stream().filter(k -> k.contains("backward")))
          .containsExactly("inner_product backward_data", "pooling backward");
    }
  }

  @Test
  void withoutNodesTheLogitsAreThoseOfInferenceAndCostNoMore() {
    float[] expected = new float[BATCH * CLASSES];
    float[] logits = new float[BATCH * CLASSES];
    try (AttributionProgram program = compile();
        InferenceProgram inference = Compilation.inference(GRAPH, WEIGHTS, BACKEND, options())) {
      inference.run(images(), expected);
      program.run(images(), of(0), logits);
      assertThat(logits).containsExactly(expected);
      assertThat(program.report().primitives())
          .hasSizeLessThanOrEqualTo(inference.report().primitives().size() + 1);
    }
  }

  @Test
  void theLogitsAreThoseOfInference() {
    float[] expected = new float[BATCH * CLASSES];
    float[] logits = new float[BATCH * CLASSES];
    try (AttributionProgram program = compile(IMAGES, LAST);
        InferenceProgram inference = Compilation.inference(GRAPH, WEIGHTS, BACKEND, options())) {
      inference.run(images(), expected);
      program.run(images(), of(0), logits);
      for (int i = 0; i < logits.length; i++) {
        assertThat(logits[i]).isCloseTo(expected[i], within(1e-4f));
      }
    }
  }

  @Test
  void theGradientOfADifferenceIsTheDifferenceOfGradients() {
    try (AttributionProgram program = compile(IMAGES)) {
      float[] a = imageGradient(program, of(3));
      float[] b = imageGradient(program, of(5));
      float[] w = of(3);
      for (int n = 0; n < BATCH; n++) {
        w[n * CLASSES + 5] = -1;
      }
      float[] difference = imageGradient(program, w);
      for (int i = 0; i < a.length; i++) {
        assertThat(difference[i]).isCloseTo(a[i] - b[i], within(1e-5f));
      }
    }
  }

  @Test
  void imagesOfABatchDoNotInfluenceEachOther() {
    try (AttributionProgram program = compile(IMAGES)) {
      float[] both = imageGradient(program, of(3));
      float[] w = of(3);
      Arrays.fill(w, CLASSES, 2 * CLASSES, 0);
      float[] first = imageGradient(program, w);
      int each = both.length / BATCH;
      assertThat(Arrays.copyOf(first, each)).containsExactly(Arrays.copyOf(both, each));
      assertThat(Arrays.copyOfRange(first, each, 2 * each)).containsOnly(0f);
    }
  }

  @Test
  void changesOfTheWeightsTakeEffectAtTheNextRun() {
    try (AttributionProgram program = compile(IMAGES)) {
      float[] before = imageGradient(program, of(1));
      for (String name : List.of("linear.weight", "conv1.weight", "bn1.weight")) {
        float[] old = WEIGHTS.read(name);
        WEIGHTS.write(name, new float[old.length]);
        assertThat(imageGradient(program, of(1))).as("%s is zero", name).containsOnly(0f);
        WEIGHTS.write(name, old);
      }
      assertThat(imageGradient(program, of(1))).containsExactly(before);
    } finally {
      reset();
    }
  }

  @Test
  void closingFreesEverythingAndTheWeightsStay() {
    int before = Owner.open();
    int leaked = Owner.leaked();
    for (int round = 0; round < 3; round++) {
      AttributionProgram program = compile(IMAGES, LAST);
      imageGradient(program, of(round));
      assertThat(Owner.open()).isGreaterThan(before);
      program.close();
      program.close();
      assertThat(Owner.open()).isEqualTo(before);
      assertThatThrownBy(() -> program.run(images(), of(0), of(0))).hasMessageContaining("closed");
      assertThatThrownBy(() -> program.gradient(IMAGES, new float[1]))
          .hasMessageContaining("closed");
    }
    assertThat(Owner.leaked()).isEqualTo(leaked);
    assertThat(WEIGHTS.read("linear.bias")).hasSize(CLASSES);
  }

  @Test
  void wrongArgumentsAreRefusedBeforeAnythingNativeRuns() {
    try (AttributionProgram program = compile(LAST)) {
      float[] row = of(0);
      assertThatThrownBy(() -> program.gradient(LAST, new float[1]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("run it first");
      assertThatThrownBy(() -> program.run(images(), new float[3], row))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 x 10");
      assertThatThrownBy(() -> program.run(images(), row, new float[3]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("logits");
      assertThatThrownBy(() -> program.run(ByteBuffer.allocateDirect(8), row, row))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("bytes");
      program.run(images(), row, new float[BATCH * CLASSES]);
      assertThatThrownBy(() -> program.gradient(IMAGES, new float[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + IMAGES + "' is not kept");
      assertThatThrownBy(() -> program.value(LAST, new float[5]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got an array of 5");
      assertThat(program.batch()).isEqualTo(BATCH);
    }
  }

  @Test
  void aNodeThatCannotBeReadIsRefusedByNameAndSaysWhatToName() {
    assertThatThrownBy(() -> compile("layer9"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("resnet20 has no node [layer9]");
    Graph googlenet = Models.graph("googlenet", CLASSES, Shape.of(3, 64, 64));
    try (ParameterSet some = BACKEND.parameters(googlenet)) {
      assertThatThrownBy(
              () ->
                  Compilation.attribution(
                      googlenet, some, BACKEND, options(), Set.of("aux1.conv.conv")))
          .isInstanceOf(GraphException.class)
          .hasMessageContaining("node 'aux1.conv.conv'")
          .hasMessageContaining("auxiliary classifier");
      assertThatThrownBy(
              () -> Compilation.attribution(googlenet, some, BACKEND, options(), Set.of("dropout")))
          .isInstanceOf(GraphException.class)
          .hasMessageContaining("node 'dropout'")
          .hasMessageContaining("name '");
    }
  }

  @Test
  void gradientsAreComputedInBinary32Only() {
    CompileOptions narrow = options().withPrecision(Precision.BF16);
    assertThatThrownBy(
            () -> Compilation.attribution(GRAPH, WEIGHTS, BACKEND, narrow, Set.of(IMAGES)))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("engine.precision");
  }

  /** Overlapping windows, ceil mode and padding over images of few values, most of them equal. */
  @Test
  void kinksAreResolvedAsInTheInterpreter() {
    GraphBuilder b = new GraphBuilder("kinks");
    Node in = b.input(Shape.of(3, 7, 7));
    Node relu = b.relu("relu", in);
    Node first = b.add("first", new Op.MaxPool(Window.square(3).pad(1), false), relu);
    Node second = b.add("second", new Op.MaxPool(Window.square(2).stride(2), true), first);
    Graph graph = b.build(b.flatten("flat", second));
    double[] images = new double[BATCH * 3 * 7 * 7];
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(images.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (int i = 0; i < images.length; i++) {
      images[i] = i * 7919 % 11 % 4 - 1;
      buffer.putFloat((float) images[i]);
    }
    double[] w = new double[BATCH * graph.classes()];
    for (int i = 0; i < w.length; i++) {
      w[i] = i % 5 - 2;
    }
    Set<String> nodes = Set.of(in.name(), "relu", "first");
    ReferenceAttribution expected =
        new ReferenceAttribution(Gradients.ofScore(graph, nodes), BATCH, Map.of());
    expected.run(images, w);
    try (ParameterSet none = BACKEND.parameters(graph);
        AttributionProgram program =
            Compilation.attribution(graph, none, BACKEND, options(), nodes)) {
      program.run(buffer.flip(), floats(w), new float[w.length]);
      for (String node : nodes) {
        float[] got = new float[images.length];
        program.gradient(node, got);
        float[] right = floats(expected.gradient(node));
        for (int i = 0; i < got.length; i++) {
          // With ==, because 0 and -0 are equal here.
          assertThat(got[i] == right[i]).as("%s[%d]", node, i).isTrue();
        }
      }
    }
  }
}
