package dev.fovea.checkpoint;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A trained network in one safetensors file: the weights under PyTorch's names, the {@link
 * ModelCard} in {@code __metadata__}, and a checksum over both.
 *
 * <p>The caller that opens the file closes it. Not thread-safe.
 */
public final class ModelFile implements AutoCloseable {
  /** The version of the metadata that is written and read. */
  public static final int FORMAT = 1;

  private static final String FORMAT_KEY = "fovea.format";
  private static final String CARD_KEY = "fovea.model";

  private final SafetensorsFile file;
  private final ModelCard card;

  private ModelFile(SafetensorsFile file, ModelCard card) {
    this.file = file;
    this.card = card;
  }

  /**
   * Writes a model file; its bytes depend only on the arguments.
   *
   * @throws CheckpointException if the file cannot be written; an existing file is then unchanged
   */
  public static void write(Path path, ModelCard card, ParameterSet weights) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("network", card.network());
    tree.put("input", list(card.input()));
    tree.put("classes", card.classes());
    tree.put("preprocessing", card.preprocessing().toMap());
    tree.put("metrics", card.metrics());
    tree.put("data", RecordTree.of(card.data()));
    tree.put("config", JsonTree.parse(card.config(), "the configuration"));
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .metadata(
                Map.of(
                    "format",
                    "pt",
                    FORMAT_KEY,
                    Integer.toString(FORMAT),
                    CARD_KEY,
                    JsonTree.compact(tree)));
    for (ParamSpec spec : weights.specs()) {
      writer.floats(spec.name(), spec.shape().dims(), () -> weights.read(spec.name()));
    }
    writer.write(path);
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
      return new ModelFile(file, card(file));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static ModelCard card(SafetensorsFile file) {
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
    if (!format.equals(Integer.toString(FORMAT))) {
      throw CheckpointException.of(
          path,
          "has model format " + format + ", this Fovea reads " + FORMAT + "; use a newer Fovea");
    }
    file.verify();
    Map<String, Object> tree = JsonTree.parse(text, path + ": its model card");
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

  private static <T> T part(Map<String, Object> tree, String key, Class<T> type) {
    Object value = tree.get(key);
    if (!type.isInstance(value)) {
      throw new CheckpointException("'" + key + "' is missing or not a " + type.getSimpleName());
    }
    return type.cast(value);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> group(Map<String, Object> tree, String key) {
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

  /**
   * Builds the network that the card names.
   *
   * @throws CheckpointException if the network is unknown or the file's weights do not fit it
   */
  public Graph graph() {
    Graph graph;
    try {
      graph = Models.graph(card.network(), card.classes().size(), card.input());
    } catch (ModelException | GraphException | IllegalArgumentException e) {
      throw CheckpointException.of(path(), "its network cannot be built: " + e.getMessage(), e);
    }
    WeightsCheck.require(file, "", graph.params());
    return graph;
  }

  /**
   * Copies the weights into {@code weights}.
   *
   * @throws CheckpointException if names or shapes differ, in which case nothing is copied; or if a
   *     weight is NaN or infinite, or a variance below zero
   */
  public void loadInto(ParameterSet weights) {
    WeightsCheck.require(file, "", weights.specs());
    for (ParamSpec spec : weights.specs()) {
      weights.write(spec.name(), readFinite(spec));
    }
  }

  private float[] readFinite(ParamSpec spec) {
    float[] values = file.floats(spec.name());
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
   * @throws CheckpointException if a weight is NaN or infinite, or a variance below zero
   */
  public List<String> loadWhatFits(ParameterSet weights) {
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
