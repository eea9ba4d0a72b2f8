package dev.fovea.app.evaluation;

import dev.fovea.app.console.Terminal;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.eval.Agreement;
import dev.fovea.eval.Predictor;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.quantization.QuantizedNetwork;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;

/** Compares a quantized network with the one that it was made from, on images held back. */
public record QuantizationCheck(Backend backend, int threads, Terminal terminal) {

  /** Runs both networks over all images. */
  public Agreement measure(
      Graph graph,
      ParameterSet weights,
      QuantizedNetwork network,
      ModelCard card,
      QuantizationData set,
      LoaderOptions loading) {
    int images = set.check().size();
    int batch = Predictor.batch(graph, images);
    CompileOptions options =
        new CompileOptions(batch, Precision.F32, CompileOptions.Memory.NORMAL, threads);
    Shape in = graph.inputShape();
    BatchFormat format = new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), DType.F32);
    try (ParameterSet rounded = backend.parameters(network.graph())) {
      network.weights().forEach(rounded::write);
      try (InferenceProgram before = Compilation.inference(graph, weights, backend, options);
          InferenceProgram after =
              Compilation.quantized(
                  network.graph(), rounded, network.quantization(), backend, options);
          Loader loader =
              Loader.evaluation(set.check(), card.preprocessing().unscored(), format, loading);
          StageProgress shown = new StageProgress(terminal)) {
        return Agreement.measure(
            before,
            after,
            card.classes().size(),
            loader,
            done -> shown.on("comparing", done, images));
      }
    }
  }
}
