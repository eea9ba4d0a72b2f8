package dev.fovea.onednn;

import static dev.fovea.EngineValues.bytes;
import static dev.fovea.EngineValues.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Frozen;
import dev.fovea.program.Precision;
import dev.fovea.program.StepExchange;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets of gradients: everything once, and complete when it is said. */
class GradientBucketsTest {
  private static final int BATCH = 2;

  /** Copies what it is told is ready, and then spoils it, as a sum over ranks changes it. */
  private static final class Copies implements StepExchange {
    private final List<FloatBuffer> buckets;
    private final List<float[]> copies = new ArrayList<>();

    Copies(List<FloatBuffer> buckets) {
      this.buckets = buckets;
    }

    @Override
    public void sum(FloatBuffer values) {
      throw new AssertionError("no norm is synchronized");
    }

    @Override
    public void ready(int bucket) {
      assertThat(bucket).isEqualTo(copies.size());
      FloatBuffer values = buckets.get(bucket);
      float[] copy = new float[values.remaining()];
      values.get(values.position(), copy);
      copies.add(copy);
      values.put(values.position(), new float[copy.length]);
    }
  }

  private static TrainingProgram program(Graph graph, Frozen frozen) {
    TrainingProgram program =
        Compilation.training(
            graph,
            new SoftmaxCrossEntropy(0),
            new OneDnnBackend(),
            new CompileOptions(BATCH, Precision.F32, CompileOptions.Memory.NORMAL, 1),
            frozen);
    NamedValues.parameters(graph)
        .forEach((name, values) -> program.weights().write(name, floats(values)));
    return program;
  }

  private static Copies run(TrainingProgram program, Graph graph) {
    Copies copies = new Copies(program.gradientBuckets());
    program.run(images(graph), targets(graph), 0, copies);
    return copies;
  }

  private static ByteBuffer images(Graph graph) {
    return bytes(NamedValues.images(BATCH, graph.inputShape()), DType.F32);
  }

  private static float[] targets(Graph graph) {
    float[] targets = new float[BATCH * graph.classes()];
    targets[1] = 1;
    targets[graph.classes() + 2] = 1;
    return targets;
  }

  // If a bucket were announced too early, a later instruction would write into what was spoilt.
  @ParameterizedTest
  @ValueSource(strings = {"resnet50", "bn_inception", "googlenet(aux=false)"})
  void everyGradientIsInOneBucketThatIsCompleteWhenItIsReady(String name) {
    Graph graph = Models.graph(name, 5, Shape.of(3, 64, 64));
    try (TrainingProgram program = program(graph, Frozen.nothing())) {
      Copies copies = run(program, graph);
      assertThat(copies.copies).hasSameSizeAs(program.gradientBuckets()).hasSizeGreaterThan(1);
      for (FloatBuffer bucket : program.gradientBuckets()) {
        float[] left = new float[bucket.remaining()];
        bucket.get(bucket.position(), left);
        assertThat(left).containsOnly(0);
      }
      double norm = 0;
      for (float[] copy : copies.copies) {
        for (float v : copy) {
          norm += (double) v * v;
        }
      }
      for (ParamSpec p : program.gradients().specs()) {
        assertThat(program.gradients().read(p.name())).containsOnly(0);
      }
      program.run(images(graph), targets(graph), 0);
      assertThat(Math.sqrt(norm))
          .isCloseTo(program.gradientNorm(), within(1e-9 * program.gradientNorm()))
          .isPositive();
    }
  }

  @Test
  void whatIsFrozenIsInNoBucket() {
    Graph graph = Models.graph("resnet50", 5, Shape.of(3, 64, 64));
    Set<String> frozen =
        graph.params().stream()
            .filter(p -> p.role().trainable() && !p.name().startsWith("fc"))
            .map(ParamSpec::name)
            .collect(Collectors.toSet());
    try (TrainingProgram program = program(graph, new Frozen(frozen, false))) {
      assertThat(program.gradientBuckets().stream().mapToInt(FloatBuffer::remaining).sum())
          .isBetween(5 * 2048 + 5, 5 * 2048 + 64);
      assertThat(run(program, graph).copies).hasSize(1);
    }
  }
}
