package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.ClassNames;
import dev.fovea.graph.Graph;
import dev.fovea.interop.ForeignFile;
import dev.fovea.interop.InteropException;
import dev.fovea.interop.KnownPreprocessing;
import dev.fovea.interop.WeightImport;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.importer.OnnxImport;
import dev.fovea.tensor.Decimals;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Makes model files of what other programs wrote: weights of PyTorch and safetensors, and ONNX
 * models. No file can run code.
 *
 * <pre>{@code
 * Path model =
 *     ModelImport.weights(Path.of("resnet50-0676ba61.pth"), "resnet50")
 *         .write(Path.of("resnet50.safetensors"));
 * try (Classifier classifier = Classifier.open(model)) {
 *   System.out.println(classifier.predict(Path.of("cat.jpg")).best());
 * }
 * }</pre>
 *
 * <p>Immutable; each method returns a copy.
 */
@Api(Api.Status.STABLE)
public final class ModelImport {
  private final Path file;
  private final String network;
  private final List<String> classes;
  private final String preprocessing;

  private ModelImport(Path file, String network, List<String> classes, String preprocessing) {
    this.file = file;
    this.network = network;
    this.classes = classes;
    this.preprocessing = preprocessing;
  }

  /**
   * Weights alone, from a {@code .pth}, {@code .pt} or {@code .safetensors} file.
   *
   * @param network the network that they belong to, as {@code fovea models} lists it
   */
  public static ModelImport weights(Path file, String network) {
    return new ModelImport(file, network, List.of(), "");
  }

  /** An ONNX model, which brings its network. */
  public static ModelImport onnx(Path file) {
    return new ModelImport(file, "", List.of(), "");
  }

  /**
   * Names the classes in the order of the logits. Without this they are those that the file names,
   * or numbers.
   */
  public ModelImport classes(List<String> names) {
    return new ModelImport(file, network, List.copyOf(names), preprocessing);
  }

  /**
   * Says how images are prepared.
   *
   * @param text for example {@code imagenet,resize=232}, as {@code fovea import --preprocess} takes
   *     it; without this, as the file says or as is usual for the network
   */
  public ModelImport preprocessing(String text) {
    return new ModelImport(file, network, classes, text);
  }

  /**
   * Writes the model file.
   *
   * @return {@code model}
   * @throws InteropException if the weights cannot be read or do not fit the network
   * @throws dev.fovea.onnx.OnnxException if the ONNX model cannot be imported, naming what is in
   *     the way
   * @throws dev.fovea.models.ModelException if there is no such network
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be written
   */
  public Path write(Path model) {
    if (network.isEmpty()) {
      writeOnnx(model);
    } else {
      writeWeights(model);
    }
    return model;
  }

  private void writeWeights(Path model) {
    try (ForeignFile foreign = ForeignFile.open(file)) {
      WeightImport read = WeightImport.of(foreign, network, OptionalInt.empty(), 0);
      Graph graph = read.graph();
      Preprocessing seen = KnownPreprocessing.parse(preprocessing, network, graph.inputShape());
      read.write(
          model,
          ModelCard.ofImported(graph.name(), graph.inputShape(), named(graph, List.of()), seen));
    }
  }

  private void writeOnnx(Path model) {
    try (OnnxFile onnx = OnnxFile.open(file, false)) {
      OnnxImport read = OnnxImport.of(onnx, file, OptionalInt.empty(), OptionalInt.empty(), 0);
      Graph graph = read.graph();
      ModelCard card =
          ModelCard.ofImported(
              graph.name(),
              graph.inputShape(),
              named(graph, read.classes().orElse(List.of())),
              read.forNetwork(prepared(read, graph)));
      ModelFile.write(model, card, read.weights());
    }
  }

  private Preprocessing prepared(OnnxImport read, Graph graph) {
    if (preprocessing.isEmpty() && read.preprocessing().isPresent()) {
      return read.preprocessing().get();
    }
    String usual = read.expectsImages().orElseGet(() -> KnownPreprocessing.nameFor(graph.name()));
    return KnownPreprocessing.parse(
        preprocessing.isEmpty() ? usual : preprocessing, graph.name(), graph.inputShape());
  }

  private List<String> named(Graph graph, List<String> inFile) {
    if (classes.isEmpty()) {
      return inFile.isEmpty() ? ClassNames.numbered(graph.classes()) : inFile;
    }
    if (classes.size() != graph.classes()) {
      throw new InteropException(
          file
              + ": the network has "
              + Decimals.count(graph.classes(), "class")
              + ", but "
              + classes.size()
              + " names are given; give one name for each class");
    }
    return classes;
  }
}
