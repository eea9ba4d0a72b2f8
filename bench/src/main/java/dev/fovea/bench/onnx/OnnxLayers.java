package dev.fovea.bench.onnx;

import dev.fovea.bench.net.CountedLayers;
import dev.fovea.bench.net.Layers;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Window;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Writes a network as an ONNX model for inference (opset 13) with random weights.
 *
 * <p>Field numbers are those of onnx.proto3. Batch norm stays a separate node; the runtime may fold
 * it into the convolution. Weights lie in a second file beside the model ("external data"), because
 * those of VGG-16 would need several copies of half a gigabyte in a message.
 */
public final class OnnxLayers implements Layers<OnnxLayers.Value> {
  private static final int OPSET = 13;
  private static final int IR_VERSION = 8;
  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final int EXTERNAL = 1;

  /** A named value of the graph and its shape without the batch axis. */
  record Value(String name, CountedLayers.Map map) {}

  /** One attribute of a node: a name and a field with its type. */
  private record Attribute(Message message) {
    static Attribute of(String name, long value) {
      return new Attribute(new Message().put(1, name).put(3, value).put(20, 2));
    }

    static Attribute of(String name, float value) {
      return new Attribute(new Message().put(1, name).put(2, value).put(20, 1));
    }

    static Attribute of(String name, long... values) {
      Message message = new Message().put(1, name);
      for (long value : values) {
        message.put(8, value);
      }
      return new Attribute(message.put(20, 7));
    }
  }

  private final CountedLayers shapes = new CountedLayers(false);
  private final Random random = new Random(1);
  private final int batch;
  private final Message graph = new Message();
  private final String weightsName;
  private final OutputStream weights;
  private long written;
  private int names;

  private OnnxLayers(int batch, String weightsName, OutputStream weights) {
    this.batch = batch;
    this.weightsName = weightsName;
    this.weights = weights;
  }

  /**
   * Writes a network for a batch of the given size.
   *
   * @param file the model; its weights are written beside it, to the same name followed by {@code
   *     .weights}
   */
  public static void write(Network network, int batch, Path file) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".weights");
    try (OutputStream weights = new BufferedOutputStream(Files.newOutputStream(beside))) {
      OnnxLayers layers = new OnnxLayers(batch, beside.getFileName().toString(), weights);
      Value input = layers.input(network.input());
      Files.write(file, layers.model(input, network.run(layers, input).get(0)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Value input(int size) {
    return new Value("input", new CountedLayers.Map(3, size, size));
  }

  /** Builds the model with its single input and output. */
  private byte[] model(Value input, Value output) {
    graph.put(2, "bench");
    CountedLayers.Map in = input.map();
    graph.put(11, declare(input.name(), batch, in.channels(), in.height(), in.width()));
    graph.put(12, declare(output.name(), batch, output.map().channels()));
    return new Message()
        .put(1, IR_VERSION)
        .put(8, new Message().put(2, OPSET))
        .put(7, graph)
        .bytes();
  }

  @Override
  public boolean training() {
    return false;
  }

  @Override
  public Value conv(Value x, int channels, Window window, boolean bias) {
    int fan = channels * window.height() * window.width();
    String weight =
        weight(Math.sqrt(2.0 / fan), channels, x.map().channels(), window.height(), window.width());
    List<String> inputs =
        bias ? List.of(x.name(), weight, constant(0, channels)) : List.of(x.name(), weight);
    return node(
        "Conv",
        inputs,
        shapes.conv(x.map(), channels, window, bias),
        kernel(window),
        strides(window),
        pads(window));
  }

  @Override
  public Value batchNorm(Value x, double epsilon) {
    int channels = x.map().channels();
    List<String> inputs =
        List.of(
            x.name(),
            constant(1, channels),
            constant(0, channels),
            constant(0, channels),
            constant(1, channels));
    return node("BatchNormalization", inputs, x.map(), Attribute.of("epsilon", (float) epsilon));
  }

  @Override
  public Value relu(Value x) {
    return node("Relu", List.of(x.name()), x.map());
  }

  @Override
  public Value add(Value x, Value y) {
    return node("Add", List.of(x.name(), y.name()), shapes.add(x.map(), y.map()));
  }

  @Override
  public Value maxPool(Value x, Window window, boolean ceil) {
    return node(
        "MaxPool",
        List.of(x.name()),
        shapes.maxPool(x.map(), window, ceil),
        kernel(window),
        strides(window),
        pads(window),
        Attribute.of("ceil_mode", ceil ? 1L : 0L));
  }

  @Override
  public Value averagePool(Value x, Window window) {
    return node(
        "AveragePool",
        List.of(x.name()),
        shapes.averagePool(x.map(), window),
        kernel(window),
        strides(window),
        pads(window),
        Attribute.of("count_include_pad", 1L));
  }

  @Override
  public Value adaptiveAveragePool(Value x, int size) {
    if (x.map().height() == size && x.map().width() == size) {
      return x;
    }
    if (size != 1) {
      throw new IllegalArgumentException(
          "ONNX has no adaptive average pool from "
              + x.map()
              + " to "
              + size
              + " cells a side, expected 1 or the size that it has: auxiliary heads exist in"
              + " training only");
    }
    return node("GlobalAveragePool", List.of(x.name()), shapes.adaptiveAveragePool(x.map(), 1));
  }

  @Override
  public Value dropout(Value x, double probability) {
    return x;
  }

  @Override
  public Value linear(Value x, int features) {
    CountedLayers.Map map = x.map();
    int width = map.channels() * map.height() * map.width();
    Value rows = node("Flatten", List.of(x.name()), new CountedLayers.Map(width, 1, 1));
    String weight = weight(1 / Math.sqrt(width), features, width);
    return node(
        "Gemm",
        List.of(rows.name(), weight, constant(0, features)),
        shapes.linear(map, features),
        Attribute.of("transB", 1L));
  }

  @Override
  public Value concat(List<Value> parts) {
    return node(
        "Concat",
        parts.stream().map(Value::name).toList(),
        shapes.concat(parts.stream().map(Value::map).toList()),
        Attribute.of("axis", 1L));
  }

  @Override
  public Value subsampleAndPad(Value x, int stride, int before, int after) {
    CountedLayers.Map map = x.map();
    List<String> range =
        List.of(
            x.name(),
            integers(0, 0),
            integers(map.height(), map.width()),
            integers(2, 3),
            integers(stride, stride));
    CountedLayers.Map padded = shapes.subsampleAndPad(map, stride, before, after);
    Value cells =
        node(
            "Slice", range, new CountedLayers.Map(map.channels(), padded.height(), padded.width()));
    return node("Pad", List.of(cells.name(), integers(0, before, 0, 0, 0, after, 0, 0)), padded);
  }

  @Override
  public int channels(Value x) {
    return x.map().channels();
  }

  @Override
  public void free(Value x) {}

  private Value node(
      String operator, List<String> inputs, CountedLayers.Map map, Attribute... attributes) {
    String name = newName();
    Message node = new Message();
    inputs.forEach(input -> node.put(1, input));
    node.put(2, name).put(3, name).put(4, operator);
    for (Attribute attribute : attributes) {
      node.put(5, attribute.message());
    }
    graph.put(1, node);
    return new Value(name, map);
  }

  private static Attribute kernel(Window window) {
    return Attribute.of("kernel_shape", window.height(), window.width());
  }

  private static Attribute strides(Window window) {
    return Attribute.of("strides", window.stride(), window.stride());
  }

  private static Attribute pads(Window window) {
    return Attribute.of(
        "pads", window.padHeight(), window.padWidth(), window.padHeight(), window.padWidth());
  }

  /** A parameter of normally distributed values, in the file of weights. */
  private String weight(double deviation, int... dims) {
    int values = Arrays.stream(dims).reduce(1, Math::multiplyExact);
    ByteBuffer row = ByteBuffer.allocate(4 * (values / dims[0])).order(ByteOrder.LITTLE_ENDIAN);
    try {
      for (int i = 0; i < dims[0]; i++) {
        row.clear();
        while (row.hasRemaining()) {
          row.putFloat((float) (deviation * random.nextGaussian()));
        }
        weights.write(row.array());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long bytes = 4L * values;
    Message place =
        new Message()
            .put(13, entry("location", weightsName))
            .put(13, entry("offset", Long.toString(written)))
            .put(13, entry("length", Long.toString(bytes)))
            .put(14, (long) EXTERNAL);
    written += bytes;
    return initializer(FLOAT, place, dims);
  }

  private static Message entry(String key, String value) {
    return new Message().put(1, key).put(2, value);
  }

  private String constant(float value, int size) {
    ByteBuffer raw = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
    while (raw.hasRemaining()) {
      raw.putFloat(value);
    }
    return initializer(FLOAT, new Message().put(9, raw.array()), size);
  }

  private String integers(long... values) {
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return initializer(INT64, new Message().put(9, raw.array()), values.length);
  }

  /** Names a constant tensor; {@code tensor} says what it holds. */
  private String initializer(int type, Message tensor, int... dims) {
    String name = newName();
    for (int dim : dims) {
      tensor.put(1, (long) dim);
    }
    graph.put(5, tensor.put(2, (long) type).put(8, name));
    return name;
  }

  private String newName() {
    return "v" + names++;
  }

  private static Message declare(String name, int... dims) {
    Message shape = new Message();
    for (int dim : dims) {
      shape.put(1, new Message().put(1, (long) dim));
    }
    Message tensor = new Message().put(1, (long) FLOAT).put(2, shape);
    return new Message().put(1, name).put(2, new Message().put(1, tensor));
  }
}
