package dev.fovea.bench;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A model file with random weights: what a network answers does not change how long it takes. */
final class RandomModel {
  private static final long SEED = 1;

  private RandomModel() {}

  /** Writes a network with ImageNet's preprocessing; its classes are numbers. */
  static void write(String network, Path file) {
    Graph graph = Models.graph(network);
    List<String> classes = IntStream.range(0, graph.classes()).mapToObj(Integer::toString).toList();
    ModelCard card =
        new ModelCard(
            network,
            graph.inputShape(),
            classes,
            Augmentation.preprocessing("imagenet", graph.inputShape()),
            "{}",
            Map.of(),
            new ModelCard.Origin("", ""));
    try (ParameterSet weights = new OneDnnBackend().parameters(graph)) {
      for (ParamSpec spec : weights.specs()) {
        weights.write(spec.name(), spec.initialValues(SEED));
      }
      ModelFile.write(file, card, weights);
    }
  }
}
