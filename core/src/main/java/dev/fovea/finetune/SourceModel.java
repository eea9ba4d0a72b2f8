package dev.fovea.finetune;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.ClassNames;
import dev.fovea.graph.Graph;
import dev.fovea.interop.EntryException;
import dev.fovea.interop.ForeignFile;
import dev.fovea.interop.InteropException;
import dev.fovea.interop.KnownPreprocessing;
import dev.fovea.interop.WeightImport;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.importer.OnnxImport;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import dev.fovea.train.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Makes a model file of any file with a trained network. */
final class SourceModel {
  private final FinetuneConfig.Source from;
  private final Path file;
  private final int side;
  private final int classes;
  private final Path out;
  private final List<String> notes = new ArrayList<>();

  private SourceModel(FinetuneConfig config, int classes, Path out) {
    this.from = config.source();
    this.file = Path.of(from.file());
    this.side = config.run().network().input();
    this.classes = classes;
    this.out = out;
  }

  /**
   * Writes the model file.
   *
   * @param classes those of the new data, for a network that gives features alone
   * @return notes for the user
   * @throws ConfigException if the file does not say which network it holds or how images are
   *     prepared, and the settings do not either
   */
  static List<String> write(FinetuneConfig config, int classes, Path out) {
    SourceModel made = new SourceModel(config, classes, out);
    if (OnnxFile.isOnnx(made.file)) {
      made.onnx();
    } else if (made.from.model().isEmpty()) {
      made.own();
    } else {
      made.weights();
    }
    return made.notes;
  }

  private void own() {
    if (!ModelFile.isModel(file) && isWeights()) {
      throw new ConfigException(
          file
              + " holds weights alone and does not say which network they belong to; set"
              + " network.model to it");
    }
    try (ModelFile model = ModelFile.open(file)) {
      model.requireFullPrecision("fine-tuning starts from");
      ModelCard card = model.card();
      if (!from.entry().isEmpty()) {
        throw new ConfigException(
            file
                + " is a model of Fovea, which holds one set of weights; leave out finetune.entry");
      }
      requireSide(model.graph());
      Preprocessing seen =
          from.preprocess().isEmpty()
              ? card.preprocessing()
              : parse(from.preprocess(), card.network(), model.graph());
      ParameterSet weights = new FileWeights(model);
      ModelFile.write(out, card(model.graph(), card.classes(), seen), weights);
    }
  }

  private boolean isWeights() {
    try (ForeignFile foreign = ForeignFile.open(file, from.entry())) {
      return !foreign.tensors().isEmpty();
    } catch (EntryException e) {
      return true;
    } catch (InteropException e) {
      // No weights either: what opens it as a model says what is wrong.
      return false;
    }
  }

  private void weights() {
    if (ModelFile.isModel(file)) {
      throw new ConfigException(
          file + " is a model of Fovea, which brings its network; leave out network.model");
    }
    try (ForeignFile foreign = ForeignFile.open(file, from.entry())) {
      WeightImport read = WeightImport.of(foreign, from.model(), OptionalInt.empty(), 0);
      Graph graph = read.graph();
      requireSide(graph);
      notes.addAll(read.notes());
      if (from.preprocess().isEmpty()) {
        notes.add(
            "images are prepared as for the public weights of "
                + from.model()
                + "; data.preprocess changes this");
      }
      read.write(
          out,
          card(
              graph,
              ClassNames.numbered(graph.classes()),
              parse(from.preprocess(), from.model(), graph)));
    }
  }

  // Only ONNX models leave open how large images are.
  private void requireSide(Graph graph) {
    Shape input = graph.inputShape();
    if (side != 0 && (side != input.dim(1) || side != input.dim(2))) {
      throw new ConfigException(
          "network.input is "
              + side
              + ", but the network of "
              + file
              + " takes images of "
              + input.dim(2)
              + "x"
              + input.dim(1)
              + "; leave out network.input");
    }
  }

  private void onnx() {
    if (!from.model().isEmpty() || !from.entry().isEmpty()) {
      throw new ConfigException(
          file
              + " is an ONNX model, which brings its network; leave out "
              + (from.entry().isEmpty() ? "network.model" : "finetune.entry"));
    }
    try (OnnxFile onnx = OnnxFile.open(file, false)) {
      OptionalInt input = side == 0 ? OptionalInt.empty() : OptionalInt.of(side);
      OnnxImport read = OnnxImport.of(onnx, file, input, OptionalInt.empty(), 0);
      if (!read.classifies()) {
        read = OnnxImport.of(onnx, file, input, OptionalInt.of(classes), 0);
      }
      Graph graph = read.graph();
      notes.addAll(read.notes());
      ModelCard card =
          card(
              graph,
              ClassNames.numbered(graph.classes()),
              read.forNetwork(preprocessing(read, graph)));
      ModelFile.write(out, card, read.weights());
    }
  }

  private Preprocessing preprocessing(OnnxImport read, Graph graph) {
    if (!from.preprocess().isEmpty()) {
      return parse(from.preprocess(), graph.name(), graph);
    }
    if (read.preprocessing().isPresent()) {
      return read.preprocessing().get();
    }
    Optional<String> stated = read.expectsImages();
    if (stated.isPresent()) {
      notes.add(
          "the file changes images itself or says what they are: '"
              + stated.get()
              + "' is what it expects; data.preprocess changes this");
      return parse(stated.get(), graph.name(), graph);
    }
    throw new ConfigException(
        file
            + " does not say how images are prepared for it: which mean and deviation, which order"
            + " of colors, which range. Set data.preprocess to what its publisher says, for example"
            + " 'imagenet', 'unit', or 'mean=104/117/123,std=1/1/1,order=bgr,range=byte'");
  }

  private static Preprocessing parse(String text, String network, Graph graph) {
    try {
      return KnownPreprocessing.parse(text, network, graph.inputShape());
    } catch (DataException e) {
      throw new ConfigException("data.preprocess: " + e.getMessage(), e);
    }
  }

  private static ModelCard card(Graph graph, List<String> names, Preprocessing seen) {
    return new ModelCard(
        graph.name(),
        graph.inputShape(),
        names,
        seen,
        "{}",
        Map.of(),
        new ModelCard.Origin("", ""));
  }
}
