package dev.fovea.onnx.importer;

import dev.fovea.graph.GraphException;
import dev.fovea.graph.Op;
import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxGraph;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxNode;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.ValueInfo;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Runs through a model's nodes once, in order, and knows of each value whether it is a constant or
 * what a layer computes. Constants fold, shapes become constants, and transpositions only rename
 * axes.
 */
final class GraphReader {
  private static final long NEWEST = 27;
  private static final long NEWEST_IR = 13;
  private static final long MOST_VALUES = 1L << 28;
  private static final int MOST_SIDE = 1 << 13;
  private static final int MOST_OUTPUTS = 64;
  private static final int LONGEST = 400;

  private final Path path;
  private final OnnxModel model;
  private final OptionalInt side;
  private final Map<String, Value> values = new HashMap<>();
  private final List<String> notes = new ArrayList<>();

  GraphReader(Path path, OnnxModel model, OptionalInt side) {
    this.path = path;
    this.model = model;
    this.side = side;
  }

  List<String> notes() {
    return notes;
  }

  /** The layer that gives the logits. */
  Layer logits() {
    requireVersions();
    OnnxGraph graph = model.graph();
    for (OnnxTensor t : graph.initializers()) {
      values.put(t.name(), new Value.Known(t));
    }
    input(graph);
    for (OnnxNode node : graph.nodes()) {
      node(node);
    }
    return output(graph);
  }

  private void requireVersions() {
    if (model.irVersion() > NEWEST_IR || model.opset() > NEWEST) {
      throw OnnxException.of(
          path,
          "is written for IR "
              + model.irVersion()
              + " and opset "
              + model.opset()
              + "; Fovea reads up to IR "
              + NEWEST_IR
              + " and opset "
              + NEWEST
              + ": export it for an older opset, for example 17");
    }
  }

  private void input(OnnxGraph graph) {
    List<ValueInfo> open =
        graph.inputs().stream().filter(i -> !values.containsKey(i.name())).toList();
    if (open.size() != 1) {
      throw OnnxException.of(
          path,
          "has " + open.size() + " inputs, expected one: a batch of images; export a classifier");
    }
    ValueInfo in = open.get(0);
    if (in.dims().size() != 4 && !in.dims().isEmpty()) {
      throw OnnxException.of(
          path,
          "has the input '"
              + OnnxException.printable(in.name())
              + "' of "
              + in.dims().size()
              + " sizes, expected 4, those of a batch of images");
    }
    long[] d =
        in.dims().isEmpty()
            ? new long[4]
            : in.dims().stream().mapToLong(ValueInfo.Dim::size).toArray();
    boolean unknown = d[1] == 0 && d[3] == 0;
    boolean last =
        unknown ? isTurned(graph, in.name()) : (d[3] == 1 || d[3] == 3) && d[1] != 1 && d[1] != 3;
    long stated = last ? d[3] : d[1];
    long read = stated == 0 ? channels(graph, in.name()) : stated;
    int height = side(last ? d[1] : d[2]);
    int width = side(last ? d[2] : d[3]);
    if (read != 1 && read != 3 || d[0] > 1 << 16) {
      throw OnnxException.of(
          path, "has an input of " + read + " channels, expected 1 or 3, as images have");
    }
    int channels = (int) read;
    int batch = d[0] == 0 ? 1 : (int) d[0];
    Layer layer =
        Layer.of(
            new Op.Input(Shape.of(channels, height, width)), List.of(), channels, height, width);
    Value.Map map = Value.Map.nchw(layer, batch);
    List<List<Value.Axis>> a = map.axes();
    values.put(
        in.name(),
        last ? new Value.Map(layer, List.of(a.get(0), a.get(2), a.get(3), a.get(1)), batch) : map);
  }

  /** Whether the first node turns images that have their channels last. */
  private static boolean isTurned(OnnxGraph graph, String images) {
    return graph.nodes().stream()
        .filter(n -> n.inputs().contains(images))
        .findFirst()
        .filter(n -> n.operator().equals("Transpose"))
        .map(n -> n.attributes().get("perm"))
        .filter(Attribute.list(0, 3, 1, 2)::equals)
        .isPresent();
  }

  /** What a convolution of the images expects, in a file that states no sizes; else 3. */
  private long channels(OnnxGraph graph, String images) {
    for (OnnxNode node : graph.nodes()) {
      boolean first =
          node.operator().equals("Conv")
              && node.inputs().size() > 1
              && node.inputs().get(0).equals(images);
      if (first
          && values.get(node.inputs().get(1)) instanceof Value.Known k
          && k.tensor().dims().size() == 4) {
        return k.tensor().dims().get(1);
      }
    }
    return 3;
  }

  private int side(long declared) {
    if (declared > MOST_SIDE) {
      throw OnnxException.of(
          path, "takes images of " + declared + " pixels a side; Fovea reads up to " + MOST_SIDE);
    }
    if (declared > 0) {
      return (int) declared;
    }
    if (side.isEmpty()) {
      throw OnnxException.of(
          path,
          "takes images of any size, and a network of Fovea's has one; choose it (network.input),"
              + " for example 224");
    }
    return side.getAsInt();
  }

  private void node(OnnxNode node) {
    List<Value> results;
    try {
      results = read(node);
    } catch (Unsupported | GraphException e) {
      results = unread(node, e.getMessage(), e);
    } catch (ArithmeticException | IndexOutOfBoundsException | IllegalArgumentException e) {
      results = unread(node, "its sizes make no sense", e);
    }
    for (int i = 0; i < Math.min(results.size(), node.outputs().size()); i++) {
      String name = node.outputs().get(i);
      if (!name.isEmpty() && values.put(name, results.get(i)) != null) {
        throw OnnxException.of(
            path,
            "cannot import "
                + node.title()
                + ": its output '"
                + OnnxException.printable(name)
                + "' is given by another node, too");
      }
    }
  }

  /** A fault counts only if the network's output needs it: files hold branches for training. */
  private List<Value> unread(OnnxNode node, @Nullable String why, Exception cause) {
    OnnxException fault =
        new OnnxException(path + ": cannot import " + node.title() + ": " + oneLine(why), cause);
    return Collections.nCopies(node.outputs().size(), new Value.Unread(fault));
  }

  /** Names and lists of a file may be long, and hold anything. */
  private static String oneLine(@Nullable String why) {
    String text = String.valueOf(why);
    String part = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    return part.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Co}\\p{Cs}\\u2028\\u2029]", "?");
  }

  private List<Value> read(OnnxNode node) {
    List<Optional<Value>> inputs = new ArrayList<>();
    for (String name : node.inputs()) {
      Value value = values.get(name);
      if (value instanceof Value.Unread) {
        return Collections.nCopies(node.outputs().size(), value);
      }
      if (value == null && !name.isEmpty()) {
        throw new Unsupported(
            "it reads '"
                + OnnxException.printable(name)
                + "', which no node before it gives; nodes must be in order, without cycles");
      }
      inputs.add(Optional.ofNullable(value));
    }
    if (!node.domain().isEmpty()) {
      throw new Unsupported(
          "its operator is of the domain '"
              + OnnxException.printable(node.domain())
              + "', not of ONNX's own; export the model with standard operators");
    }
    Reading r = new Reading(node, inputs, model.opset());
    if (r.allKnown()) {
      return ConstantOperators.fold(r).stream().<Value>map(Value.Known::new).toList();
    }
    List<Value> results = LayerOperators.read(r);
    for (Value result : results) {
      if (result instanceof Value.Map m
          && (long) m.layer().channels() * m.layer().height() * m.layer().width() > MOST_VALUES) {
        throw new Unsupported("it gives more than " + MOST_VALUES + " values for an image");
      }
    }
    return results;
  }

  private Layer output(OnnxGraph graph) {
    if (graph.outputs().isEmpty()) {
      throw OnnxException.of(path, "has no output, expected the classes' scores");
    }
    List<Optional<Output>> outputs = new ArrayList<>();
    graph.outputs().stream()
        .limit(MOST_OUTPUTS)
        .forEach(o -> outputs.add(Output.of(o.name(), values.get(o.name()))));
    // Heads in the middle of a network are for training; the last has most layers before it.
    Optional<Output> chosen =
        outputs.stream().flatMap(Optional::stream).max(Comparator.comparingInt(Output::depth));
    if (chosen.isEmpty()) {
      throw noOutput(values.get(graph.outputs().get(0).name()));
    }
    if (outputs.size() > 1) {
      notes.add(
          "took the output '"
              + OnnxException.printable(chosen.get().name())
              + "' of "
              + outputs.size()
              + ", before which most layers lie");
    }
    if (chosen.get().softmax()) {
      notes.add("left out the softmax at the end: a network of Fovea's gives logits");
    }
    return chosen.get().layer();
  }

  private OnnxException noOutput(@Nullable Value value) {
    if (value instanceof Value.Unread u) {
      return u.fault();
    } else if (value instanceof Value.Map m) {
      return OnnxException.of(
          path,
          "has an output of "
              + m.dims()
              + ", expected (images, classes) or (images, channels, rows, columns): export a"
              + " classifier");
    }
    return OnnxException.of(
        path, "has an output that does not depend on the image, expected the classes' scores");
  }

  /** An output that a network can have. */
  private record Output(String name, Layer layer, boolean softmax, int depth) {
    static Optional<Output> of(String name, @Nullable Value value) {
      Value.Map m = value instanceof Value.Map map ? map : null;
      boolean softmax = value instanceof Value.Scores;
      m = value instanceof Value.Scores s ? s.logits() : m;
      if (m == null || m.layer().is(Op.Input.class)) {
        return Optional.empty();
      }
      List<Value.Axis> order = m.order().stream().filter(a -> a != Value.Axis.N).toList();
      boolean scores =
          order.stream().sorted().toList().equals(order)
              && (order.size() <= 1 || m.axes().size() <= 2);
      boolean maps = m.axes().size() == 4 && m.channelAxis() >= 0;
      return scores || maps
          ? Optional.of(new Output(name, m.layer(), softmax, Rewrites.order(m.layer()).size()))
          : Optional.empty();
    }
  }
}
