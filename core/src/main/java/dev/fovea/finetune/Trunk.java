package dev.fovea.finetune;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.eval.LoadedModel;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.logistic.LinearClassifier;
import dev.fovea.program.Backend;
import dev.fovea.program.InferenceProgram;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The trained network that a fine-tuning begins with, as a model file in its folder. Owns the
 * memory of its weights.
 *
 * @param head the same network with a last layer for the new classes
 * @param notes for the user
 */
record Trunk(
    Path file, LoadedModel model, FreshHead head, List<String> notes, RunConfig.Engine engine)
    implements AutoCloseable {
  private static final int BATCH = 32;
  private static final int AHEAD = 3;

  /**
   * Reads the file, or what an interrupted run made of it.
   *
   * @param classes of the new data
   * @throws ConfigException if the network has no last layer that could be replaced
   */
  static Trunk open(
      FinetuneConfig config, FinetuneFolder folder, Backend backend, List<String> classes) {
    List<String> notes = new ArrayList<>();
    if (!Files.exists(folder.source())) {
      Path from = Path.of(config.source().file());
      AtomicFile.write(folder.origin(), FileHash.of(from) + "  " + from + "\n");
      notes.addAll(SourceModel.write(config, classes.size(), folder.source()));
    }
    LoadedModel model = LoadedModel.open(folder.source(), Optional.empty(), backend);
    try {
      FreshHead head = FreshHead.of(model.graph(), classes.size());
      return new Trunk(folder.source(), model, head, List.copyOf(notes), config.run().engine());
    } catch (GraphException e) {
      model.close();
      throw new ConfigException(
          config.source().file()
              + " has no last layer that could be replaced: "
              + e.getMessage()
              + ". Use a network that ends with a linear layer or a convolution",
          e);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  ModelCard card() {
    return model.card();
  }

  /** Compiles the part up to the features; the caller closes the program. */
  InferenceProgram compile() {
    return model.compile(head.body(), engine.inferring(BATCH));
  }

  /** Returns what computes features; the limit of unreadable images is for its caller to judge. */
  FeatureExtraction extraction(
      InferenceProgram program, FinetuneConfig config, FinetuneFolder folder) {
    LoaderOptions loading =
        LoaderOptions.STANDARD.withThreads(engine.threads(), AHEAD).withBad(1, bad -> {});
    return new FeatureExtraction(
        program,
        card().preprocessing(),
        BATCH,
        head.width(),
        loading,
        folder,
        new FeatureExtraction.Kind(config.source().file(), key(config)));
  }

  /** Returns the SHA-256 of network, preprocessing and weights. */
  String checksum() {
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      return opened.checksum();
    }
  }

  /** Returns how features are computed, besides the trunk itself. */
  static String computing(FinetuneConfig config) {
    RunConfig.Engine e = config.run().engine();
    return e.precisionLabel()
        + " with convolution "
        + e.convolution().label()
        + " of images decoded "
        + config.run().data().decode().label();
  }

  private String key(FinetuneConfig config) {
    return checksum() + " " + card().preprocessing() + " " + computing(config) + " ";
  }

  /** Writes the network with the new last layer. */
  void write(Path to, ModelCard card, LinearClassifier last) {
    try (ModelFile source = ModelFile.open(file)) {
      FileWeights weights = new FileWeights(source, head.network().params());
      for (ParamSpec p : head.last().params()) {
        weights.write(p.name(), p.role() == ParamSpec.Role.BIAS ? last.bias() : last.weights());
      }
      ModelFile.write(to, card, weights);
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
