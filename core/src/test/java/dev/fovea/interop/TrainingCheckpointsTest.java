package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints as public training scripts write them; {@code checkpoints/make_checkpoints.py} made
 * them with PyTorch 1.13.1.
 */
class TrainingCheckpointsTest {
  @TempDir private Path folder;

  private ForeignFile open(String name, String entry) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in =
        TrainingCheckpointsTest.class.getResourceAsStream("checkpoints/" + name)) {
      Files.write(file, Objects.requireNonNull(in, name).readAllBytes());
    }
    return ForeignFile.open(file, entry);
  }

  private static Graph tiny() {
    GraphBuilder b = new GraphBuilder("tiny");
    return b.build(
        b.linear("fc", b.linear("fc1", b.flatten("flat", b.input(Shape.of(3, 2, 2))), 4), 3));
  }

  /** The values of {@code weights} in make_checkpoints.py. */
  private static float[] values(ParamSpec spec, int number, float more) {
    float[] values = new float[(int) spec.shape().elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 8f - number + more;
    }
    return values;
  }

  private static List<String> readsAll(ForeignFile file, float more) {
    List<String> notes = new ArrayList<>(file.notes());
    Graph graph = tiny();
    Map<String, ForeignTensor> named =
        StateDictNames.rename(
            StateDictNames.dropPrefixAndCounters(file.tensors(), graph, notes), graph);
    int number = 0;
    for (ParamSpec spec : graph.params()) {
      ForeignTensor tensor = Objects.requireNonNull(named.get(spec.name()), spec.name());
      assertThat(tensor.floats()).as(spec.name()).isEqualTo(values(spec, number++, more));
    }
    assertThat(named).hasSize(number);
    return notes;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pytorch-example       | state_dict       | 'best_acc1' (a tensor)     | the prefix 'module.'
          torchvision-reference | model            | 'model_ema' (5 tensors)    | 'args' (argparse.Namespace)
          timm                  | state_dict       | numpy.core.multiarray.scalar, not called | 'state_dict_ema' as the entry
          timm-legacy           | state_dict       | 'args' (argparse.Namespace)| 'state_dict_ema' as the entry
          lightning             | state_dict       | 'hyper_parameters' (lightning.fabric.utilities.data.AttributeDict) | the prefix 'model.'
          dino                  | student          | 'teacher' (4 tensors)      | the prefix 'module.backbone.'
          mmcls                 | state_dict       | 'meta'                     | the prefix 'backbone.'
          fairseq               | model            | 'cfg'                      | the prefix 'encoder.'
          compiled-ddp          | model_state_dict | 'loss' (a tensor)          | the prefix 'module._orig_mod.'
          thop                  | net              | 'acc' (numpy.core.multiarray.scalar, not called) | total_ops, total_params
          objects               | state_dict       | 'when' (datetime.datetime, not called) | 'device' (torch.device, not called)
          objects-protocol4     | state_dict       | 'when' (datetime.datetime, not called) | 'path' (pathlib.PosixPath, not called)
          """)
  void theWeightsAreTakenAndWhatWasPassedOverIsSaid(
      String name, String key, String passedOver, String note) throws IOException {
    try (ForeignFile file = open(name + ".pt", "")) {
      assertThat(file.key()).isEqualTo(key);
      List<String> notes = readsAll(file, 0);
      assertThat(notes.get(0)).startsWith("loaded: '" + key + "' (").contains(passedOver);
      assertThat(String.join("\n", notes)).contains(note);
    }
  }

  @ParameterizedTest(name = "{0} of {1}")
  @CsvSource({
    "torchvision-reference.pt, model_ema",
    "timm.pt, state_dict_ema",
    "timm-legacy.pt, state_dict_ema",
    "dino.pt, teacher",
    "byol-flat.pt, teacher",
    "byol-flat.pt, state_dict.teacher",
    "nested.pt, checkpoint.weights.discriminator",
    "ema-only.pt, ema_state_dict"
  })
  void anEntryThatIsNamedIsTaken(String name, String entry) throws IOException {
    try (ForeignFile file = open(name, entry)) {
      assertThat(readsAll(file, 16)).anyMatch(n -> n.startsWith("loaded: "));
      assertThat(file.key()).endsWith(entry);
    }
  }

  @Test
  void averagedWeightsAreTakenWhereThereAreNoOthers() throws IOException {
    try (ForeignFile file = open("ema-only.pt", "")) {
      assertThat(readsAll(file, 16))
          .contains(
              "loaded: 'ema_state_dict' (4 tensors, averaged over training); ignored: 'epoch',"
                  + " 'decay' (a tensor)");
    }
  }

  @Test
  void anAveragedModelIsReadWithoutItsCounter() throws IOException {
    try (ForeignFile file = open("swa.pt", "")) {
      assertThat(readsAll(file, 0))
          .anyMatch(n -> n.contains("n_averaged"))
          .anyMatch(n -> n.contains("the prefix 'module.'"));
    }
  }

  @Test
  void severalSetsOfWeightsWithoutAUsualNameAreListed() {
    assertThatThrownBy(() -> open("nested.pt", ""))
        .isInstanceOf(EntryException.class)
        .hasMessageContaining("'checkpoint.weights.generator' (4 tensors)")
        .hasMessageContaining("'checkpoint.weights.discriminator' (4 tensors)")
        .hasMessageContaining("choose one of them");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "timm.pt | teacher | no entry 'teacher'; the names of its tensors start with 'fc', 'fc1'",
        "timm.pt | epoch | its entry 'epoch' contains no dictionary of tensors but a number",
        "timm.pt | args | its entry 'args' is an object of the class 'argparse.Namespace'",
        "timm.pt | optimizer | its entry 'optimizer' contains no tensors",
      })
  void anEntryThatIsNotThereIsNamedWithThoseThatAre(String name, String entry, String message) {
    assertThatThrownBy(() -> open(name, entry))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining(name + ": ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"timm.pt", "timm-legacy.pt"})
  void aCheckpointInPlaceOfAModelIsToBeImportedFirst(String name) throws IOException {
    open(name, "").close();
    assertThatThrownBy(() -> ModelFile.open(folder.resolve(name)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("was written by PyTorch's torch.save")
        .hasMessageContaining("import it first");
  }

  @ParameterizedTest
  @CsvSource({"ultralytics.pt", "ultralytics-legacy.pt"})
  void aModuleInPlaceOfWeightsSaysHowToSaveThem(String name) {
    assertThatThrownBy(() -> open(name, ""))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining(
            "its entry 'model' is an object of the class"
                + " 'ultralytics.nn.tasks.ClassificationModel'")
        .hasMessageContaining(
            "torch.save(torch.load(FILE, weights_only=False)['model'].state_dict(), 'weights.pt')");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "torchscript.pt | is a TorchScript archive, which contains code | torch.jit.load(FILE)",
        "pickled.pkl | is a pickle, but not one from torch.save | torch.save(state_dict",
        "numpy-arrays.pt | contains no tensors | torch.from_numpy",
      })
  void whatHoldsNoTensorsIsNamedWithTheWayOut(String name, String what, String wayOut) {
    assertThatThrownBy(() -> open(name, ""))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining(name + ": ")
        .hasMessageContaining(what)
        .hasMessageContaining(wayOut);
  }
}
