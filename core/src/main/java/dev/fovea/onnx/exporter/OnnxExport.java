package dev.fovea.onnx.exporter;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxGraph;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxType;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.ValueInfo;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Exports models as ONNX files.
 *
 * <p>The input is {@code input}, (N, C, H, W) of normalized images, or {@code image}, (N, H, W, 3)
 * of bytes, if the preprocessing is in the graph; the output is {@code logits}, (N, classes).
 */
public final class OnnxExport {
  private static final long IR_VERSION = 8;
  private static final long OPSET = 17;

  /** The first with antialiasing in {@code Resize}. */
  private static final long OPSET_WITH_PREPROCESSING = 18;

  /** The first with {@code Gelu}. */
  private static final long OPSET_WITH_GELU = 20;

  private static final long IR_VERSION_WITH_GELU = 9;

  private static final String BATCH = "batch";

  private OnnxExport() {}

  /**
   * Exports the model file {@code model} to {@code file}.
   *
   * @return what was written
   * @throws dev.fovea.checkpoint.CheckpointException if the model cannot be read or the file cannot
   *     be written
   * @throws OnnxException if ONNX has no form for its preprocessing, or it is above 2 GB
   */
  public static OnnxModel write(Path model, OnnxExportOptions options, Path file) {
    try (ModelFile checked = ModelFile.open(model)) {
      if (options.keepBatchNorm()) {
        checked.requireFullPrecision("batch norms are kept for");
      }
      Network network = new Network(checked.graph(), checked::floats, checked.quantized());
      OnnxModel onnx = model(network, checked.card(), options);
      OnnxWriter writer = new OnnxWriter(onnx);
      AtomicFile.write(file, writer.size(), writer::writeTo);
      return onnx;
    }
  }

  /**
   * A network as an ONNX model.
   *
   * @param weights gives the values of a parameter by its name; called when the model is written
   * @throws OnnxException if ONNX has no form for the preprocessing
   */
  public static OnnxModel model(
      Graph graph, Function<String, float[]> weights, ModelCard card, OnnxExportOptions options) {
    return model(new Network(graph, weights, Optional.empty()), card, options);
  }

  private static OnnxModel model(Network exported, ModelCard card, OnnxExportOptions options) {
    Graph graph = exported.graph();
    NodeList list = new NodeList();
    Shape shape = graph.inputShape();
    ValueInfo input;
    if (options.withPreprocessing()) {
      input =
          new ValueInfo(
              list.unique("image"),
              OnnxType.UINT8.number(),
              List.of(
                  ValueInfo.Dim.free(BATCH),
                  ValueInfo.Dim.free("height"),
                  ValueInfo.Dim.free("width"),
                  ValueInfo.Dim.of(3)));
    } else {
      input =
          new ValueInfo(
              list.unique("input"),
              OnnxType.FLOAT.number(),
              List.of(
                  ValueInfo.Dim.free(BATCH),
                  ValueInfo.Dim.of(shape.dim(0)),
                  ValueInfo.Dim.of(shape.dim(1)),
                  ValueInfo.Dim.of(shape.dim(2))));
    }
    NetworkNodes network = new NetworkNodes(exported, list, options.keepBatchNorm());
    network.add(
        options.withPreprocessing()
            ? new PreprocessingNodes(list, card.preprocessing()).add(input.name())
            : input.name());
    ValueInfo output =
        new ValueInfo(
            NetworkNodes.LOGITS,
            OnnxType.FLOAT.number(),
            List.of(ValueInfo.Dim.free(BATCH), ValueInfo.Dim.of(graph.classes())));
    boolean gelu = graph.nodes().stream().anyMatch(n -> n.op() instanceof Op.Gelu);
    long opset = options.withPreprocessing() ? OPSET_WITH_PREPROCESSING : OPSET;
    return new OnnxModel(
        gelu ? IR_VERSION_WITH_GELU : IR_VERSION,
        "fovea",
        Map.of("", gelu ? OPSET_WITH_GELU : opset),
        new OnnxGraph("network", list.nodes(), list.constants(), List.of(input), List.of(output)),
        metadata(card));
  }

  private static Map<String, String> metadata(ModelCard card) {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(OnnxModel.NETWORK, card.network());
    texts.put(OnnxModel.CLASSES, JsonTree.compact(Map.of("classes", card.classes())));
    texts.put(OnnxModel.PREPROCESSING, JsonTree.compact(card.preprocessing().toMap()));
    return texts;
  }
}
