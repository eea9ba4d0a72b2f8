package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.program.Quantization;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with 8-bit weights come back exactly, and what does not fit is refused in one line. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder, each test its file.
class QuantizedModelFileTest {
  private static final Shape INPUT = Shape.of(3, 8, 8);
  private static final float STEP = 0.01f;

  @TempDir Path folder;
  private Path file;
  private Graph graph;

  private static Graph original() {
    GraphBuilder b = new GraphBuilder("own");
    Node conv = b.conv("conv", b.input(INPUT), Op.Conv2d.of(4, Window.square(3)));
    Node norm = b.batchNorm("bn", conv, Op.BatchNorm.standard());
    Node pool = b.globalAvgPool("pool", b.relu("relu", norm));
    return b.build(b.linear("fc", b.flatten("flat", pool), 2));
  }

  /** A convolution in 8 bits, and a classifier in binary32. */
  @BeforeEach
  void write() {
    String spec = Models.spec(original());
    graph = new dev.fovea.passes.FoldNorms(Models.graph(spec, 2, INPUT)).graph();
    file = folder.resolve("m.int8.safetensors");
    ModelFile.writeQuantized(file, card(spec), graph, numbers(), this::value);
  }

  private static ModelCard card(String spec) {
    return new ModelCard(
        spec,
        INPUT,
        List.of("cat", "dog"),
        Preprocessing.nativeSize(8, 8, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
        "{}",
        Map.of(),
        new ModelCard.Origin("", ""));
  }

  private static QuantizedNumbers numbers() {
    return new QuantizedNumbers(
        new Quantization(
            Map.of(
                "input", new Quantization.Scale(0.02f, true),
                "relu", new Quantization.Scale(0.03f, false)),
            Map.of("conv.weight", new float[] {STEP, 2 * STEP, 3 * STEP, 4 * STEP})),
        Map.of(),
        Map.of("observer", "mse"));
  }

  private float[] value(String name) {
    ParamSpec spec =
        graph.params().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    float[] values = new float[Math.toIntExact(spec.shape().elements())];
    int each = values.length / spec.shape().dim(0);
    for (int i = 0; i < values.length; i++) {
      int q = i * 37 % 255 - 127;
      values[i] = name.equals("conv.weight") ? q * (STEP * (1 + i / each)) : q;
    }
    return values;
  }

  @Test
  void theCardIsWrittenInAFixedOrder() throws IOException {
    // An order by hash would differ from process to process, and with it the bytes of the file.
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    String card = text.substring(text.indexOf("quantization"));
    assertThat(card.indexOf("values")).isPositive().isLessThan(card.indexOf("addends"));
    assertThat(card.indexOf("addends")).isLessThan(card.indexOf("observer"));
  }

  @Test
  void stepsWhoseProductIsNoNumberAreRefused() {
    QuantizedNumbers small =
        new QuantizedNumbers(
            new Quantization(
                Map.of("input", new Quantization.Scale(1e-30f, true)),
                Map.of("conv.weight", new float[] {STEP, 1e-10f, STEP, STEP})),
            Map.of(),
            Map.of());
    ModelFile.writeQuantized(file, card(Models.spec(original())), graph, small, this::value);
    assertThatThrownBy(() -> ModelFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("node 'conv'")
        .hasMessageContaining("quantize the model again");
  }

  @Test
  void weightsScalesAndBiasesComeBackExactly() {
    try (ModelFile opened = ModelFile.open(file)) {
      QuantizedNumbers numbers = opened.quantized().orElseThrow();
      assertThat(numbers.quantization().values()).isEqualTo(numbers().quantization().values());
      assertThat(numbers.how()).containsEntry("observer", "mse");
      assertThat(opened.graph().params()).isEqualTo(graph.params());
      for (ParamSpec p : graph.params()) {
        assertThat(opened.floats(p.name())).as(p.name()).isEqualTo(value(p.name()));
      }
    }
    assertThat(file).satisfies(f -> assertThat(type(f, "conv.weight")).isEqualTo(ElementType.I8));
  }

  @Test
  void equalModelsGiveEqualBytes() throws IOException {
    Path again = folder.resolve("again.safetensors");
    try (ModelFile opened = ModelFile.open(file)) {
      ModelFile.writeQuantized(
          again, opened.card(), opened.graph(), opened.quantized().orElseThrow(), opened::floats);
    }
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void aReaderOfOrdinaryModelsRefusesIt() {
    // What every Fovea before this format compares.
    try (SafetensorsFile raw = SafetensorsFile.open(file)) {
      assertThat(raw.metadata()).containsEntry("fovea.format", "2");
    }
  }

  @Test
  void trainingAndAveragesNeedTheOriginal() {
    try (ModelFile opened = ModelFile.open(file)) {
      assertThatThrownBy(() -> opened.requireFullPrecision("training starts from"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("holds 8-bit weights, but training starts from weights in full")
          .hasMessageContaining("use the model that it was quantized from");
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, -0.01f, Float.NaN, Float.POSITIVE_INFINITY})
  void aScaleThatIsNoPositiveNumberIsRefused(float scale) {
    for (String tensor : List.of("conv.weight_scale", "quantization.value_scales")) {
      refused(
          Map.of(
              tensor,
              v -> {
                v[1] = scale;
                return v;
              }),
          "'" + tensor + "' holds " + scale + " at [1]",
          "scales must be positive finite numbers");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"conv.weight_scale", "quantization.value_scales", "conv.bias", "fc.weight"})
  void aMissingTensorIsNamed(String tensor) {
    refused(Map.of(tensor, v -> new float[0]), tensor + " is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"conv.weight_scale", "quantization.value_scales", "conv.bias"})
  void aTensorOfAnotherLengthIsNamed(String tensor) {
    refused(
        Map.of(tensor, v -> Arrays.copyOf(v, v.length + 1)), tensor + " is F32", "expected F32");
  }

  @Test
  void theIntegerThatNoWeightHasIsRefused() {
    Path damaged = damaged(Map.of(), Map.of("conv.weight", (byte) -128), "");
    try (ModelFile opened = ModelFile.open(damaged)) {
      assertThatThrownBy(() -> opened.floats("conv.weight"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("'conv.weight' holds -128");
    }
  }

  @Test
  void aScaleOfANodeThatDoesNotExistIsRefused() {
    Path damaged = damaged(Map.of(), Map.of(), "relu");
    assertThatThrownBy(() -> ModelFile.open(damaged))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("its 8-bit numbers cannot be used")
        .hasMessageContaining("'nothing', which is no node of the network");
  }

  @Test
  void anInputWithoutAScaleIsRefused() {
    Path damaged = damaged(Map.of(), Map.of(), "input");
    assertThatThrownBy(() -> ModelFile.open(damaged))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("its 8-bit numbers cannot be used");
  }

  private interface Change {
    float[] apply(float[] values);
  }

  private void refused(Map<String, Change> changes, String... texts) {
    Path damaged = damaged(changes, Map.of(), "");
    assertThatThrownBy(() -> ModelFile.open(damaged))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("its 8-bit numbers cannot be used")
        .hasMessageContainingAll(texts);
  }

  /**
   * The file with some of its numbers changed, and a checksum that fits.
   *
   * @param firsts another first byte of some tensors
   * @param renamed the node whose name the card gets wrong; empty for none
   */
  private Path damaged(Map<String, Change> changes, Map<String, Byte> firsts, String renamed) {
    Path damaged = folder.resolve("damaged.safetensors");
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      Map<String, String> metadata = new HashMap<>(from.metadata());
      metadata.remove(Checksum.KEY);
      if (!renamed.isEmpty()) {
        metadata.computeIfPresent(
            "fovea.model", (k, v) -> v.replace("\"" + renamed + "\":\"", "\"nothing\":\""));
      }
      SafetensorsWriter writer = new SafetensorsWriter().metadata(metadata);
      for (TensorEntry entry : new ArrayList<>(from.entries().values())) {
        int[] shape = entry.shape().stream().mapToInt(Long::intValue).toArray();
        if (entry.type() == ElementType.I8) {
          ByteBuffer bytes = from.bytes(entry.name());
          byte[] values = new byte[bytes.remaining()];
          bytes.get(values);
          values[0] = firsts.getOrDefault(entry.name(), values[0]);
          writer.bytes(entry.name(), shape, () -> values);
          continue;
        }
        float[] values = from.floats(entry.name());
        Change change = changes.get(entry.name());
        if (change != null) {
          int before = values.length;
          values = change.apply(values);
          if (values.length != before) {
            shape = new int[] {values.length};
          }
        }
        float[] written = values;
        if (written.length > 0 || entry.elements() == 0) {
          writer.floats(entry.name(), shape, () -> written);
        }
      }
      writer.write(damaged);
    }
    return damaged;
  }

  private static ElementType type(Path file, String tensor) {
    try (SafetensorsFile raw = SafetensorsFile.open(file)) {
      return Objects.requireNonNull(raw.entries().get(tensor)).type();
    }
  }
}
