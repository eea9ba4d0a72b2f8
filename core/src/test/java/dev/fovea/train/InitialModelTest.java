package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Preprocessing.ChannelOrder;
import dev.fovea.data.image.Preprocessing.ValueRange;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run takes over from the model file whose weights it starts from. */
class InitialModelTest {
  private static final Preprocessing OWN =
      new Preprocessing(
          3,
          16,
          16,
          20,
          Interpolation.BILINEAR,
          List.of(104.5, 117.0, 1.0 / 3),
          List.of(1.0, 2.0, 3.0),
          ChannelOrder.BGR,
          ValueRange.BYTE,
          Decoding.AUTO);

  @TempDir private Path folder;

  private Path model(String network, Preprocessing seen, float first) {
    Shape input = Shape.of(seen.channels(), seen.height(), seen.width());
    Graph graph = Models.graph(network, 2, input);
    Path file = folder.resolve("init.safetensors");
    try (ParameterSet weights = new OneDnnBackend().parameters(graph)) {
      for (ParamSpec spec : graph.params()) {
        float[] values = spec.initialValues(1);
        if (spec.name().equals("layer1.0.bn1.weight")) {
          values[2] = first;
        }
        weights.write(spec.name(), values);
      }
      ModelCard card =
          new ModelCard(
              graph.name(),
              input,
              List.of("a", "b"),
              seen,
              "{}",
              Map.of(),
              new ModelCard.Origin("", ""));
      ModelFile.write(file, card, weights);
    }
    return file;
  }

  private RunConfig config(Path init) {
    return TinyRun.in(folder.resolve("run"))
        .with("network.input", "0")
        .with("learning.length", "1steps")
        .with("network.init", init.toString());
  }

  @Test
  void networkSizeAndPreprocessingAreThoseOfTheFile() {
    RunConfig c =
        InitialModel.apply(
            config(model("resnet20(bn_momentum=0.2)", OWN, 1)).with("network.model", "resnet32"),
            Set.of("network.init"));
    assertThat(c.network().model()).isEqualTo("resnet20(bn_momentum=0.2)");
    assertThat(c.network().input()).isEqualTo(16);
    assertThat(Augmentation.preprocessing(c.data().preprocess(), Shape.of(3, 16, 16)))
        .isEqualTo(OWN);
    List<TrainEvent> events = new ArrayList<>();
    Path written = TinyRun.run(c, events::add).model();
    try (ModelFile file = ModelFile.open(written)) {
      assertThat(file.card().preprocessing()).isEqualTo(OWN);
    }
  }

  @Test
  void whatIsGivenStays() {
    Path file = model("resnet20", OWN, 1);
    RunConfig other = config(file).with("network.input", "32").with("data.preprocess", "half");
    RunConfig kept =
        InitialModel.apply(other, Set.of("network.init", "network.input", "data.preprocess"));
    assertThat(kept.network().input()).isEqualTo(32);
    assertThat(kept.data().preprocess()).isEqualTo("half");
    RunConfig larger = InitialModel.apply(other, Set.of("network.init", "network.input"));
    Preprocessing scaled =
        Augmentation.preprocessing(larger.data().preprocess(), Shape.of(3, 32, 32));
    assertThat(scaled.resizeShorter()).isEqualTo(40);
    assertThat(scaled.mean()).isEqualTo(OWN.mean());
    RunConfig named =
        InitialModel.apply(
            config(file).with("network.model", "resnet32"),
            Set.of("network.init", "network.model"));
    assertThat(named.network().model()).isEqualTo("resnet32");
  }

  @Test
  void aPreprocessingWithANameIsWrittenByIt() {
    Preprocessing half = Augmentation.preprocessing("half", Shape.of(3, 16, 16));
    RunConfig c = InitialModel.apply(config(model("resnet20", half, 1)), Set.of("network.init"));
    assertThat(c.data().preprocess()).isEqualTo("half");
    Preprocessing auto = Augmentation.preprocessing("auto", Shape.of(3, 16, 16));
    RunConfig d = InitialModel.apply(config(model("resnet20", auto, 1)), Set.of("network.init"));
    assertThat(d.data().preprocess()).isEqualTo("auto");
  }

  @Test
  void weightsThatAreNoNumbersAreNamedAndNothingStarts() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      RunConfig c = config(model("resnet20", OWN, bad)).with("network.input", "16");
      assertThatThrownBy(() -> TinyRun.run(c))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("init.safetensors: the tensor 'layer1.0.bn1.weight' holds a value")
          .hasMessageContaining("of 16, at [2]");
      assertThat(folder.resolve("run")).doesNotExist();
    }
  }

  @Test
  void aNetworkThatOnlyTheOptionsTellApartIsSaid() {
    Path file = model("resnet20(bn_momentum=0.2)", OWN, 1);
    List<TrainEvent> events = new ArrayList<>();
    TinyRun.run(config(file).with("network.input", "16"), events::add);
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes())
        .contains(
            file
                + " holds resnet20(bn_momentum=0.2), whose weights fit, but this run trains"
                + " resnet20");
  }

  @Test
  void scaledLogitsOfOtherClassesStartFromANewLastLayer(@TempDir Path run) {
    List<TrainEvent> events = new ArrayList<>();
    TinyRun.run(
        TinyRun.in(run)
            .with("learning.length", "1epochs")
            .with("network.model", "airbench94(width=4)")
            .with("network.input", "16")
            .with("network.init", model("airbench94(width=4)", OWN, 1).toString()),
        events::add);
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes())
        .anyMatch(n -> n.startsWith("the last layer starts") && n.endsWith(": head.weight"));
  }
}
