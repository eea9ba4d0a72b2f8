package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.quantization.CalibrationImages;
import dev.fovea.quantization.QuantizationOptions;
import dev.fovea.quantization.QuantizedNetwork;
import dev.fovea.quantization.Quantizer;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The classifier cuts networks before their last layer, which must not change 8-bit integers. */
class QuantizedClassifierTest {
  private static final int SIDE = 32;
  private static final int CLASSES = 10;

  @TempDir private Path folder;

  private static Graph graph(String name) {
    return switch (name) {
      case "flat" -> small("flat", false);
      case "hidden" -> small("flatten", true);
      default -> Models.graph(name, CLASSES, Shape.of(3, SIDE, SIDE));
    };
  }

  /** A network whose classifier reads a node of any name, or another linear layer. */
  private static Graph small(String flat, boolean hidden) {
    GraphBuilder b = new GraphBuilder("small");
    Node x = b.conv("conv", b.input(Shape.of(3, SIDE, SIDE)), Op.Conv2d.of(16, Window.square(3)));
    x = b.flatten(flat, b.globalAvgPool("pool", b.relu("relu", x)));
    if (hidden) {
      x = b.relu("relu2", b.linear("fc1", x, 24));
    }
    return b.build(b.linear("fc", x, CLASSES));
  }

  private static Preprocessing preprocessing() {
    return Preprocessing.nativeSize(
        SIDE, SIDE, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD);
  }

  private Path quantized(Graph graph) {
    Map<String, double[]> weights = NamedValues.parameters(graph);
    Path file = folder.resolve("m.int8.safetensors");
    try (Dataset images = Datasets.open("shapes(size=32,count=12,val=10)", Split.TRAIN)) {
      QuantizedNetwork q =
          new Quantizer(Engine.get(), 2, QuantizationOptions.STANDARD, (pass, seen) -> {})
              .quantize(
                  graph,
                  name -> floats(Objects.requireNonNull(weights.get(name))),
                  new CalibrationImages(images, preprocessing(), LoaderOptions.STANDARD));
      ModelFile.writeQuantized(
          file,
          new ModelCard(
              Models.spec(graph),
              graph.inputShape(),
              IntStream.range(0, CLASSES).mapToObj(i -> "class" + i).toList(),
              preprocessing(),
              "{}",
              Map.of(),
              new ModelCard.Origin("", "")),
          q.graph(),
          new QuantizedNumbers(q.quantization(), q.addends(), Map.of()),
          name -> Objects.requireNonNull(q.weights().get(name)));
    }
    return file;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static Image noise(long seed) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    new Random(seed).nextBytes(rgb);
    return new Image(SIDE, SIDE, rgb);
  }

  @Test
  void aModelInIntegersIsExplainedByItsWeightsInBinary32() {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    new Random(8).nextBytes(rgb);
    try (Explainer explainer = Explainer.open(quantized(graph("resnet20")))) {
      for (String method : ExplanationMethod.NAMES) {
        Explanation e =
            explainer.explain(
                new Image(SIDE, SIDE, rgb), explainer.method(method), new ExplanationTarget.Best());
        assertThat(e.map().isZero()).as(method).isFalse();
        assertThat(e.remark()).contains("8-bit integers").contains("binary32");
      }
      assertThat(explainer.layers()).endsWith("layer3.2.relu2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"flat", "hidden", "resnet20", "resnet9(width=8)", "googlenet"})
  void itAnswersAsTheWholeNetworkDoes(String name) {
    Path file = quantized(graph(name));
    CompileOptions options = new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, 2);
    try (CompiledModel whole = CompiledModel.open(file, Engine.get(), options);
        Classifier classifier = Classifier.open(file)) {
      for (int seed = 0; seed < 8; seed++) {
        Image image = noise(seed);
        double[] expected = whole.probabilities(List.of(image)).get(0);
        double[] seen = classifier.predict(image).probabilities();
        // The last products are summed in another order than in a batch of one.
        assertThat(seen).containsExactly(expected, within(1e-5));
        assertThat(classifier.embed(image).values()).isNotEmpty();
      }
    }
  }
}
