package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.NeedsBf16;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every network of the list trains a step, evaluates, and comes back from its file, at the smallest
 * of a few sizes whose last grid is at least 2x2.
 */
class EveryNetworkTest {
  private static final int BATCH = 4;
  private static final int THREADS = Math.min(2, Runtime.getRuntime().availableProcessors());
  private static final int CLASSES = 3;
  private static final float RATE = 0.1f;
  private static final int LARGE = 1 << 14;
  private static final int[] SIZES = {8, 32, 64, 96, 299};
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0.1);

  static Stream<String> names() {
    return Models.all().stream().map(ModelInfo::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void trainsAStepEvaluatesAndComesBackFromItsFile(String name, @TempDir Path temp) {
    Graph graph = smallest(name);
    Path file = temp.resolve("model.safetensors");
    try (TrainingProgram program = training(graph, Precision.F32);
        ParameterSet loaded = BACKEND.parameters(graph)) {
      initialize(graph, program.weights());
      step(graph, program);
      new Updater(program, UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0)))
          .step(0, RATE);
      ModelFile.write(file, card(graph), program.weights());
      try (ModelFile model = ModelFile.open(file)) {
        assertThat(model.graph().params()).isEqualTo(graph.params());
        model.loadInto(loaded);
      }
      // All at once, because reading weights takes longer than the step that made them.
      Set<ParamSpec> trained = Set.copyOf(program.gradients().specs());
      Set<ParamSpec> still = biasesBeforeNorms(graph);
      for (ParamSpec p : graph.params()) {
        float[] now = program.weights().read(p.name());
        if (trained.contains(p)) {
          float[] gradient = program.gradients().read(p.name());
          assertMoves(p, gradient, still);
          assertFollows(p, now, gradient);
        }
        boolean equal = Arrays.equals(now, loaded.read(p.name()));
        assertThat(equal).as("%s is equal to the bit", p.name()).isTrue();
      }
      answersWithNumbers(graph, program.weights(), Precision.F32);
    }
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("names")
  void trainsAStepAndEvaluatesInBfloat16(String name) {
    Graph graph = smallest(name);
    try (TrainingProgram program = training(graph, Precision.BF16)) {
      initialize(graph, program.weights());
      step(graph, program);
      Set<ParamSpec> still = biasesBeforeNorms(graph);
      for (ParamSpec p : program.gradients().specs()) {
        assertMoves(p, program.gradients().read(p.name()), still);
      }
      answersWithNumbers(graph, program.weights(), Precision.BF16);
    }
  }

  private static void initialize(Graph graph, ParameterSet weights) {
    graph.params().parallelStream()
        .map(p -> Map.entry(p.name(), values(p)))
        .forEachOrdered(e -> weights.write(e.getKey(), e.getValue()));
  }

  private static void answersWithNumbers(Graph graph, ParameterSet weights, Precision precision) {
    for (float v : logits(graph, weights, precision)) {
      assertThat(v).as("a logit in %s", precision).isFinite();
    }
  }

  // Gaussian values of the list's two billion weights would take most of the test's time. With a
  // variance of 1, what a thousand layers of untrained weights add up to is beyond binary32.
  private static float[] values(ParamSpec p) {
    if (p.role() == ParamSpec.Role.RUNNING_VAR) {
      float[] fours = new float[Math.toIntExact(p.shape().elements())];
      Arrays.fill(fours, 4);
      return fours;
    }
    int elements = Math.toIntExact(p.shape().elements());
    if (elements < LARGE) {
      return p.initialValues(7);
    }
    double bound = Math.sqrt(6.0 * p.shape().dim(0) / elements);
    float[] values = new float[elements];
    long x = p.name().hashCode() | 1;
    for (int i = 0; i < elements; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
      values[i] = (float) (bound * 0x1p-63 * x);
    }
    return values;
  }

  private static Graph smallest(String name) {
    for (int size : SIZES) {
      try {
        Graph graph = Models.graph(name, CLASSES, Shape.of(3, size, size));
        if (graph.nodes().stream()
            .filter(n -> n.op() instanceof Op.GlobalAvgPool && leadsTo(n, graph.logits()))
            .allMatch(n -> n.input().shape().dim(1) > 1)) {
          return graph;
        }
      } catch (GraphException e) {
        assertThat(e).hasMessageMatching(".*(larger image|images of).*");
      }
    }
    throw new AssertionError(name + " accepts none of " + Arrays.toString(SIZES));
  }

  // The global pools of auxiliary classifiers may see a single cell.
  private static boolean leadsTo(Node pool, Node logits) {
    Node n = logits;
    while (!n.inputs().isEmpty() && n != pool) {
      n = n.input();
    }
    return n == pool;
  }

  private static TrainingProgram training(Graph graph, Precision precision) {
    return Compilation.training(graph, LOSS, BACKEND, options(precision));
  }

  private static CompileOptions options(Precision precision) {
    return new CompileOptions(BATCH, precision, Memory.NORMAL, THREADS);
  }

  private static void step(Graph graph, TrainingProgram program) {
    float[] targets = new float[BATCH * CLASSES];
    for (int n = 0; n < BATCH; n++) {
      targets[n * CLASSES + n % CLASSES] = 1;
    }
    double loss = program.run(images(graph, program.inputType()), targets, 1).loss();
    assertThat(loss).as("loss").isFinite().isPositive();
  }

  private static void assertMoves(ParamSpec p, float[] gradient, Set<ParamSpec> still) {
    boolean finite = true;
    boolean moves = false;
    for (float g : gradient) {
      finite &= Float.isFinite(g);
      moves |= g != 0;
    }
    assertThat(finite).as("the gradient of %s is finite", p.name()).isTrue();
    assertThat(moves || still.contains(p)).as("%s has a gradient", p.name()).isTrue();
  }

  private static void assertFollows(ParamSpec p, float[] now, float[] gradient) {
    float[] old = values(p);
    boolean follows = true;
    for (int i = 0; i < gradient.length; i++) {
      follows &= now[i] == old[i] - RATE * gradient[i];
    }
    assertThat(follows).as("%s moves along its gradient", p.name()).isTrue();
  }

  // The norm takes the mean away, so their gradient is zero but for rounding.
  private static Set<ParamSpec> biasesBeforeNorms(Graph graph) {
    return graph.nodes().stream()
        .filter(n -> n.op() instanceof Op.BatchNorm)
        .flatMap(n -> n.input().param(ParamSpec.Role.BIAS).stream())
        .collect(Collectors.toSet());
  }

  private static float[] logits(Graph graph, ParameterSet weights, Precision precision) {
    try (InferenceProgram program =
        Compilation.inference(graph, weights, BACKEND, options(precision))) {
      float[] logits = new float[BATCH * CLASSES];
      program.run(images(graph, program.inputType()), logits);
      return logits;
    }
  }

  private static ByteBuffer images(Graph graph, DType type) {
    double[] values = NamedValues.images(BATCH, graph.inputShape());
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.nativeOrder());
    for (double v : values) {
      if (type == DType.BF16) {
        buffer.putShort(DType.toBf16((float) v));
      } else {
        buffer.putFloat((float) v);
      }
    }
    return buffer.flip();
  }

  private static ModelCard card(Graph graph) {
    Shape input = graph.inputShape();
    return new ModelCard(
        graph.name(),
        input,
        List.of("ant", "bee", "cat"),
        Preprocessing.nativeSize(
            input.dim(1), input.dim(2), Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
        "{}",
        Map.of(),
        new ModelCard.Origin("", ""));
  }
}
