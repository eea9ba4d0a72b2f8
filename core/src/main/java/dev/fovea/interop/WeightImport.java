package dev.fovea.interop;

import dev.fovea.checkpoint.InvalidWeights;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a foreign file matched with the parameters of a network; any mismatch is an error.
 * The file must stay open until {@link #write} has returned.
 */
public final class WeightImport {
  private static final int SHOWN = 3;
  private static final List<String> AUXILIARY = List.of("aux1", "aux2", "AuxLogits");

  private final Graph graph;
  private final Map<String, ForeignTensor> matched;
  private final List<ParamSpec> fresh;
  private final List<String> notes;
  private final long seed;

  private WeightImport(
      Graph graph,
      Map<String, ForeignTensor> matched,
      List<ParamSpec> fresh,
      List<String> notes,
      long seed) {
    this.graph = graph;
    this.matched = matched;
    this.fresh = List.copyOf(fresh);
    this.notes = List.copyOf(notes);
    this.seed = seed;
  }

  /**
   * Matches the tensors of a file with the parameters of a network.
   *
   * @param name a name of {@link Models}, with or without options, or of {@link PublishedWeights}
   * @param newClasses the number of classes of newly initialized classifiers, including the
   *     auxiliary ones; if empty, the file's classifiers are used
   * @param seed the seed of the new classifiers' initial values
   * @throws MismatchException if a parameter is missing or misshapen, or a tensor is unmatched
   * @throws InteropException if a weight is NaN or infinite, or a variance below zero
   * @throws dev.fovea.models.ModelException if there is no such network
   */
  public static WeightImport of(ForeignFile file, String name, OptionalInt newClasses, long seed) {
    String network = PublishedWeights.network(name);
    ModelInfo info = Models.info(network);
    Graph published = Models.graph(network);
    List<String> notes = new ArrayList<>(file.notes());
    Map<String, ForeignTensor> plain =
        StateDictNames.dropPrefixAndCounters(file.tensors(), published, notes);
    int classes = newClasses.orElseGet(() -> classes(plain, published));
    Graph graph = Models.graph(network, classes, info.input());
    Map<String, ForeignTensor> tensors = new LinkedHashMap<>(StateDictNames.rename(plain, graph));
    List<ParamSpec> fresh = new ArrayList<>();
    if (newClasses.isPresent()) {
      for (Node head : StateDictNames.heads(graph)) {
        fresh.addAll(head.params());
        tensors.keySet().removeIf(n -> StateDictNames.isBelow(n, head.name()));
        notes.add(
            "the classifier '"
                + head.name()
                + "' was replaced: new initial values for "
                + Decimals.count(classes, "class"));
      }
    }
    boolean optional = info.options().stream().anyMatch(o -> o.name().equals("aux"));
    if (optional
        && StateDictNames.auxiliary(graph).isEmpty()
        && tensors.keySet().removeIf(WeightImport::isAuxiliary)) {
      notes.add("dropped the file's auxiliary classifiers, as " + graph.name() + " has none");
    }
    Map<String, ForeignTensor> matched = new Match(file, graph, tensors, fresh).complete();
    requireValid(file.path(), graph, matched);
    return new WeightImport(graph, matched, fresh, notes, seed);
  }

  private static void requireValid(Path path, Graph graph, Map<String, ForeignTensor> matched) {
    List<String> faults = new ArrayList<>();
    for (ParamSpec spec : graph.params()) {
      ForeignTensor tensor = matched.get(spec.name());
      if (tensor != null) {
        InvalidWeights.in(
                InteropException.printable(tensor.name()),
                spec.role(),
                tensor.floats(),
                tensor.shape())
            .ifPresent(faults::add);
      }
    }
    if (!faults.isEmpty()) {
      int more = faults.size() - 1;
      throw InteropException.of(
          path,
          faults.get(0)
              + (more == 0
                  ? ""
                  : ", and " + more + (more == 1 ? " other has" : " others have") + " such values")
              + "; weights must be finite, so nothing was imported: the training diverged, or the"
              + " number format was too narrow; use another checkpoint");
    }
  }

  private static boolean isAuxiliary(String name) {
    return AUXILIARY.stream().anyMatch(a -> StateDictNames.isBelow(name, a));
  }

  /** The number of classes of the file's classifier; the published number if it has none. */
  private static int classes(Map<String, ForeignTensor> plain, Graph published) {
    String weight = StateDictNames.heads(published).get(0).name() + ".weight";
    ForeignTensor head = StateDictNames.rename(plain, published).get(weight);
    boolean usable =
        head != null
            && !head.shape().isEmpty()
            && head.shape().get(0) >= 1
            && head.shape().get(0) <= KnownPreprocessing.MAX_CLASSES;
    return head != null && usable ? head.shape().get(0).intValue() : published.classes();
  }

  /** The network, with its final number of classes. */
  public Graph graph() {
    return graph;
  }

  /** What was dropped, renamed or replaced, one sentence each. */
  public List<String> notes() {
    return notes;
  }

  /** The number of parameters and running statistics that come from the file. */
  public int taken() {
    return matched.size();
  }

  /** The names of the newly initialized parameters. */
  public List<String> fresh() {
    return fresh.stream().map(ParamSpec::name).toList();
  }

  /**
   * Writes a model file, reading one tensor at a time.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if it cannot be written
   * @throws InteropException if the foreign file can no longer be read
   */
  public void write(Path model, ModelCard card) {
    ModelFile.write(model, card, weights());
  }

  /** The weights; each is read from the file on demand. */
  public ParameterSet weights() {
    ForeignWeights weights = new ForeignWeights(graph.params(), matched);
    for (ParamSpec spec : fresh) {
      weights.write(spec.name(), spec.initialValues(seed));
    }
    return weights;
  }

  /** Compares the names and shapes of a file with those of a network. */
  private record Match(
      ForeignFile file, Graph graph, Map<String, ForeignTensor> tensors, List<ParamSpec> fresh) {

    /** Finds a tensor for every parameter that is not newly initialized. */
    Map<String, ForeignTensor> complete() {
      Map<String, ForeignTensor> found = new LinkedHashMap<>();
      List<MismatchException.Row> missing = new ArrayList<>();
      List<MismatchException.Row> misshapen = new ArrayList<>();
      Set<String> heads =
          StateDictNames.heads(graph).stream().map(Node::name).collect(Collectors.toSet());
      Set<String> known = new HashSet<>();
      for (ParamSpec spec : graph.params()) {
        known.add(spec.name());
        ForeignTensor tensor = tensors.get(spec.name());
        if (fresh.contains(spec)) {
          continue;
        }
        if (tensor == null) {
          missing.add(missing(spec));
        } else if (!fits(spec, tensor, heads)) {
          misshapen.add(row(MismatchException.Kind.MISSHAPEN, tensor.name(), spec, tensor));
        } else {
          found.put(spec.name(), tensor);
        }
      }
      List<MismatchException.Row> rows = new ArrayList<>(missing);
      rows.addAll(misshapen);
      tensors.forEach(
          (name, tensor) -> {
            if (!known.contains(name)) {
              rows.add(row(MismatchException.Kind.UNMATCHED, tensor.name(), null, tensor));
            }
          });
      if (!rows.isEmpty()) {
        throw new MismatchException(message(rows), rows);
      }
      return found;
    }

    /** Includes what the file has under that name, if it is not a tensor. */
    private MismatchException.Row missing(ParamSpec spec) {
      return new MismatchException.Row(
          MismatchException.Kind.MISSING,
          InteropException.printable(spec.name()),
          text(spec.shape()),
          file.others().getOrDefault(spec.name(), ""));
    }

    /**
     * Whether the shapes are compatible: old files store batch norm vectors as (1, C), and a
     * classifier may be a matrix or a 1x1 convolution. The values are the same in either form.
     */
    private static boolean fits(ParamSpec spec, ForeignTensor tensor, Set<String> heads) {
      if (!tensor.type().isFloat()) {
        return false;
      }
      List<Long> expected = TensorShapes.list(spec.shape());
      if (tensor.shape().equals(expected)) {
        return true;
      }
      boolean head = heads.stream().anyMatch(h -> StateDictNames.isBelow(spec.name(), h));
      return (spec.shape().rank() == 1 || head)
          && TensorShapes.squeeze(tensor.shape()).equals(TensorShapes.squeeze(expected));
    }

    private static MismatchException.Row row(
        MismatchException.Kind kind, String name, @Nullable ParamSpec spec, ForeignTensor tensor) {
      return new MismatchException.Row(
          kind,
          InteropException.printable(name),
          spec == null ? "" : text(spec.shape()),
          tensor.toString());
    }

    private static String text(Shape shape) {
      return TensorShapes.text(TensorShapes.list(shape));
    }

    private String message(List<MismatchException.Row> rows) {
      List<String> parts = new ArrayList<>();
      for (MismatchException.Kind kind : MismatchException.Kind.values()) {
        List<String> names =
            rows.stream().filter(r -> r.kind() == kind).map(MismatchException.Row::name).toList();
        if (!names.isEmpty()) {
          String some = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
          parts.add(
              names.size()
                  + " "
                  + kind.name().toLowerCase(java.util.Locale.ROOT)
                  + " ("
                  + some
                  + (names.size() > SHOWN ? ", ..." : "")
                  + ")");
        }
      }
      return file.path()
          + ": does not hold the weights of "
          + graph.name()
          + ": "
          + String.join(", ", parts)
          + "; nothing was imported; "
          + advice(rows);
    }

    private boolean isOfClassifier(MismatchException.Row row) {
      return row.kind() == MismatchException.Kind.MISSING
          && StateDictNames.heads(graph).stream()
              .anyMatch(h -> StateDictNames.isBelow(row.name(), h.name()));
    }

    private String advice(List<MismatchException.Row> rows) {
      Set<String> auxiliary = StateDictNames.auxiliary(graph);
      boolean onlyAuxiliary =
          !auxiliary.isEmpty()
              && rows.stream()
                  .allMatch(
                      r ->
                          r.kind() == MismatchException.Kind.MISSING
                              && auxiliary.stream()
                                  .anyMatch(a -> StateDictNames.isBelow(r.name(), a)));
      if (onlyAuxiliary) {
        return "the file has no auxiliary classifiers: use the model option aux=false";
      }
      if (rows.stream().allMatch(this::isOfClassifier)) {
        return "the file has no classifier of the network: set the number of classes to get a new"
            + " one";
      }
      List<String> places = StateDictNames.networksIn(tensors.keySet(), graph);
      return places.isEmpty() || places.contains("")
          ? "name the network that the file was made for, with its options"
          : "its names start with "
              + places.stream()
                  .map(p -> "'" + InteropException.printable(p) + "'")
                  .collect(Collectors.joining(" and "))
              + ": choose "
              + (places.size() == 1 ? "that" : "one of them")
              + " as the entry";
    }
  }
}
