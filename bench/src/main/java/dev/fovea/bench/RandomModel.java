package dev.fovea.bench;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import dev.fovea.quantization.CalibrationImages;
import dev.fovea.quantization.QuantizationOptions;
import dev.fovea.quantization.QuantizedNetwork;
import dev.fovea.quantization.Quantizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** A model file with random weights: what a network answers does not change how long it takes. */
final class RandomModel {
  private static final long SEED = 1;

  /** Images for the steps of a quantized network, which do not change how long it takes. */
  private static final int CALIBRATION = 32;

  private RandomModel() {}

  /** Writes a network with ImageNet's preprocessing; its classes are numbers. */
  static void write(String network, Path file) {
    Graph graph = Models.graph(network);
    try (ParameterSet weights = random(new OneDnnBackend(), graph)) {
      ModelFile.write(file, card(network, graph), weights);
    }
  }

  /** Writes the same network in 8-bit integers, calibrated on generated images. */
  static void writeQuantized(String network, Path file, int threads) {
    Graph graph = Models.graph(network);
    ModelCard card = card(network, graph);
    Backend backend = new OneDnnBackend();
    try (ParameterSet weights = random(backend, graph);
        Dataset images = Datasets.open("shapes(size=64,count=" + CALIBRATION + ")", Split.TRAIN)) {
      QuantizedNetwork quantized =
          new Quantizer(backend, threads, QuantizationOptions.STANDARD, (pass, seen) -> {})
              .quantize(
                  graph,
                  weights::read,
                  new CalibrationImages(images, card.preprocessing(), LoaderOptions.STANDARD));
      ModelFile.writeQuantized(
          file,
          card,
          quantized.graph(),
          new QuantizedNumbers(quantized.quantization(), quantized.addends(), Map.of()),
          name -> Objects.requireNonNull(quantized.weights().get(name)));
    }
  }

  private static ParameterSet random(Backend backend, Graph graph) {
    ParameterSet weights = backend.parameters(graph);
    for (ParamSpec spec : weights.specs()) {
      weights.write(spec.name(), spec.initialValues(SEED));
    }
    return weights;
  }

  private static ModelCard card(String network, Graph graph) {
    List<String> classes = IntStream.range(0, graph.classes()).mapToObj(Integer::toString).toList();
    return new ModelCard(
        network,
        graph.inputShape(),
        classes,
        Augmentation.preprocessing("imagenet", graph.inputShape()),
        "{}",
        Map.of(),
        new ModelCard.Origin("", ""));
  }
}
