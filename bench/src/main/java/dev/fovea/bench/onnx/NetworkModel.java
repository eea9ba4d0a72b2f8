package dev.fovea.bench.onnx;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onnx.OnnxGraph;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.ValueInfo;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes a network of Fovea's list as an ONNX model for inference, with random weights and for one
 * batch size, which a runtime can plan for. Batch norm stays a separate node; the runtime may fold
 * it into the convolution.
 */
public final class NetworkModel {
  private static final long SEED = 1;

  private NetworkModel() {}

  /** Writes the network of this name for a batch of the given size. */
  public static void write(String network, int batch, Path file) throws IOException {
    Graph graph = Models.graph(network);
    int channels = graph.inputShape().dim(0);
    ModelCard card =
        new ModelCard(
            network,
            graph.inputShape(),
            IntStream.range(0, graph.classes()).mapToObj(Integer::toString).toList(),
            Preprocessing.nativeSize(
                graph.inputShape().dim(1),
                graph.inputShape().dim(2),
                Preprocessing.IMAGENET_MEAN.subList(0, channels),
                Preprocessing.IMAGENET_STD.subList(0, channels)),
            "{}",
            Map.of(),
            new ModelCard.Origin("", ""));
    Map<String, ParamSpec> specs =
        graph.params().stream()
            .collect(Collectors.toMap(ParamSpec::name, UnaryOperator.identity()));
    Function<String, float[]> weights =
        name -> values(Objects.requireNonNull(specs.get(name), name));
    OnnxModel model = OnnxExport.model(graph, weights, card, new OnnxExportOptions(true, false));
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      new OnnxWriter(forBatch(model, batch)).writeTo(out);
    }
  }

  // Untrained weights of some networks are so small that activations vanish on the way, and numbers
  // near zero may take a runtime longer.
  private static float[] values(ParamSpec spec) {
    Initializer initializer =
        spec.role() == ParamSpec.Role.WEIGHT
            ? new Initializer.HeNormal(Initializer.Fan.IN)
            : spec.initializer();
    return new ParamSpec(spec.name(), spec.role(), spec.shape(), initializer).initialValues(SEED);
  }

  private static OnnxModel forBatch(OnnxModel model, int batch) {
    OnnxGraph g = model.graph();
    return new OnnxModel(
        model.irVersion(),
        model.producer(),
        model.opsets(),
        new OnnxGraph(
            g.name(),
            g.nodes(),
            g.initializers(),
            forBatch(g.inputs(), batch),
            forBatch(g.outputs(), batch)),
        model.metadata());
  }

  private static List<ValueInfo> forBatch(List<ValueInfo> values, int batch) {
    return values.stream()
        .map(
            v -> {
              List<ValueInfo.Dim> dims = new ArrayList<>(v.dims());
              dims.set(0, ValueInfo.Dim.of(batch));
              return new ValueInfo(v.name(), v.type(), dims);
            })
        .toList();
  }
}
