package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  private static final List<String> CLASSES = List.of("cat", "dog", "<img onerror=x>");

  /** Parameters on the heap. */
  private record HeapSet(List<ParamSpec> specs, Map<String, float[]> values)
      implements ParameterSet {
    static HeapSet of(Graph graph, long seed) {
      Map<String, float[]> values = new HashMap<>();
      graph.params().forEach(p -> values.put(p.name(), p.initialValues(seed)));
      return new HeapSet(graph.params(), values);
    }

    @Override
    public float[] read(String name) {
      return values.getOrDefault(name, new float[0]).clone();
    }

    @Override
    public void write(String name, float[] v) {
      values.put(name, v.clone());
    }

    @Override
    public void close() {}
  }

  private static ModelCard card(String network) {
    return new ModelCard(
        network,
        Shape.of(3, 16, 16),
        CLASSES,
        Preprocessing.nativeSize(16, 16, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
        "{\"a\":{\"b\":0.1}}",
        Map.of("top1", 0.75),
        new ModelCard.Origin("/data", "abc"));
  }

  private static Graph graph() {
    return Models.graph("resnet20", CLASSES.size(), Shape.of(3, 16, 16));
  }

  private static Path written(Path folder) {
    Path path = folder.resolve("model.safetensors");
    ModelFile.write(path, card("resnet20"), HeapSet.of(graph(), 1));
    return path;
  }

  @Test
  void aModelComesBackWithEverythingItNeeds(@TempDir Path temp) {
    HeapSet loaded = HeapSet.of(graph(), 2);
    try (ModelFile file = ModelFile.open(written(temp))) {
      assertThat(file.card()).isEqualTo(card("resnet20"));
      assertThat(file.graph().params()).isEqualTo(graph().params());
      file.loadInto(loaded);
    }
    HeapSet original = HeapSet.of(graph(), 1);
    assertThat(loaded.specs())
        .allSatisfy(p -> assertThat(loaded.read(p.name())).isEqualTo(original.read(p.name())));
  }

  @Test
  void aTruncatedFileNamesItself(@TempDir Path temp) throws IOException {
    Path path = written(temp);
    byte[] bytes = Files.readAllBytes(path);
    for (int sixteenths = 0; sixteenths < 16; sixteenths++) {
      Files.write(path, Arrays.copyOf(bytes, bytes.length / 16 * sixteenths));
      assertThatThrownBy(() -> ModelFile.open(path))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("model.safetensors")
          .hasMessageContaining("truncated");
    }
  }

  @Test
  void anAlteredFileIsRefused(@TempDir Path temp) throws IOException {
    Path path = written(temp);
    byte[] bytes = Files.readAllBytes(path);
    bytes[bytes.length - 5] ^= 4;
    Files.write(path, bytes);
    assertThatThrownBy(() -> ModelFile.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("altered");
  }

  @Test
  void weightsOfAnotherNetworkAreRefused(@TempDir Path temp) {
    Path path = temp.resolve("model.safetensors");
    ModelFile.write(path, card("resnet32"), HeapSet.of(graph(), 1));
    try (ModelFile file = ModelFile.open(path)) {
      assertThatThrownBy(file::graph)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("a different network")
          .hasMessageContaining("layer1.3")
          .hasMessageContaining("missing");
      assertThatThrownBy(
              () -> file.loadInto(HeapSet.of(Models.graph("resnet20", 4, Shape.of(3, 16, 16)), 1)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("[3, 64], expected [4, 64]");
    }
  }

  @Test
  void anUnknownNetworkIsRefused(@TempDir Path temp) {
    Path path = temp.resolve("model.safetensors");
    ModelFile.write(path, card("resnet21"), HeapSet.of(graph(), 1));
    try (ModelFile file = ModelFile.open(path)) {
      assertThatThrownBy(file::graph)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("resnet21");
    }
  }

  @Test
  void otherSafetensorsFilesAreNoModels(@TempDir Path temp) {
    Path state = temp.resolve("last.safetensors");
    StateFile.write(state, Map.of(), Map.of("weights", HeapSet.of(graph(), 1)));
    assertThatThrownBy(() -> ModelFile.open(state)).hasMessageContaining("use model.safetensors");
    Path foreign = temp.resolve("foreign.safetensors");
    new SafetensorsWriter().longs("n", 1).write(foreign);
    assertThatThrownBy(() -> ModelFile.open(foreign)).hasMessageContaining("import it first");
    Path newer = temp.resolve("newer.safetensors");
    new SafetensorsWriter().metadata(Map.of("fovea.format", "3", "fovea.model", "{}")).write(newer);
    assertThatThrownBy(() -> ModelFile.open(newer)).hasMessageContaining("use a newer Fovea");
  }

  @Test
  void aNewHeadKeepsItsFreshWeights(@TempDir Path temp) {
    HeapSet other = HeapSet.of(Models.graph("resnet20", 7, Shape.of(3, 16, 16)), 2);
    float[] head =
        other.read("fc.weight").length > 0 ? other.read("fc.weight") : other.read("linear.weight");
    try (ModelFile file = ModelFile.open(written(temp))) {
      assertThat(file.loadWhatFits(other))
          .hasSize(2)
          .allSatisfy(n -> assertThat(n).matches("(fc|linear)\\.(weight|bias)"));
    }
    assertThat(other.read("conv1.weight")).isEqualTo(HeapSet.of(graph(), 1).read("conv1.weight"));
    assertThat(other.values().values()).anySatisfy(v -> assertThat(v).isEqualTo(head));
  }

  @Test
  void aStateGivesBackItsSetsAndTexts(@TempDir Path temp) {
    Path path = temp.resolve("last.safetensors");
    HeapSet weights = HeapSet.of(graph(), 1);
    HeapSet momentum = HeapSet.of(graph(), 2);
    StateFile.write(
        path, Map.of("position", "{}"), Map.of("weights", weights, "momentum", momentum));
    HeapSet loaded = HeapSet.of(graph(), 3);
    try (StateFile file = StateFile.open(path)) {
      assertThat(file.text("position")).isEqualTo("{}");
      assertThatThrownBy(() -> file.text("other")).hasMessageContaining("other");
      assertThatThrownBy(() -> file.loadInto(Map.of("weights", loaded)))
          .hasMessageContaining("momentum/");
      file.loadInto(Map.of("weights", HeapSet.of(graph(), 4), "momentum", loaded));
    }
    assertThat(loaded.read("conv1.weight")).isEqualTo(momentum.read("conv1.weight"));
  }
}
