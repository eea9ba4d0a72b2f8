package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.models.Models;
import dev.fovea.onednn.QuantizedNetworks.Answer;
import dev.fovea.onednn.QuantizedNetworks.Case;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.IntegerProducts;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs in 8-bit integers against the semantics of {@link Quantization}, word by word. */
class QuantizedProgramTest {
  /** Rounding of the logits themselves. */
  private static final double LOGITS = 1e-6;

  private static final IntegerProducts PRODUCTS = new OneDnnBackend().integerProducts();

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyOperationComputesWhatTheQuantizationSays(OpCase c) {
    Case network = Case.of(c.graph(), c.batch(), 1);
    check(network, QuantizedNetworks.everywhere(network));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyOperationDoesSoWhereverValuesAreKeptIn8Bits(OpCase c) {
    Random random = new Random(2);
    Case network = Case.of(c.graph(), c.batch(), 2);
    for (int i = 0; i < 2; i++) {
      check(network, QuantizedNetworks.anywhere(network, random));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "resnet20, 16",
    "resnet20(shortcut=B), 16",
    "resnet18, 40",
    "resnet50, 33",
    "resnetv2_50, 33",
    "preact_resnet20, 8",
    "wrn_16_4, 8",
    "resnet9, 32",
    "airbench94, 32",
    "googlenet, 40",
    "googlenet_paper(aux=false), 64",
    "bn_inception, 64",
    "inception_v3(aux=false), 79"
  })
  void networksOfEveryFamilyComputeWhatTheQuantizationSays(String name, int size) {
    Case network = Case.of(Models.graph(name, 5, Shape.of(3, size, size)), 2, 3);
    Answer everywhere = check(network, QuantizedNetworks.everywhere(network));
    // Without VNNI some run in binary32, whose code depends on the instruction set.
    assertThat(everywhere.report().primitives())
        .noneMatch(p -> PRODUCTS.exact() && p.implementation().startsWith("ref"));
    check(network, QuantizedNetworks.anywhere(network, new Random(4)));
  }

  private static Answer check(Case c, Quantization q) {
    double[] expected = c.expected(q);
    Answer answer = QuantizedNetworks.run(c, q, 2);
    float[] logits = answer.logits();
    double bound = LOGITS * QuantizedNetworks.largest(expected) + ties(c, q, expected);
    for (int i = 0; i < logits.length; i++) {
      assertThat((double) logits[i]).as("logit %d", i).isCloseTo(expected[i], within(bound));
    }
    return answer;
  }

  /**
   * What ties may change: nothing where all arithmetic is exact in binary32. Where only the mean in
   * front of the classifier is not, one of its values by one step. Where inner layers round, too, a
   * tie in one may make others in the next: 2 % of the largest logit, in networks of many layers.
   * Without exact products of integers sums are rounded as well.
   */
  private static double ties(Case c, Quantization q, double[] expected) {
    if (PRODUCTS.exact() && c.graph().nodes().stream().noneMatch(QuantizedProgramTest::rounds)) {
      return 0;
    }
    boolean inside =
        !PRODUCTS.exact()
            || c.graph().nodes().stream()
                .anyMatch(n -> rounds(n) && !(n.op() instanceof Op.GlobalAvgPool));
    Node last = c.graph().logits();
    double step = step(q, inside ? q.values().keySet() : Set.of(last.input().name()));
    double weight =
        QuantizedNetworks.isProduct(last)
            ? QuantizedNetworks.largest(
                Objects.requireNonNull(c.parameters().get(QuantizedNetworks.weight(last))))
            : 1;
    double network =
        inside && c.graph().nodes().size() > 30 ? QuantizedNetworks.largest(expected) / 50 : 0;
    return Math.max(step * weight, network) + step(q, Set.of(last.name()));
  }

  /** The largest step of these nodes. */
  private static double step(Quantization q, Set<String> nodes) {
    return q.values().entrySet().stream()
        .filter(e -> nodes.contains(e.getKey()))
        .mapToDouble(e -> e.getValue().step())
        .max()
        .orElse(0);
  }

  private static boolean rounds(Node n) {
    return n.op() instanceof Op.BatchNorm
        || n.op() instanceof Op.BatchNormRelu
        || n.op() instanceof Op.LocalResponseNorm
        || n.op() instanceof Op.Sigmoid
        || n.op() instanceof Op.Tanh
        || n.op() instanceof Op.Gelu
        || n.op() instanceof Op.Silu
        || n.op() instanceof Op.Affine
        || n.op() instanceof Op.AvgPool
        || n.op() instanceof Op.GlobalAvgPool
        || n.op() instanceof Op.AdaptiveAvgPool;
  }

  @Test
  void namesThatTheNetworkDoesNotHaveAreRefused() {
    Case c = Case.of(resnet(), 1, 5);
    Quantization values = new Quantization(Map.of("conv9", new Scale(1, true)), Map.of());
    assertThatThrownBy(() -> QuantizedNetworks.run(c, values, 1))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("'conv9'")
        .hasMessageContaining("quantize this network again");
    Quantization weights = new Quantization(Map.of(), Map.of("fc9.weight", new float[] {1}));
    assertThatThrownBy(() -> QuantizedNetworks.run(c, weights, 1))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("'fc9.weight'");
  }

  @Test
  void weightsNeedAnInputIn8Bits() {
    Case c = Case.of(resnet(), 1, 5);
    Quantization all = QuantizedNetworks.everywhere(c);
    Map<String, Scale> values = new HashMap<>(all.values());
    values.remove("input");
    assertThatThrownBy(() -> QuantizedNetworks.run(c, new Quantization(values, all.weights()), 1))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("but none for its input 'input'");
  }

  @Test
  void everyOutputChannelNeedsAStep() {
    Case c = Case.of(resnet(), 1, 5);
    Quantization all = QuantizedNetworks.everywhere(c);
    Map<String, float[]> weights = new HashMap<>(all.weights());
    weights.put("conv1.weight", new float[3]);
    assertThatThrownBy(() -> QuantizedNetworks.run(c, new Quantization(all.values(), weights), 1))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("3 steps")
        .hasMessageContaining("16 output channels");
  }

  private static Graph resnet() {
    return Models.graph("resnet20", 5, Shape.of(3, 8, 8));
  }

  @Test
  void residualBlocksAndBranchesAreOneInstructionEach() {
    Case c = Case.of(Models.graph("resnet50", 5, Shape.of(3, 64, 64)), 1, 6);
    Answer answer = QuantizedNetworks.run(c, QuantizedNetworks.everywhere(c), 1);
    assertThat(answer.report().primitives())
        .noneMatch(p -> p.kind().startsWith("binary") || p.kind().startsWith("eltwise"));
    long convolutions = c.graph().nodes().stream().filter(n -> n.op() instanceof Op.Conv2d).count();
    Assumptions.assumeTrue(PRODUCTS.exact(), "layers in binary32 take conversions");
    // Beside the convolutions: rounding the images, two pools and the classifier.
    assertThat(answer.report().primitives())
        .hasSizeLessThanOrEqualTo(Math.toIntExact(convolutions) + 4);
  }

  @Test
  void changedWeightsTakeEffectAtTheNextRunAndProfilingComputesTheSame() {
    Case before = Case.of(resnet(), 2, 8);
    Case after = Case.of(resnet(), 2, 9);
    Quantization q = QuantizedNetworks.everywhere(before);
    OneDnnBackend backend = new OneDnnBackend();
    CompileOptions options = new CompileOptions(2, Precision.F32, CompileOptions.Memory.NORMAL, 1);
    try (ParameterSet weights = backend.parameters(before.graph())) {
      QuantizedNetworks.write(before, weights);
      try (InferenceProgram program =
          Compilation.quantized(before.graph(), weights, q, backend, options)) {
        float[] logits = new float[2 * 5];
        program.run(QuantizedNetworks.images(before), logits);
        assertThat(logits).isEqualTo(QuantizedNetworks.run(before, q, 1).logits());
        QuantizedNetworks.write(after, weights);
        long[] nanos = new long[program.report().primitives().size()];
        program.profile(QuantizedNetworks.images(after), logits, nanos);
        assertThat(logits).isEqualTo(QuantizedNetworks.run(after, q, 1).logits());
        assertThat(nanos).doesNotContain(0);
      }
    }
  }

  @Test
  void threadsDoNotChangeAnything() {
    Case c = Case.of(resnet(), 3, 10);
    Quantization q = QuantizedNetworks.everywhere(c);
    assertThat(QuantizedNetworks.run(c, q, 3).logits())
        .isEqualTo(QuantizedNetworks.run(c, q, 1).logits());
  }
}
