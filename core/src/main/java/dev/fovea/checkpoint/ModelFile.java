package dev.fovea.checkpoint;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.passes.FoldNorms;
import dev.fovea.passes.InferenceMode;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * A trained network in one safetensors file: the weights under PyTorch's names, the {@link
 * ModelCard} in {@code __metadata__}, and a checksum over both.
 *
 * <p>The caller that opens the file closes it. Not thread-safe.
 */
public final class ModelFile implements AutoCloseable {
  /** The version of files with binary32 weights. */
  public static final int FORMAT = 1;

  /** The version of files with 8-bit weights, which readers of the other one refuse. */
  public static final int QUANTIZED_FORMAT = 2;

  private static final String QUANTIZATION = "quantization";
  private static final String FORMAT_KEY = "fovea.format";
  private static final String CARD_KEY = "fovea.model";

  private final SafetensorsFile file;
  private final ModelCard card;
  private final Optional<QuantizedTensors> quantized;

  private ModelFile(SafetensorsFile file, ModelCard card, Optional<QuantizedTensors> quantized) {
    this.file = file;
    this.card = card;
    this.quantized = quantized;
  }

  /**
   * Writes a model file; its bytes depend only on the arguments.
   *
   * @throws CheckpointException if the file cannot be written; an existing file is then unchanged
   */
  public static void write(Path path, ModelCard card, ParameterSet weights) {
    SafetensorsWriter writer = writer(FORMAT, tree(card));
    for (ParamSpec spec : weights.specs()) {
      writer.floats(spec.name(), spec.shape().dims(), () -> weights.read(spec.name()));
    }
    writer.write(path);
  }

  /**
   * Writes a model file with 8-bit weights; its bytes depend only on the arguments.
   *
   * @param graph the network of the card for inference, with folded norms
   * @param weights gives its parameters by name; those in 8 bits are multiples of their step
   * @throws CheckpointException if the file cannot be written; an existing file is then unchanged
   */
  public static void writeQuantized(
      Path path,
      ModelCard card,
      Graph graph,
      QuantizedNumbers numbers,
      Function<String, float[]> weights) {
    Map<String, Object> tree = tree(card);
    tree.put(QUANTIZATION, QuantizedTensors.card(graph, numbers));
    SafetensorsWriter writer = writer(QUANTIZED_FORMAT, tree);
    QuantizedTensors.add(writer, graph, numbers, weights);
    writer.write(path);
  }

  private static Map<String, Object> tree(ModelCard card) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("network", card.network());
    tree.put("input", list(card.input()));
    tree.put("classes", card.classes());
    tree.put("preprocessing", card.preprocessing().toMap());
    tree.put("metrics", card.metrics());
    tree.put("data", RecordTree.of(card.data()));
    tree.put("config", JsonTree.parse(card.config(), "the configuration"));
    return tree;
  }

  private static SafetensorsWriter writer(int format, Map<String, Object> tree) {
    return new SafetensorsWriter()
        .metadata(
            Map.of(
                "format",
                "pt",
                FORMAT_KEY,
                Integer.toString(format),
                CARD_KEY,
                JsonTree.compact(tree)));
  }

  private static List<Integer> list(Shape shape) {
    List<Integer> dims = new ArrayList<>();
    for (int d : shape.dims()) {
      dims.add(d);
    }
    return dims;
  }

  /**
   * Opens a model file and checks its format, checksum and card.
   *
   * @throws CheckpointException if the file is damaged or altered, was written by a newer Fovea, or
   *     is not a model file
   */
  public static ModelFile open(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      Map<String, Object> tree = cardTree(file);
      ModelCard card = card(file, tree);
      return new ModelFile(file, card, quantized(file, card, tree));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Whether a file is a model of any format, as far as its header says. */
  public static boolean isModel(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.metadata().containsKey(FORMAT_KEY);
    } catch (CheckpointException e) {
      return false;
    }
  }

  private static Map<String, Object> cardTree(SafetensorsFile file) {
    Path path = file.path();
    String text = file.metadata().get(CARD_KEY);
    String format = file.metadata().get(FORMAT_KEY);
    if (text == null || format == null) {
      throw CheckpointException.of(
          path,
          file.metadata().containsKey(StateFile.KEY)
              ? "is the state of a training run, not a model; use model.safetensors beside it"
              : "is a safetensors file, but not a Fovea model; import it first");
    }
    if (!format.equals(Integer.toString(FORMAT)) && !isQuantized(file)) {
      throw CheckpointException.of(
          path,
          "has model format "
              + format
              + ", this Fovea reads "
              + FORMAT
              + " and "
              + QUANTIZED_FORMAT
              + "; use a newer Fovea");
    }
    file.verify();
    return JsonTree.parse(text, path + ": its model card");
  }

  private static boolean isQuantized(SafetensorsFile file) {
    return Integer.toString(QUANTIZED_FORMAT).equals(file.metadata().get(FORMAT_KEY));
  }

  private static Optional<QuantizedTensors> quantized(
      SafetensorsFile file, ModelCard card, Map<String, Object> tree) {
    if (!isQuantized(file)) {
      return Optional.empty();
    }
    Graph plain = InferenceMode.plain(built(file.path(), card));
    try {
      return Optional.of(
          QuantizedTensors.of(file, group(tree, QUANTIZATION), new FoldNorms(plain).graph()));
    } catch (CheckpointException e) {
      throw CheckpointException.of(
          file.path(), "its 8-bit numbers cannot be used: " + e.getMessage(), e);
    }
  }

  private static ModelCard card(SafetensorsFile file, Map<String, Object> tree) {
    Path path = file.path();
    try {
      return new ModelCard(
          part(tree, "network", String.class),
          shape(part(tree, "input", List.class)),
          names(part(tree, "classes", List.class)),
          Preprocessing.fromMap(group(tree, "preprocessing")),
          JsonTree.compact(group(tree, "config")),
          numbers(group(tree, "metrics")),
          RecordTree.read(ModelCard.Origin.class, group(tree, "data"), "data"));
    } catch (CheckpointException | DataException | IllegalArgumentException e) {
      throw CheckpointException.of(path, "its model card cannot be used: " + e.getMessage(), e);
    }
  }

  static <T> T part(Map<String, Object> tree, String key, Class<T> type) {
    Object value = tree.get(key);
    if (!type.isInstance(value)) {
      throw new CheckpointException("'" + key + "' is missing or not a " + type.getSimpleName());
    }
    return type.cast(value);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> group(Map<String, Object> tree, String key) {
    return (Map<String, Object>) part(tree, key, Map.class);
  }

  private static List<String> names(List<?> classes) {
    return classes.stream().map(String::valueOf).toList();
  }

  private static Shape shape(List<?> dims) {
    int[] sizes = new int[dims.size()];
    for (int i = 0; i < sizes.length; i++) {
      if (!(dims.get(i) instanceof Long d) || d < 1 || d > 1 << 20) {
        throw new CheckpointException("'input' must hold sizes from 1 to 2^20, got " + dims);
      }
      sizes[i] = d.intValue();
    }
    return Shape.of(sizes);
  }

  private static Map<String, Double> numbers(Map<String, Object> tree) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    tree.forEach(
        (k, v) -> {
          if (!(v instanceof Number n)) {
            throw new CheckpointException("metric '" + k + "' is not a number");
          }
          numbers.put(k, n.doubleValue());
        });
    return numbers;
  }

  /** The path of the file. */
  public Path path() {
    return file.path();
  }

  /** The metadata. */
  public ModelCard card() {
    return card;
  }

  /** What is kept in 8 bits; empty for models in binary32. */
  public Optional<QuantizedNumbers> quantized() {
    return quantized.map(QuantizedTensors::numbers);
  }

  /**
   * Requires weights in binary32.
   *
   * @param purpose what they are needed for: {@code training starts from}
   * @throws CheckpointException if this model has 8-bit weights
   */
  public void requireFullPrecision(String purpose) {
    if (quantized.isPresent()) {
      throw CheckpointException.of(
          path(),
          "holds 8-bit weights, but "
              + purpose
              + " weights in full precision; use the model that it was quantized from");
    }
  }

  /**
   * Builds the network that the card names; for a quantized model, that network for inference, with
   * folded norms.
   *
   * @throws CheckpointException if the network is unknown or the file's weights do not fit it
   */
  public Graph graph() {
    if (quantized.isPresent()) {
      return quantized.get().graph();
    }
    Graph graph = built(path(), card);
    WeightsCheck.require(file, "", graph.params());
    return graph;
  }

  private static Graph built(Path path, ModelCard card) {
    try {
      return Models.graph(card.network(), card.classes().size(), card.input());
    } catch (ModelException | GraphException | IllegalArgumentException e) {
      throw CheckpointException.of(path, "its network cannot be built: " + e.getMessage(), e);
    }
  }

  /**
   * The values of a parameter of {@link #graph}, row-major; 8-bit weights times their step.
   *
   * @throws CheckpointException if there is no such tensor
   */
  public float[] floats(String name) {
    return quantized.map(q -> q.floats(name)).orElseGet(() -> file.floats(name));
  }

  /**
   * Copies the weights into {@code weights}.
   *
   * @throws CheckpointException if names or shapes differ, in which case nothing is copied; or if a
   *     weight is NaN or infinite, or a variance below zero
   */
  public void loadInto(ParameterSet weights) {
    if (quantized.isEmpty()) {
      WeightsCheck.require(file, "", weights.specs());
    }
    for (ParamSpec spec : weights.specs()) {
      weights.write(spec.name(), readFinite(spec));
    }
  }

  private float[] readFinite(ParamSpec spec) {
    float[] values = floats(spec.name());
    TensorEntry entry = Objects.requireNonNull(file.entries().get(spec.name()));
    InvalidWeights.in(spec.name(), spec.role(), values, entry.shape())
        .ifPresent(
            fault -> {
              throw CheckpointException.of(
                  path(),
                  fault
                      + "; weights must be finite numbers: use another model, or import it again");
            });
    return values;
  }

  /**
   * Copies the weights whose name and shape match.
   *
   * @return the names of the parameters without a match, which keep their values
   * @throws CheckpointException if a weight is NaN or infinite, or a variance below zero, or this
   *     model has 8-bit weights
   */
  public List<String> loadWhatFits(ParameterSet weights) {
    requireFullPrecision("training starts from");
    List<String> others = new ArrayList<>();
    for (ParamSpec spec : weights.specs()) {
      if (WeightsCheck.fits(file.entries().get(spec.name()), spec)) {
        weights.write(spec.name(), readFinite(spec));
      } else {
        others.add(spec.name());
      }
    }
    return others;
  }

  /** The shapes of all parameters, by name. */
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    file.entries()
        .forEach(
            (name, entry) ->
                shapes.put(
                    name, Shape.of(entry.shape().stream().mapToInt(Math::toIntExact).toArray())));
    return shapes;
  }

  /** Closes the file; closing again has no effect. */
  @Override
  public void close() {
    file.close();
  }
}
