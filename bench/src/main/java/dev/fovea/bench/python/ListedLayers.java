package dev.fovea.bench.python;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.bench.net.CountedLayers;
import dev.fovea.bench.net.Layers;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Window;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a network as a JSON list of its layers, from which another language builds it.
 *
 * <p>Value 0 is the image, value n the result of layer n, counted from 1; a layer names the values
 * it reads and the shape of its result, so that the reader can check every layer. Counts of
 * parameters and multiply-adds are those of {@link CountedLayers} in the same mode.
 */
public final class ListedLayers implements Layers<ListedLayers.Value> {

  /** The number of a value, and its shape without the batch axis. */
  record Value(int number, CountedLayers.Map map) {}

  /** Writes the settings of a layer as fields of its object. */
  private interface Settings {
    void write() throws IOException;
  }

  private final CountedLayers counted;
  private final JsonGenerator json;
  private int layers;

  private ListedLayers(boolean training, JsonGenerator json) {
    this.counted = new CountedLayers(training);
    this.json = json;
  }

  /** Writes a network to a file. */
  public static void write(Network network, boolean training, Path file) throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(file))) {
      new ListedLayers(training, json).write(network);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void write(Network network) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", network.name());
    json.writeNumberField("input", network.input());
    json.writeNumberField("classes", network.classes());
    json.writeNumberField("aux_weight", network.auxWeight());
    json.writeArrayFieldStart("layers");
    List<Value> outputs =
        network.run(this, new Value(0, new CountedLayers.Map(3, network.input(), network.input())));
    json.writeEndArray();
    numbers("outputs", outputs.stream().mapToInt(Value::number).toArray());
    json.writeNumberField("parameters", counted.parameters());
    json.writeNumberField("multiply_adds", counted.multiplyAdds());
    json.writeEndObject();
  }

  @Override
  public boolean training() {
    return counted.training();
  }

  @Override
  public Value conv(Value x, int channels, Window window, boolean bias) {
    return layer(
        "conv",
        List.of(x),
        counted.conv(x.map(), channels, window, bias),
        () -> {
          slide(window);
          json.writeBooleanField("bias", bias);
        });
  }

  @Override
  public Value batchNorm(Value x, double epsilon) {
    return layer(
        "batch_norm",
        List.of(x),
        counted.batchNorm(x.map(), epsilon),
        () -> json.writeNumberField("epsilon", epsilon));
  }

  @Override
  public Value relu(Value x) {
    return layer("relu", List.of(x), counted.relu(x.map()), () -> {});
  }

  @Override
  public Value add(Value x, Value y) {
    return layer("add", List.of(x, y), counted.add(x.map(), y.map()), () -> {});
  }

  @Override
  public Value maxPool(Value x, Window window, boolean ceil) {
    return layer(
        "max_pool",
        List.of(x),
        counted.maxPool(x.map(), window, ceil),
        () -> {
          slide(window);
          json.writeBooleanField("ceil", ceil);
        });
  }

  @Override
  public Value averagePool(Value x, Window window) {
    return layer(
        "average_pool", List.of(x), counted.averagePool(x.map(), window), () -> slide(window));
  }

  @Override
  public Value adaptiveAveragePool(Value x, int size) {
    return layer(
        "adaptive_average_pool", List.of(x), counted.adaptiveAveragePool(x.map(), size), () -> {});
  }

  @Override
  public Value dropout(Value x, double probability) {
    return layer(
        "dropout",
        List.of(x),
        counted.dropout(x.map(), probability),
        () -> json.writeNumberField("probability", probability));
  }

  @Override
  public Value linear(Value x, int features) {
    return layer("linear", List.of(x), counted.linear(x.map(), features), () -> {});
  }

  @Override
  public Value concat(List<Value> parts) {
    return layer(
        "concat", parts, counted.concat(parts.stream().map(Value::map).toList()), () -> {});
  }

  @Override
  public Value subsampleAndPad(Value x, int stride, int before, int after) {
    return layer(
        "subsample_and_pad",
        List.of(x),
        counted.subsampleAndPad(x.map(), stride, before, after),
        () -> {
          json.writeNumberField("stride", stride);
          numbers("pad", before, after);
        });
  }

  @Override
  public int channels(Value x) {
    return x.map().channels();
  }

  @Override
  public void free(Value x) {}

  private Value layer(String op, List<Value> inputs, CountedLayers.Map map, Settings settings) {
    try {
      json.writeStartObject();
      json.writeStringField("op", op);
      numbers("from", inputs.stream().mapToInt(Value::number).toArray());
      settings.write();
      numbers("shape", map.channels(), map.height(), map.width());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    layers++;
    return new Value(layers, map);
  }

  private void slide(Window window) throws IOException {
    numbers("kernel", window.height(), window.width());
    json.writeNumberField("stride", window.stride());
    numbers("pad", window.padHeight(), window.padWidth());
  }

  private void numbers(String field, int... values) throws IOException {
    json.writeFieldName(field);
    json.writeArray(values, 0, values.length);
  }
}
