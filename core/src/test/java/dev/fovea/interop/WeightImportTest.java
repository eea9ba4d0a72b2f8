package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.interop.MismatchException.Kind;
import dev.fovea.models.Models;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names and shapes of files against those of networks; the files are safetensors made here. */
class WeightImportTest {
  private static final OptionalInt AS_IN_FILE = OptionalInt.empty();

  @TempDir private Path folder;

  /** Each parameter's values are a function of its name, so that a mix-up shows. */
  private static float[] values(ParamSpec spec) {
    float[] values = new float[(int) spec.shape().elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.floorMod(spec.name().hashCode(), 1000) + i % 7;
    }
    return values;
  }

  private SafetensorsWriter writer(Graph graph, UnaryOperator<String> name) {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : graph.params()) {
      writer.floats(name.apply(spec.name()), spec.shape().dims(), () -> values(spec));
    }
    return writer;
  }

  private ForeignFile saved(SafetensorsWriter writer) {
    Path file = folder.resolve("foreign.safetensors");
    writer.write(file);
    return ForeignFile.open(file);
  }

  private ForeignFile saved(String network, UnaryOperator<String> name) {
    return saved(writer(Models.graph(network), name));
  }

  private static void hasAllValues(WeightImport imported) {
    try (ParameterSet weights = imported.weights()) {
      for (ParamSpec spec : imported.graph().params()) {
        assertThat(weights.read(spec.name())).as(spec.name()).isEqualTo(values(spec));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet20",
        "resnet18",
        "resnetv2_50",
        "googlenet",
        "bn_inception",
        "wrn_16_1",
        "preact_resnet110"
      })
  void aNetworksOwnNamesAreTaken(String network) {
    try (ForeignFile file = saved(network, n -> n)) {
      hasAllValues(WeightImport.of(file, network, AS_IN_FILE, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "module.",
        "_orig_mod.",
        "model.",
        "module._orig_mod.",
        "backbone.",
        "student.encoder.net.",
        "anything."
      })
  void onePrefixOfAllNamesIsLeftOutWithANote(String prefix) {
    for (String network : List.of("resnet20", "googlenet(aux=false)", "wrn_16_1")) {
      try (ForeignFile file = saved(network, n -> prefix + n)) {
        WeightImport imported = WeightImport.of(file, network, AS_IN_FILE, 0);
        hasAllValues(imported);
        assertThat(imported.notes())
            .containsExactly("removed the prefix '" + prefix + "' from the tensor names");
      }
    }
  }

  @Test
  void theClassifierNeedNotHaveThePrefix() {
    UnaryOperator<String> parts =
        n -> n.startsWith("linear.") ? "head." + n.replace("linear", "fc") : "backbone." + n;
    try (ForeignFile file = saved("resnet20", parts)) {
      hasAllValues(WeightImport.of(file, "resnet20", AS_IN_FILE, 0));
    }
  }

  @Test
  void twoNetworksInOneFileAreNamedAsEntries() {
    Graph graph = Models.graph("resnet20");
    SafetensorsWriter writer = writer(graph, n -> "teacher." + n);
    for (ParamSpec spec : graph.params()) {
      writer.floats("student." + spec.name(), spec.shape().dims(), () -> spec.initialValues(1));
    }
    try (ForeignFile file = saved(writer)) {
      assertThatThrownBy(() -> WeightImport.of(file, "resnet20", AS_IN_FILE, 0))
          .isInstanceOf(MismatchException.class)
          .hasMessageEndingWith(
              "its names start with 'student' and 'teacher': choose one of them as the entry");
    }
    try (ForeignFile teacher = ForeignFile.open(folder.resolve("foreign.safetensors"), "teacher")) {
      WeightImport imported = WeightImport.of(teacher, "resnet20", AS_IN_FILE, 0);
      hasAllValues(imported);
      assertThat(imported.notes())
          .containsExactly(
              "loaded: the 97 tensors whose names start with 'teacher.'; ignored: 97 others");
    }
    assertThatThrownBy(() -> ForeignFile.open(folder.resolve("foreign.safetensors"), "ema"))
        .isInstanceOf(EntryException.class)
        .hasMessageContaining("has no entry 'ema'")
        .hasMessageContaining("'student', 'teacher'");
  }

  @Test
  void aTrunkWithoutClassifierTakesAFreshOne() {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("resnet20").params()) {
      if (!spec.name().startsWith("linear.")) {
        writer.floats("backbone." + spec.name(), spec.shape().dims(), () -> values(spec));
      }
    }
    try (ForeignFile file = saved(writer)) {
      assertThat(WeightImport.of(file, "resnet20", OptionalInt.of(7), 0).taken()).isEqualTo(95);
      assertThatThrownBy(() -> WeightImport.of(file, "resnet20", AS_IN_FILE, 0))
          .isInstanceOf(MismatchException.class)
          .hasMessageContaining("the file has no classifier of the network")
          .hasMessageContaining("the number of classes");
    }
  }

  @Test
  void countersOfProfilersAreLeftOutWithANote() {
    SafetensorsWriter writer = writer(Models.graph("resnet20"), n -> "module." + n);
    for (String place : List.of("", "conv1.", "layer1.0.bn1.")) {
      writer.floats("module." + place + "total_ops", new int[] {1}, () -> new float[1]);
      writer.floats("module." + place + "total_params", new int[] {1}, () -> new float[1]);
    }
    try (ForeignFile file = saved(writer)) {
      WeightImport imported = WeightImport.of(file, "resnet20", AS_IN_FILE, 0);
      hasAllValues(imported);
      assertThat(imported.notes().get(0))
          .contains("ignored counters")
          .contains("total_ops, total_params");
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aWeightThatIsNoNumberIsNamedAndNothingIsImported(float bad) {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("resnet20").params()) {
      float[] values = values(spec);
      if (spec.name().equals("layer1.0.conv1.weight")) {
        values[16 * 9 + 9 + 5] = bad;
        values[2303] = bad;
      } else if (spec.name().equals("bn1.running_var")) {
        values[3] = bad;
      }
      writer.floats(spec.name(), spec.shape().dims(), () -> values);
    }
    try (ForeignFile file = saved(writer)) {
      assertThatThrownBy(() -> WeightImport.of(file, "resnet20", AS_IN_FILE, 0))
          .isExactlyInstanceOf(InteropException.class)
          .hasMessageContaining("foreign.safetensors: ")
          .hasMessageContaining(
              "the tensor 'bn1.running_var' holds a value that is NaN, infinite or below zero, of"
                  + " 16, at [3], and 1 other has such values")
          .hasMessageContaining("nothing was imported");
      WeightImport fresh = WeightImport.of(good(), "resnet20", AS_IN_FILE, 0);
      assertThat(fresh.taken()).isEqualTo(97);
    }
  }

  @Test
  void aVarianceBelowZeroIsNamedAndNothingIsImported() {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("resnet20").params()) {
      float[] values = values(spec);
      if (spec.name().equals("bn1.running_mean") || spec.name().equals("bn1.running_var")) {
        values[3] = -1;
      }
      writer.floats(spec.name(), spec.shape().dims(), () -> values);
    }
    try (ForeignFile file = saved(writer)) {
      assertThatThrownBy(() -> WeightImport.of(file, "resnet20", AS_IN_FILE, 0))
          .isExactlyInstanceOf(InteropException.class)
          .hasMessageContaining("the tensor 'bn1.running_var' holds a value that is NaN, infinite")
          .hasMessageNotContaining("bn1.running_mean")
          .hasMessageContaining("nothing was imported");
    }
  }

  private ForeignFile good() {
    Path file = folder.resolve("good.safetensors");
    writer(Models.graph("resnet20"), n -> n).write(file);
    return ForeignFile.open(file);
  }

  @Test
  void whatIsReplacedMayHoldNoNumbers() {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("resnet20").params()) {
      boolean head = spec.name().startsWith("linear.");
      writer.floats(
          spec.name(),
          spec.shape().dims(),
          () -> {
            float[] values = values(spec);
            values[0] = head ? Float.NaN : values[0];
            return values;
          });
    }
    try (ForeignFile file = saved(writer)) {
      assertThat(WeightImport.of(file, "resnet20", OptionalInt.of(3), 0).fresh()).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"inception_v3.keras", "inception_v3.tf_in1k", "inception_v3.nsfwjs"})
  void weightsOfTensorFlowsLineageHaveNamesOfTheirOwn(String name) {
    try (ForeignFile file = saved("inception_v3(aux=false)", n -> n)) {
      WeightImport imported = WeightImport.of(file, name, AS_IN_FILE, 0);
      assertThat(imported.graph().name()).isEqualTo("inception_v3(aux=false,pool=uncounted)");
      hasAllValues(imported);
    }
  }

  @Test
  void aWrapperThatOnlySomeNamesHaveIsAnError() {
    try (ForeignFile file = saved("resnet20", n -> n.startsWith("bn1") ? n : "module." + n)) {
      assertThatThrownBy(() -> WeightImport.of(file, "resnet20", AS_IN_FILE, 0))
          .isInstanceOf(MismatchException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fc", "last_linear", "linear", "head.fc", "classifier"})
  void theClassifierIsKnownUnderEveryUsualName(String name) {
    for (String network : List.of("resnet20", "resnet18", "bn_inception")) {
      UnaryOperator<String> renamed =
          n -> n.replaceFirst("^(linear|fc|last_linear)\\.", name + ".");
      try (ForeignFile file = saved(network, renamed)) {
        hasAllValues(WeightImport.of(file, network, AS_IN_FILE, 0));
      }
    }
  }

  @Test
  void theWidePortsBareTensorsAreWeights() {
    UnaryOperator<String> bare = n -> n.replaceFirst("(conv0|conv1|convdim)\\.weight$", "$1");
    try (ForeignFile file = saved("wrn_16_2", bare)) {
      assertThat(file.tensors())
          .containsKeys("conv0", "group0.block0.convdim")
          .doesNotContainKey("conv0.weight");
      hasAllValues(WeightImport.of(file, "wrn_16_2", AS_IN_FILE, 0));
    }
  }

  @Test
  void oldVectorsOfOneRowAndClassifiersAsConvolutionsAreTheSameNumbers() {
    Graph graph = Models.graph("bn_inception");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : graph.params()) {
      int[] dims = spec.shape().dims();
      boolean norm = spec.name().contains("_bn.");
      int[] stored = norm ? new int[] {1, dims[0]} : dims;
      if (spec.name().equals("last_linear.weight")) {
        stored = new int[] {dims[0], dims[1], 1, 1};
      }
      writer.floats(spec.name(), stored, () -> values(spec));
    }
    try (ForeignFile file = saved(writer)) {
      hasAllValues(WeightImport.of(file, "bn_inception", AS_IN_FILE, 0));
    }
  }

  @Test
  void countersOfBatchNormsMayBeThereOrNot() {
    SafetensorsWriter writer =
        writer(Models.graph("resnet20"), n -> n).scalar("bn1.num_batches_tracked", 7);
    try (ForeignFile file = saved(writer)) {
      hasAllValues(WeightImport.of(file, "resnet20", AS_IN_FILE, 0));
    }
  }

  @Test
  void everyNameThatDoesNotFitIsInTheTable() {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("resnet20").params()) {
      switch (spec.name()) {
        case "bn1.weight" -> writer.floats("stranger", spec.shape().dims(), () -> values(spec));
        case "conv1.weight" ->
            writer.floats("conv1.weight", new int[] {16, 3, 9}, () -> values(spec));
        case "layer1.0.bn1.bias" -> writer.longs("layer1.0.bn1.bias", new long[16]);
        default -> writer.floats(spec.name(), spec.shape().dims(), () -> values(spec));
      }
    }
    try (ForeignFile file = saved(writer)) {
      MismatchException e =
          catchThrowableOfType(
              MismatchException.class, () -> WeightImport.of(file, "resnet20", AS_IN_FILE, 0));
      assertThat(e.rows())
          .containsExactly(
              new MismatchException.Row(Kind.MISSING, "bn1.weight", "16", ""),
              new MismatchException.Row(Kind.MISSHAPEN, "conv1.weight", "16x3x3x3", "F32 16x3x9"),
              new MismatchException.Row(Kind.MISSHAPEN, "layer1.0.bn1.bias", "16", "I64 16"),
              new MismatchException.Row(Kind.UNMATCHED, "stranger", "", "F32 16"));
      assertThat(e)
          .hasMessageContaining("foreign.safetensors: ")
          .hasMessageContaining(
              "1 missing (bn1.weight), 2 misshapen (conv1.weight, layer1.0.bn1.bias)")
          .hasMessageContaining("nothing was imported");
    }
  }

  @Test
  void aConvolutionOfTheSameNumberOfElementsIsNotTheSame() {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("inception_v3(aux=false)").params()) {
      int[] dims = spec.shape().dims();
      boolean turned = spec.name().equals("Mixed_6b.branch7x7_2.conv.weight");
      int[] stored = turned ? new int[] {dims[0], dims[1], dims[3], dims[2]} : dims;
      writer.floats(spec.name(), stored, () -> values(spec));
    }
    try (ForeignFile file = saved(writer)) {
      assertThatThrownBy(() -> WeightImport.of(file, "inception_v3(aux=false)", AS_IN_FILE, 0))
          .isInstanceOf(MismatchException.class)
          .hasMessageContaining("1 misshapen (Mixed_6b.branch7x7_2.conv.weight)");
    }
  }

  @Test
  void theNumberOfClassesIsThatOfTheFile() {
    Graph three = Models.graph("resnet20", 3);
    try (ForeignFile file = saved(writer(three, n -> n))) {
      WeightImport imported = WeightImport.of(file, "resnet20", AS_IN_FILE, 0);
      assertThat(imported.graph().classes()).isEqualTo(3);
      assertThat(imported.notes()).isEmpty();
      hasAllValues(imported);
    }
  }

  @Test
  void aNewClassifierIsFreshAndSaysSo() {
    try (ForeignFile file = saved("googlenet", n -> n)) {
      WeightImport imported = WeightImport.of(file, "googlenet", OptionalInt.of(5), 1);
      assertThat(imported.graph().classes()).isEqualTo(5);
      assertThat(imported.fresh())
          .containsExactly(
              "fc.weight",
              "fc.bias",
              "aux1.fc2.weight",
              "aux1.fc2.bias",
              "aux2.fc2.weight",
              "aux2.fc2.bias");
      assertThat(imported.notes())
          .hasSize(3)
          .allMatch(n -> n.contains("new initial values for 5 classes"));
      try (ParameterSet weights = imported.weights()) {
        for (ParamSpec spec : imported.graph().params()) {
          boolean fresh = imported.fresh().contains(spec.name());
          assertThat(weights.read(spec.name()))
              .as(spec.name())
              .isEqualTo(fresh ? spec.initialValues(1) : values(spec));
        }
      }
    }
  }

  @Test
  void auxiliaryClassifiersThatOnlyTheFileHasAreLeftOut() {
    for (String network : List.of("googlenet", "inception_v3")) {
      try (ForeignFile file = saved(network, n -> n)) {
        WeightImport imported = WeightImport.of(file, network + "(aux=false)", AS_IN_FILE, 0);
        hasAllValues(imported);
        assertThat(imported.notes())
            .singleElement()
            .asString()
            .contains("auxiliary")
            .contains("dropped the file's auxiliary");
      }
    }
  }

  @Test
  void auxiliaryClassifiersThatOnlyTheNetworkHasAreNamedWithTheOption() {
    for (String network : List.of("googlenet", "inception_v3")) {
      try (ForeignFile file = saved(network + "(aux=false)", n -> n)) {
        assertThatThrownBy(() -> WeightImport.of(file, network, AS_IN_FILE, 0))
            .isInstanceOf(MismatchException.class)
            .hasMessageContaining("aux=false");
      }
    }
  }

  @Test
  void whatWasImportedGoesOutUnderTheNamesOfPyTorch() {
    Path model = folder.resolve("model.safetensors");
    try (ForeignFile file = saved("resnet18", n -> n)) {
      WeightImport imported = WeightImport.of(file, "resnet18", AS_IN_FILE, 0);
      ModelCard card =
          new ModelCard(
              "resnet18",
              imported.graph().inputShape(),
              java.util.stream.IntStream.range(0, 1000).mapToObj(String::valueOf).toList(),
              KnownPreprocessing.parse("", "resnet18", imported.graph().inputShape()),
              "{}",
              Map.of(),
              new ModelCard.Origin("", ""));
      imported.write(model, card);
    }
    try (ModelFile written = ModelFile.open(model)) {
      assertThat(written.graph().params()).hasSize(102);
    }
    Path plain = folder.resolve("plain.safetensors");
    Path full = folder.resolve("full.safetensors");
    assertThat(StateDictExport.write(model, StateDictExport.Format.SAFETENSORS, plain))
        .hasSize(102);
    assertThat(StateDictExport.write(model, StateDictExport.Format.PYTORCH_NAMES, full))
        .hasSize(122);
    for (Path exported : List.of(plain, full)) {
      try (ForeignFile again = ForeignFile.open(exported)) {
        hasAllValues(WeightImport.of(again, "resnet18", AS_IN_FILE, 0));
      }
    }
    try (SafetensorsFile file = SafetensorsFile.open(full)) {
      assertThat(file.bytes("layer4.1.bn2.num_batches_tracked").remaining()).isEqualTo(8);
      assertThat(file.entries().get("layer4.1.bn2.num_batches_tracked"))
          .matches(e -> e != null && e.shape().isEmpty());
      assertThat(file.entries().get("layer4.0.downsample.1.num_batches_tracked")).isNotNull();
      assertThat(file.metadata()).containsEntry("format", "pt");
    }
  }

  @Test
  void writingOverOneParameterLeavesTheOthers() {
    try (ForeignFile file = saved("resnet20", n -> n)) {
      ParameterSet weights = WeightImport.of(file, "resnet20", AS_IN_FILE, 0).weights();
      float[] ones = new float[16];
      Arrays.fill(ones, 1);
      weights.write("bn1.weight", ones);
      assertThat(weights.read("bn1.weight")).containsOnly(1);
      assertThat(weights.read("bn1.bias")).isNotEqualTo(ones);
      assertThatThrownBy(() -> weights.write("bn1.bias", new float[3]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> weights.read("none")).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
