package dev.fovea.bench.python;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.bench.net.CountedLayers;
import dev.fovea.bench.net.Layers;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import dev.fovea.bench.net.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListedLayersTest {
  @TempDir private Path folder;

  /** One layer of each kind. */
  private record EveryKind() implements Network.Body {
    @Override
    public <V> List<V> run(Layers<V> layers, V input, int classes) {
      V conv = layers.conv(input, 4, new Window(1, 7, 1, 0, 3), true);
      V norm = layers.relu(layers.batchNorm(conv, 1e-3));
      V sum = layers.add(norm, conv);
      V pool = layers.maxPool(sum, Window.square(3, 2, 0), true);
      V average = layers.averagePool(pool, Window.same(3, 3));
      V joined = layers.concat(List.of(pool, average));
      V wide = layers.subsampleAndPad(joined, 2, 1, 3);
      V cell = layers.dropout(layers.adaptiveAveragePool(wide, 1), 0.25);
      return List.of(layers.linear(cell, classes));
    }
  }

  static List<Network> networks() {
    return Networks.all();
  }

  @Test
  void everyKindOfLayerIsListedWithItsInputsSettingsAndShape() throws IOException {
    Network network = new Network("every", 8, 10, 0, 0.5, new EveryKind());
    assertThat(written(network, true))
        .isEqualTo(
            """
            {"name":"every","input":8,"classes":10,"aux_weight":0.5,"layers":[
            {"op":"conv","from":[0],"kernel":[1,7],"stride":1,"pad":[0,3],"bias":true,"shape":[4,8,8]},
            {"op":"batch_norm","from":[1],"epsilon":0.001,"shape":[4,8,8]},
            {"op":"relu","from":[2],"shape":[4,8,8]},
            {"op":"add","from":[3,1],"shape":[4,8,8]},
            {"op":"max_pool","from":[4],"kernel":[3,3],"stride":2,"pad":[0,0],"ceil":true,"shape":[4,4,4]},
            {"op":"average_pool","from":[5],"kernel":[3,3],"stride":1,"pad":[1,1],"shape":[4,4,4]},
            {"op":"concat","from":[5,6],"shape":[8,4,4]},
            {"op":"subsample_and_pad","from":[7],"stride":2,"pad":[1,3],"shape":[12,2,2]},
            {"op":"adaptive_average_pool","from":[8],"shape":[12,1,1]},
            {"op":"dropout","from":[9],"probability":0.25,"shape":[12,1,1]},
            {"op":"linear","from":[10],"shape":[10,1,1]}],
            "outputs":[11],"parameters":226,"multiply_adds":5496}\
            """
                .replace("\n", ""));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theCountsAreThoseOfTheNetworkInTheSameMode(Network network) throws IOException {
    for (boolean training : List.of(true, false)) {
      CountedLayers counted = new CountedLayers(training);
      int outputs =
          network.run(counted, new CountedLayers.Map(3, network.input(), network.input())).size();
      written(network, training);
      assertThat(number("parameters")).isEqualTo(counted.parameters());
      assertThat(number("multiply_adds")).isEqualTo(counted.multiplyAdds());
      assertThat(length("outputs")).isEqualTo(outputs);
    }
  }

  private String written(Network network, boolean training) throws IOException {
    ListedLayers.write(network, training, file());
    return Files.readString(file());
  }

  private Path file() {
    return folder.resolve("layers.json");
  }

  private long number(String field) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(file().toFile())) {
      find(json, field);
      return json.getLongValue();
    }
  }

  private int length(String field) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(file().toFile())) {
      find(json, field);
      int length = 0;
      while (json.nextToken() != JsonToken.END_ARRAY) {
        length++;
      }
      return length;
    }
  }

  /** Moves to the value of a field of the outermost object. */
  private static void find(JsonParser json, String field) throws IOException {
    json.nextToken();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (name.equals(field)) {
        return;
      }
      json.skipChildren();
    }
    throw new AssertionError("there is no field " + field);
  }
}
