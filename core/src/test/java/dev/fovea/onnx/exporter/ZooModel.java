package dev.fovea.onnx.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.ModelOption;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Networks at a small size with weights that are a formula of the parameters' names. */
public final class ZooModel {
  public static final int BATCH = 2;
  public static final int CLASSES = 5;
  private static final int[] SIZES = {32, 64, 75, 96, 128, 299};
  private static final OneDnnBackend BACKEND = new OneDnnBackend();

  private ZooModel() {}

  /** Every name of the list, and every one with each other value of each of its choices. */
  public static List<String> specs() {
    List<String> specs = new ArrayList<>();
    for (ModelInfo info : Models.all()) {
      specs.add(info.name());
      for (ModelOption option : info.options()) {
        for (String value : option.values()) {
          if (!value.equals(option.defaultValue())) {
            specs.add(Models.withOption(info.name(), option.name(), value));
          }
        }
      }
    }
    return specs;
  }

  /** The network at the smallest size at which its last grid has several cells. */
  public static Graph smallest(String spec) {
    for (int size : SIZES) {
      try {
        int channels = Models.info(spec).input().dim(0);
        Graph graph = Models.graph(spec, CLASSES, Shape.of(channels, size, size));
        boolean wide =
            graph.withoutAuxiliary().nodes().stream()
                .filter(n -> n.op() instanceof Op.GlobalAvgPool)
                .allMatch(n -> n.input().shape().dim(1) > 1);
        if (wide) {
          return graph;
        }
      } catch (GraphException e) {
        assertThat(e).hasMessageMatching(".*(larger image|images of).*");
      }
    }
    throw new AssertionError(spec + " accepts none of " + Arrays.toString(SIZES));
  }

  /** The values of a parameter. */
  public static float[] values(ParamSpec p) {
    float[] values = new float[Math.toIntExact(p.shape().elements())];
    // Below He et al.'s, so that hundreds of blocks without a norm in the shortcut stay finite.
    double bound = 0.7 * Math.sqrt(6.0 * p.shape().dim(0) / values.length);
    long x = p.name().hashCode() * 0x9e3779b97f4a7c15L | 1;
    for (int i = 0; i < values.length; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
      double v = x * 0x1p-63;
      values[i] =
          (float)
              switch (p.role()) {
                case WEIGHT -> bound * v;
                case NORM_SCALE -> 1 + 0.2 * v;
                // So large that what a thousand layers add up to stays a number.
                case RUNNING_VAR -> 4 + v;
                case BIAS, NORM_SHIFT, RUNNING_MEAN -> 0.1 * v;
              };
    }
    return values;
  }

  public static float[] values(Graph graph, String name) {
    return graph.params().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .map(ZooModel::values)
        .orElseThrow();
  }

  /** A model card for it. */
  public static ModelCard card(Graph graph) {
    Shape in = graph.inputShape();
    List<Double> mean = Preprocessing.IMAGENET_MEAN.subList(0, in.dim(0));
    List<Double> std = Preprocessing.IMAGENET_STD.subList(0, in.dim(0));
    List<String> classes =
        java.util.stream.IntStream.range(0, graph.classes()).mapToObj(i -> "class " + i).toList();
    return new ModelCard(
        graph.name(),
        in,
        classes,
        Preprocessing.nativeSize(in.dim(1), in.dim(2), mean, std),
        "{}",
        Map.of(),
        new ModelCard.Origin("", ""));
  }

  /** A batch of normalized images. */
  public static float[] images(Graph graph) {
    double[] values = NamedValues.images(BATCH, graph.inputShape());
    float[] images = new float[values.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) values[i];
    }
    return images;
  }

  /** What Fovea computes from {@link #images}. */
  public static float[] logits(Graph graph, java.util.function.Function<String, float[]> weights) {
    return logits(graph, weights, images(graph));
  }

  /** What Fovea computes from a batch of images. */
  public static float[] logits(
      Graph graph, java.util.function.Function<String, float[]> weights, float[] images) {
    Graph plain = graph.withoutAuxiliary();
    int batch = images.length / Math.toIntExact(graph.inputShape().elements());
    CompileOptions options =
        new CompileOptions(batch, Precision.F32, CompileOptions.Memory.NORMAL, 2);
    try (ParameterSet set = BACKEND.parameters(plain)) {
      plain.params().forEach(p -> set.write(p.name(), weights.apply(p.name())));
      try (InferenceProgram program = Compilation.inference(plain, set, BACKEND, options)) {
        ByteBuffer bytes =
            ByteBuffer.allocateDirect(images.length * Float.BYTES).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(images);
        float[] logits = new float[batch * graph.classes()];
        program.run(bytes, logits);
        return logits;
      }
    }
  }
}
