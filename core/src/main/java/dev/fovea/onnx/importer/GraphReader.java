package dev.fovea.onnx.importer;

import dev.fovea.graph.GraphException;
import dev.fovea.graph.Op;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxGraph;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxNode;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.ValueInfo;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Runs through a model's nodes once, in order, and knows of each value whether it is a constant or
 * what a layer computes. Constants fold, shapes become constants, and transpositions only rename
 * axes.
 */
final class GraphReader {
  private static final long OLDEST = 7;
  private static final long NEWEST = 27;
  private static final long NEWEST_IR = 13;
  private static final long MOST_VALUES = 1L << 28;
  private static final int MOST_SIDE = 1 << 13;

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
    if (model.opset() < OLDEST) {
      throw OnnxException.of(
          path,
          "is written for opset "
              + model.opset()
              + ", in which operators mean other things; Fovea reads opset "
              + OLDEST
              + " and newer: convert it with onnx.version_converter");
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
    if (in.dims().size() != 4) {
      throw OnnxException.of(
          path,
          "has the input '"
              + OnnxException.printable(in.name())
              + "' of "
              + in.dims().size()
              + " sizes, expected 4, those of a batch of images");
    }
    long[] d = in.dims().stream().mapToLong(ValueInfo.Dim::size).toArray();
    boolean last = (d[3] == 1 || d[3] == 3) && d[1] != 1 && d[1] != 3;
    int channels = (int) (last ? d[3] : d[1]);
    int height = side(last ? d[1] : d[2]);
    int width = side(last ? d[2] : d[3]);
    if (channels != 1 && channels != 3 || d[0] > 1 << 16) {
      throw OnnxException.of(
          path,
          "has an input of " + (last ? d[3] : d[1]) + " channels, expected 1 or 3, as images have");
    }
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
    try {
      read(node);
    } catch (Unsupported e) {
      throw OnnxException.of(path, "cannot import " + node.title() + ": " + e.getMessage());
    } catch (GraphException e) {
      throw new OnnxException(path + ": cannot import " + node.title() + ": " + e.getMessage(), e);
    } catch (ArithmeticException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new OnnxException(
          path + ": cannot import " + node.title() + ": its sizes make no sense", e);
    }
  }

  private void read(OnnxNode node) {
    if (!node.domain().isEmpty()) {
      throw new Unsupported(
          "its operator is of the domain '"
              + OnnxException.printable(node.domain())
              + "', not of ONNX's own; export the model with standard operators");
    }
    List<Optional<Value>> inputs = new ArrayList<>();
    for (String name : node.inputs()) {
      Value value = values.get(name);
      if (value == null && !name.isEmpty()) {
        throw new Unsupported(
            "it reads '"
                + OnnxException.printable(name)
                + "', which no node before it gives; nodes must be in order, without cycles");
      }
      inputs.add(Optional.ofNullable(value));
    }
    Reading r = new Reading(node, inputs, model.opset());
    Value result;
    if (r.allKnown()) {
      result =
          new Value.Known(
              ConstantOperators.fold(r)
                  .orElseThrow(
                      () ->
                          new Unsupported(
                              "Fovea does not compute this operator of constants; simplify the"
                                  + " model first, for example with onnxslim")));
    } else {
      result = LayerOperators.read(r);
      if (result instanceof Value.Map m
          && (long) m.layer().channels() * m.layer().height() * m.layer().width() > MOST_VALUES) {
        throw new Unsupported("it gives more than " + MOST_VALUES + " values for an image");
      }
    }
    if (node.outputs().isEmpty()) {
      throw new Unsupported("it has no output");
    }
    if (values.put(node.outputs().get(0), result) != null) {
      throw new Unsupported(
          "its output '"
              + OnnxException.printable(node.outputs().get(0))
              + "' is given by another node, too");
    }
  }

  private Layer output(OnnxGraph graph) {
    if (graph.outputs().isEmpty()) {
      throw OnnxException.of(path, "has no output, expected the classes' scores");
    }
    Value value = values.get(graph.outputs().get(0).name());
    if (!(value instanceof Value.Map m)) {
      throw OnnxException.of(
          path, "has an output that does not depend on the image, expected the classes' scores");
    }
    List<Value.Axis> order = m.order();
    boolean vector =
        order.stream().sorted().toList().equals(order)
            && (m.layer().height() == 1 && m.layer().width() == 1 || m.axes().size() == 2);
    if (!vector) {
      throw OnnxException.of(
          path,
          "has an output of " + m.dims() + ", expected (images, classes): export a classifier");
    }
    if (graph.outputs().size() > 1) {
      notes.add(
          "took the first of "
              + graph.outputs().size()
              + " outputs, '"
              + OnnxException.printable(graph.outputs().get(0).name())
              + "'");
    }
    return m.layer();
  }
}
