package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.passes.FoldNorms;
import dev.fovea.passes.SkipDropout;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.Quantization;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gradients of models in files. */
class LoadedModelTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final Graph GRAPH = Models.graph("resnet20", 3, Shape.of(3, 16, 16));
  private static final String IMAGES = GRAPH.input().name();
  private static final CompileOptions OPTIONS =
      new CompileOptions(1, Precision.F32, Memory.NORMAL, 1);
  private static final float[] SCORE = {1, -1, 0};

  @TempDir private Path folder;

  private static ModelCard card() {
    return new ModelCard(
        Models.spec(GRAPH),
        GRAPH.inputShape(),
        List.of("a", "b", "c"),
        Preprocessing.nativeSize(16, 16, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
        "{}",
        Map.of(),
        new ModelCard.Origin("", ""));
  }

  private static float[] original(String name) {
    double[] values = Objects.requireNonNull(NamedValues.parameters(GRAPH).get(name));
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static float[] gradient(LoadedModel model, CompileOptions options, float[] logits) {
    float[] gradient = new float[Math.toIntExact(GRAPH.inputShape().elements())];
    try (AttributionProgram program = model.attribution(Set.of(IMAGES), options)) {
      program.run(images(), SCORE, logits);
      program.gradient(IMAGES, gradient);
    }
    return gradient;
  }

  private static ByteBuffer images() {
    double[] values = NamedValues.images(1, GRAPH.inputShape());
    ByteBuffer images =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double v : values) {
      images.putFloat((float) v);
    }
    return images.flip();
  }

  private Path written() {
    Path file = folder.resolve("m.safetensors");
    try (ParameterSet weights = BACKEND.parameters(GRAPH)) {
      GRAPH.params().forEach(p -> weights.write(p.name(), original(p.name())));
      ModelFile.write(file, card(), weights);
    }
    return file;
  }

  @Test
  void aModelForBfloat16IsExplainedInBinary32() {
    try (LoadedModel model = LoadedModel.open(written(), Optional.empty(), BACKEND);
        InferenceProgram inference = model.compile(model.graph(), OPTIONS)) {
      float[] expected = new float[3];
      inference.run(images(), expected);
      float[] logits = new float[3];
      float[] exact = gradient(model, OPTIONS, logits);
      for (int k = 0; k < 3; k++) {
        assertThat(logits[k]).isCloseTo(expected[k], within(1e-4f));
      }
      assertThat(gradient(model, OPTIONS.withPrecision(Precision.BF16), logits))
          .containsExactly(exact);
    }
  }

  /** Steps that are powers of two, from weights that are multiples of them: nothing is rounded. */
  @Test
  void aQuantizedModelIsExplainedByItsWeightsInBinary32() {
    FoldNorms folded = new FoldNorms(new SkipDropout().apply(GRAPH));
    Function<String, float[]> weights = folded.weights(LoadedModelTest::original);
    Path file = folder.resolve("m.int8.safetensors");
    Map<String, float[]> steps = new HashMap<>();
    Node last = folded.graph().logits();
    float[] step = {0x1p-7f, 0x1p-7f, 0x1p-7f};
    String name = last.params().get(0).name();
    steps.put(name, step);
    Function<String, float[]> rounded =
        n -> n.equals(name) ? onGrid(weights.apply(n), step[0]) : weights.apply(n);
    Quantization quantization =
        new Quantization(Map.of(last.input().name(), new Quantization.Scale(0x1p-4f, true)), steps);
    ModelFile.writeQuantized(
        file,
        card(),
        folded.graph(),
        new QuantizedNumbers(quantization, Map.of(), Map.of()),
        rounded);
    try (LoadedModel model = LoadedModel.open(file, Optional.empty(), BACKEND);
        ParameterSet plain = BACKEND.parameters(folded.graph());
        AttributionProgram expected =
            Compilation.attribution(folded.graph(), plain, BACKEND, OPTIONS, Set.of(IMAGES))) {
      folded.graph().params().forEach(p -> plain.write(p.name(), rounded.apply(p.name())));
      float[] logits = new float[3];
      float[] gradient = gradient(model, OPTIONS, logits);
      float[] right = new float[gradient.length];
      expected.run(images(), SCORE, new float[3]);
      expected.gradient(IMAGES, right);
      assertThat(model.isQuantized()).isTrue();
      assertThat(gradient).containsExactly(right);
    }
  }

  private static float[] onGrid(float[] values, float step) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = step * Math.max(-127, Math.min(127, Math.round(values[i] / step)));
    }
    return rounded;
  }
}
