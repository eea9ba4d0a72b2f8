package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NeedsBf16;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Evaluator;
import dev.fovea.graph.Graph;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Public weights decide as they do in PyTorch, on every one of 10,000 images. */
@Tag("shared")
class PublicCheckpointsTest {
  private static final int BATCH = 100;

  @TempDir private Path folder;

  private static Path shared(String first, String second) {
    return Path.of(System.getProperty("fovea.shared"), first, second);
  }

  @ParameterizedTest
  @CsvSource({"resnet20, resnet20-12fca82f.th, 0.9173", "resnet56, resnet56-4bfd9763.th, 0.9339"})
  void accuracyIsThatOfPyTorch(String network, String weights, double accuracy) {
    assertThat(top1(network, weights, Precision.F32)).isEqualTo(accuracy);
  }

  @NeedsBf16
  @ParameterizedTest
  @CsvSource({"resnet20, resnet20-12fca82f.th, 0.9173", "resnet56, resnet56-4bfd9763.th, 0.9339"})
  void accuracyInBfloat16IsNearThatOfPyTorch(String network, String weights, double accuracy) {
    assertThat(top1(network, weights, Precision.BF16)).isCloseTo(accuracy, within(0.001));
  }

  private double top1(String network, String weights, Precision precision) {
    Path model = folder.resolve("model.safetensors");
    try (Dataset test = Datasets.open(shared("data", "cifar10.zip"), Split.TEST);
        ForeignFile file = ForeignFile.open(shared("weights", weights))) {
      WeightImport imported = WeightImport.of(file, network, OptionalInt.empty(), 0);
      Graph graph = imported.graph();
      imported.write(
          model,
          new ModelCard(
              network,
              graph.inputShape(),
              test.classes(),
              KnownPreprocessing.parse("", network, graph.inputShape()),
              "{}",
              Map.of(),
              new ModelCard.Origin("", "")));
      return top1(model, test, precision);
    }
  }

  private static double top1(Path model, Dataset test, Precision precision) {
    CompileOptions options = new CompileOptions(BATCH, precision, CompileOptions.Memory.NORMAL, 2);
    try (CompiledModel classifier = CompiledModel.open(model, new OneDnnBackend(), options);
        Loader loader =
            Loader.evaluation(
                test,
                classifier.card().preprocessing(),
                new BatchFormat(BATCH, 3, 32, 32, classifier.program().inputType()),
                LoaderOptions.STANDARD)) {
      return Evaluator.evaluate(classifier.program(), loader).top1();
    }
  }
}
