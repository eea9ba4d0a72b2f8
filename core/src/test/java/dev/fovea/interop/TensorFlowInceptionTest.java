package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real Inception-v3 that was trained in TensorFlow gives the features it gives there. */
@Tag("shared")
class TensorFlowInceptionTest {
  private static final String NAME = "inception_v3.nsfwjs";
  private static final double CLOSE = 1e-5;

  private static Path shared(String name) {
    return Path.of(System.getProperty("fovea.shared")).resolve(name);
  }

  @Test
  void featuresAndLogitsAreThoseOfTensorFlow() throws IOException {
    Map<?, ?> images = images();
    try (ForeignFile file = ForeignFile.open(shared("weights/inception_v3-tf-f16.safetensors"))) {
      WeightImport imported = WeightImport.of(file, NAME, OptionalInt.empty(), 0);
      Graph graph = imported.graph();
      assertThat(graph.name()).isEqualTo("inception_v3(aux=false,pool=uncounted)");
      float[][] features = run(graph.upTo("flatten"), imported, images);
      float[][] logits = run(graph, imported, images);
      int i = 0;
      for (Object expected : images.values()) {
        Map<?, ?> values = (Map<?, ?>) expected;
        assertThat(error(features[i], numbers(values, "features"))).isLessThan(CLOSE);
        assertThat(error(logits[i], numbers(values, "logits"))).isLessThan(CLOSE);
        i++;
      }
    }
  }

  /** What the option is for: with counted padding the same weights are far from it. */
  @Test
  void countedPaddingGivesOtherFeatures() throws IOException {
    Map<?, ?> images = images();
    try (ForeignFile file = ForeignFile.open(shared("weights/inception_v3-tf-f16.safetensors"))) {
      WeightImport imported =
          WeightImport.of(file, "inception_v3(aux=false)", OptionalInt.empty(), 0);
      float[][] features = run(imported.graph().upTo("flatten"), imported, images);
      Map<?, ?> first = (Map<?, ?>) images.values().iterator().next();
      assertThat(error(features[0], numbers(first, "features"))).isGreaterThan(0.01);
    }
  }

  private static Map<?, ?> images() throws IOException {
    String text = Files.readString(shared("golden/inception_v3_tf.json"));
    return (Map<?, ?>) Objects.requireNonNull(JsonTree.parse(text, "golden").get("images"));
  }

  private static List<?> numbers(Map<?, ?> values, String key) {
    return (List<?>) Objects.requireNonNull(values.get(key), key);
  }

  private static float[][] run(Graph graph, WeightImport imported, Map<?, ?> images)
      throws IOException {
    OneDnnBackend backend = new OneDnnBackend();
    Preprocessing seen = KnownPreprocessing.parse("", NAME, graph.inputShape());
    CompileOptions options = new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, 2);
    float[][] results = new float[images.size()][graph.classes()];
    try (ParameterSet from = imported.weights();
        ParameterSet weights = backend.parameters(graph)) {
      for (ParamSpec spec : weights.specs()) {
        weights.write(spec.name(), from.read(spec.name()));
      }
      try (InferenceProgram program = Compilation.inference(graph, weights, backend, options)) {
        int i = 0;
        for (Object name : images.keySet()) {
          byte[] png = Files.readAllBytes(shared("golden/inception_v3_tf/" + name));
          float[] planes = seen.apply(ImageDecoder.decode(png, String.valueOf(name)));
          ByteBuffer buffer =
              ByteBuffer.allocateDirect(planes.length * Float.BYTES).order(ByteOrder.nativeOrder());
          FloatBuffer floats = buffer.asFloatBuffer();
          floats.put(planes);
          program.run(buffer, results[i++]);
        }
      }
    }
    return results;
  }

  /** The distance relative to the norm of what is expected. */
  private static double error(float[] found, List<?> expected) {
    assertThat(found).hasSize(expected.size());
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < found.length; i++) {
      double e = ((Number) expected.get(i)).doubleValue();
      difference += (found[i] - e) * (found[i] - e);
      norm += e * e;
    }
    return Math.sqrt(difference / norm);
  }
}
