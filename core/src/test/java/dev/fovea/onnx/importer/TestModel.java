package dev.fovea.onnx.importer;

import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.OnnxGraph;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxNode;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.ValueInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Small ONNX models for tests, node by node. */
final class TestModel {
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final List<OnnxTensor> constants = new ArrayList<>();
  private final ValueInfo input;
  private long opset = 17;
  private int names;

  TestModel(long... dims) {
    List<ValueInfo.Dim> sizes =
        Arrays.stream(dims)
            .mapToObj(d -> d == 0 ? ValueInfo.Dim.free("n") : ValueInfo.Dim.of(d))
            .toList();
    input = new ValueInfo("x", 1, sizes);
  }

  TestModel opset(long version) {
    opset = version;
    return this;
  }

  String node(String operator, Map<String, Attribute> attributes, String... inputs) {
    String name = operator.toLowerCase(java.util.Locale.ROOT) + names++;
    nodes.add(OnnxNode.of(operator, List.of(inputs), name, attributes));
    return name;
  }

  String node(String operator, String... inputs) {
    return node(operator, Map.of(), inputs);
  }

  /** Values that count up from a start. */
  String floats(double from, long... dims) {
    String name = "c" + names++;
    int n = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (from + i / 8.0);
    }
    constants.add(OnnxTensor.ofFloats(name, Arrays.stream(dims).boxed().toList(), () -> values));
    return name;
  }

  String scalar(double value) {
    String name = "c" + names++;
    float[] values = {(float) value};
    constants.add(OnnxTensor.ofFloats(name, List.of(), () -> values));
    return name;
  }

  String longs(long... values) {
    String name = "c" + names++;
    constants.add(OnnxTensor.ofLongs(name, values));
    return name;
  }

  /** Writes the model with this output. */
  Path write(Path folder, String output) {
    Path file = folder.resolve("test.onnx");
    OnnxModel model =
        new OnnxModel(
            8,
            "test",
            Map.of("", opset),
            new OnnxGraph(
                "g",
                nodes,
                constants,
                List.of(input),
                List.of(new ValueInfo(output, 1, List.of()))),
            Map.of());
    try {
      Files.deleteIfExists(file);
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        new OnnxWriter(model).writeTo(channel);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** A network with the values of its parameters. */
  record Network(String definition, Map<String, List<Float>> weights) {}

  /** The network as read, before it is looked for in the list. */
  Network read(Path folder, String output) {
    return read(write(folder, output));
  }

  static Network read(Path path) {
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = OnnxImport.of(file, path, OptionalInt.empty(), OptionalInt.empty(), 1);
      Map<String, List<Float>> weights = new TreeMap<>();
      for (var spec : read.graph().params()) {
        List<Float> values = new ArrayList<>();
        for (float v : read.weights().read(spec.name())) {
          values.add(v);
        }
        weights.put(spec.name(), values);
      }
      String name = read.graph().name();
      return new Network(
          name.replaceAll("\\|(HeNormal|Constant|PyTorchDefault)[^|)]*", ""), weights);
    }
  }
}
