package dev.fovea.onnx.importer;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.InvalidWeights;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.importer.Layer.Step;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * A classifier read from an ONNX file: a network of the list if it computes the same as one, else a
 * network of its own, and its weights, which are read from the file when they are asked for.
 */
public final class OnnxImport {
  /** Normalized values rarely lie farther from 0; bytes do. */
  private static final double FAR = 3;

  /** Of weights that are turned on their way from the file. */
  private static final int COPIES = 3;

  private final Path path;
  private final Map<String, String> metadata;
  private final Optional<Step.Affine> ofImages;
  private final Graph graph;
  private final Map<String, Supplier<float[]>> weights;
  private final List<String> fresh;
  private final List<String> notes;
  private final boolean classifies;

  private OnnxImport(
      Path path,
      Map<String, String> metadata,
      Optional<Step.Affine> ofImages,
      ReadNetwork read,
      List<String> fresh,
      List<String> notes,
      boolean classifies) {
    this.path = path;
    this.classifies = classifies;
    this.metadata = metadata;
    this.ofImages = ofImages;
    this.graph = read.graph();
    this.weights = read.weights();
    this.fresh = List.copyOf(fresh);
    this.notes = List.copyOf(notes);
  }

  /**
   * Reads the network of a file, which must stay open while the weights are used.
   *
   * @param path the file's path, for messages and the network's name
   * @param side the height and width of images where the file leaves them open
   * @param newClasses the number of classes of a newly initialized last layer; if empty, the file's
   *     is used
   * @param seed the seed of its initial values
   * @throws OnnxException if a node cannot be imported, naming it; if the model is no classifier of
   *     images; or if a weight is NaN or infinite
   */
  public static OnnxImport of(
      OnnxFile file, Path path, OptionalInt side, OptionalInt newClasses, long seed) {
    GraphReader reader = new GraphReader(path, file.model(), side);
    Layer last = reader.logits();
    List<String> notes = new ArrayList<>(reader.notes());
    boolean classifies = Classifiers.endsWithOne(last);
    if (!classifies) {
      last = withClassifier(path, last, newClasses, notes);
    }
    Rewrites.Rewritten rewritten;
    ReadNetwork read;
    try {
      rewritten = Rewrites.of(last);
      read = ReadNetwork.of(name(path), rewritten.layers());
    } catch (Unsupported | GraphException e) {
      throw new OnnxException(path + ": cannot become a network: " + e.getMessage(), e);
    }
    Optional<ListedNetwork.Found> found =
        ListedNetwork.of(read, Optional.ofNullable(file.model().metadata().get(OnnxModel.NETWORK)));
    if (found.isPresent() && found.get().folded()) {
      notes.add(
          "batch norms had been folded into the convolutions, and come back as norms that change"
              + " nothing: when you fine-tune, keep them fixed"
              + " (learning.update.statistics.kind=frozen)");
    }
    Graph graph = found.map(ListedNetwork.Found::graph).orElseGet(() -> own(read.graph()));
    Map<String, Supplier<float[]>> weights =
        new LinkedHashMap<>(found.map(ListedNetwork.Found::weights).orElse(read.weights()));
    List<String> fresh = new ArrayList<>();
    boolean replaced = newClasses.isPresent() && newClasses.getAsInt() != graph.classes();
    if (replaced) {
      graph = Models.graph(graph.name(), newClasses.getAsInt(), graph.inputShape());
    }
    if (replaced || newClasses.isPresent() && !classifies) {
      Node head = graph.logits();
      while (head.params().isEmpty()) {
        head = head.input();
      }
      for (ParamSpec p : head.params()) {
        weights.put(p.name(), () -> p.initialValues(seed));
        fresh.add(p.name());
      }
      notes.add(
          "the classifier '"
              + head.name()
              + (classifies ? "' was replaced" : "' was added")
              + ": new initial values for "
              + Decimals.count(newClasses.getAsInt(), "class"));
    }
    requireValid(path, graph, weights);
    return new OnnxImport(
        path,
        file.model().metadata(),
        rewritten.ofImages(),
        new ReadNetwork(graph, weights),
        fresh,
        notes,
        classifies);
  }

  private static Layer withClassifier(
      Path path, Layer features, OptionalInt newClasses, List<String> notes) {
    if (newClasses.isPresent()) {
      return Classifiers.added(features, newClasses.getAsInt());
    } else if (features.height() * features.width() > 1) {
      throw OnnxException.of(
          path,
          "has no classifier: it gives "
              + features.channels()
              + " maps of "
              + features.height()
              + "x"
              + features.width()
              + "; give a number of classes to get a new one, or export the model with its"
              + " classifier");
    }
    notes.add(
        "the file has no classifier: its "
            + features.channels()
            + " features stand for classes; give a number of classes to get a new"
            + " one");
    return features;
  }

  private static Graph own(Graph graph) {
    return Models.graph(Models.spec(graph), graph.classes(), graph.inputShape());
  }

  private static String name(Path path) {
    String file = String.valueOf(path.getFileName());
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  private static void requireValid(Path path, Graph graph, Map<String, Supplier<float[]>> weights) {
    for (ParamSpec spec : graph.params()) {
      requireRoom(path, spec);
      float[] values = Objects.requireNonNull(weights.get(spec.name()), spec.name()).get();
      List<Long> dims = new ArrayList<>();
      for (int d : spec.shape().dims()) {
        dims.add((long) d);
      }
      if (values.length != spec.shape().elements()) {
        throw OnnxException.of(
            path, "has " + values.length + " values for " + spec.name() + " of " + spec.shape());
      }
      InvalidWeights.in(spec.name(), spec.role(), values, dims)
          .ifPresent(
              fault -> {
                throw OnnxException.of(
                    path,
                    fault
                        + "; weights must be finite numbers, so nothing was imported: use another"
                        + " model");
              });
    }
  }

  /** A small file can make large weights; what does not fit is said before it is made. */
  private static void requireRoom(Path path, ParamSpec spec) {
    long bytes = spec.shape().elements() * Float.BYTES * COPIES;
    if (bytes > Runtime.getRuntime().maxMemory()) {
      throw OnnxException.of(
          path,
          "has weights "
              + spec.name()
              + " of "
              + spec.shape()
              + ", for which the Java heap of "
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MB is too small; give it "
              + (2 * bytes >> 20)
              + " MB (java -Xmx)");
    }
  }

  /** The network; its name rebuilds it. */
  public Graph graph() {
    return graph;
  }

  /** Whether the file ends with a classifier; else its results are features. */
  public boolean classifies() {
    return classifies;
  }

  /** What was chosen, dropped or replaced, one sentence each. */
  public List<String> notes() {
    return notes;
  }

  /** The names of the newly initialized parameters. */
  public List<String> fresh() {
    return fresh;
  }

  /**
   * The class names in the file's metadata: those of Fovea's exports, or a list or table under a
   * usual key.
   *
   * @throws OnnxException if those of an export of Fovea's cannot be read, or are not as many as
   *     the network's classes
   */
  public Optional<List<String>> classes() {
    return fresh.isEmpty() ? ClassTexts.of(path, metadata, graph.classes()) : Optional.empty();
  }

  /**
   * The preprocessing in the file's metadata, which Fovea's exports have.
   *
   * @throws OnnxException if it cannot be read, or is for images of another size
   */
  public Optional<Preprocessing> preprocessing() {
    String text = metadata.get(OnnxModel.PREPROCESSING);
    if (text == null) {
      return Optional.empty();
    }
    try {
      Preprocessing p = Preprocessing.fromMap(JsonTree.parse(text, "its preprocessing"));
      if (Shape.of(p.channels(), p.height(), p.width()).equals(graph.inputShape())) {
        return Optional.of(p);
      }
    } catch (CheckpointException | DataException | ModelException e) {
      throw new OnnxException(path + ": its metadata cannot be read: " + e.getMessage(), e);
    }
    throw OnnxException.of(
        path,
        "its metadata "
            + OnnxModel.PREPROCESSING
            + " is for images of another size than "
            + graph.inputShape()
            + "; export the model again");
  }

  /**
   * How the file expects images, as far as it says so: a text for {@link
   * dev.fovea.data.image.PreprocessingText}. Either its metadata have ONNX's keys for images, or it
   * changes images by numbers for each channel before the first layer, from which it follows what
   * they were before: torchvision's {@code transform_input} expects those of ImageNet, a
   * subtraction of 123 bytes. The network has no such layer: it became part of {@link #forNetwork}.
   */
  public Optional<String> expectsImages() {
    Optional<String> stated = ImageTexts.of(metadata);
    return stated.isPresent() ? stated : ofImages.map(OnnxImport::before);
  }

  private static String before(Step.Affine a) {
    boolean bytes = false;
    boolean widens = true;
    for (int c = 0; c < a.scale().length; c++) {
      double scale = a.scale()[c];
      double mean = a.mean()[c] - a.shift()[c] / scale;
      bytes |= Math.abs(mean) > FAR || scale < 1 / FAR / FAR / FAR;
      widens &= scale > 1;
    }
    return bytes ? "unit,range=byte" : widens ? "unit" : "imagenet";
  }

  /** The preprocessing for the network if {@code forFile} is that for the file's input. */
  public Preprocessing forNetwork(Preprocessing forFile) {
    if (ofImages.isEmpty()) {
      return forFile;
    }
    Step.Affine a = ofImages.get();
    List<Double> mean = new ArrayList<>();
    List<Double> std = new ArrayList<>();
    for (int c = 0; c < forFile.channels(); c++) {
      double scale = a.scale()[c];
      double own = forFile.std().get(c);
      mean.add(rounded(forFile.mean().get(c) + own * (a.mean()[c] - a.shift()[c] / scale)));
      std.add(rounded(own / scale));
    }
    return new Preprocessing(
        forFile.channels(),
        forFile.height(),
        forFile.width(),
        forFile.resizeShorter(),
        forFile.interpolation(),
        mean,
        std,
        forFile.order(),
        forFile.range(),
        forFile.decoding());
  }

  /** Without the noise of binary32, in which the file has its numbers. */
  private static double rounded(double value) {
    double six = new java.math.BigDecimal(value).round(new java.math.MathContext(6)).doubleValue();
    return Math.abs(six - value) <= Math.ulp((float) value)
        ? six
        : Double.parseDouble(Float.toString((float) value));
  }

  /** The weights; each is made when it is read. */
  public ParameterSet weights() {
    return new ImportedWeights(graph.params(), weights);
  }
}
