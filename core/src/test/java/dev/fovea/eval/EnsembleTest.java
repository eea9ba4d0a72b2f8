package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.PadCrop;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.RecordingBackend;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnsembleTest {
  private static final int SIDE = 32;
  private static final int IMAGES = 11;
  private static final LoaderOptions OPTIONS = LoaderOptions.STANDARD.withThreads(3, 2);

  @TempDir private Path folder;

  private final Dataset set = Datasets.open("shapes(size=32,count=10,val=11)", Split.VAL);

  private CompiledModel classifier(long seed, int batch) {
    return classifier(seed, batch, set.classes());
  }

  private CompiledModel classifier(long seed, int batch, List<String> classes) {
    // Soft answers, so that a view or model that is left out shows.
    return classifier(seed, batch, classes, 0.1);
  }

  private CompiledModel classifier(long seed, int batch, List<String> classes, double sureness) {
    Graph graph = Models.graph("resnet20", 10, Shape.of(3, SIDE, SIDE));
    Path path = folder.resolve("model-" + seed + ".safetensors");
    OneDnnBackend backend = new OneDnnBackend();
    try (ParameterSet weights = backend.parameters(graph)) {
      Random random = new Random(seed);
      for (ParamSpec p : graph.params()) {
        float[] values = new float[Math.toIntExact(p.shape().elements())];
        double logits = p.shape().rank() == 2 ? sureness : 1;
        boolean positive = p.name().contains("bn") && !p.name().contains("mean");
        double scale = logits * 0.7 / Math.sqrt(values.length / (double) p.shape().dim(0));
        for (int i = 0; i < values.length; i++) {
          values[i] =
              (float) (positive ? 0.5 + random.nextDouble() : scale * random.nextGaussian());
        }
        weights.write(p.name(), values);
      }
      ModelFile.write(
          path,
          new ModelCard(
              "resnet20",
              graph.inputShape(),
              classes,
              Preprocessing.nativeSize(SIDE, SIDE, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2)),
              "{}",
              Map.of(),
              new ModelCard.Origin("", "")),
          weights);
    }
    return CompiledModel.open(
        path, backend, new CompileOptions(batch, Precision.F32, CompileOptions.Memory.NORMAL, 1));
  }

  private List<double[]> answers(List<CompiledModel> models, Protocol protocol) {
    return answers(models, protocol, OPTIONS);
  }

  private List<double[]> answers(
      List<CompiledModel> models, Protocol protocol, LoaderOptions options) {
    List<double[]> all = new ArrayList<>();
    try (Ensemble ensemble = Ensemble.of(models, protocol)) {
      Evaluation e =
          ensemble
              .evaluate(
                  set,
                  options,
                  (item, label, p) -> {
                    assertThat(item).isEqualTo(all.size());
                    assertThat(label).isEqualTo(set.label(item));
                    all.add(Softmax.exp(p));
                  },
                  () -> false)
              .orElseThrow();
      assertThat(e.images()).isEqualTo(IMAGES);
    }
    return all;
  }

  private static double[] mean(List<double[]> all) {
    double[] mean = new double[all.get(0).length];
    for (double[] p : all) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += p[k] / all.size();
      }
    }
    return mean;
  }

  private static void assertClose(List<double[]> found, List<double[]> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i)).containsExactly(expected.get(i), offset(1e-6));
    }
  }

  @Test
  void oneModelAndOneViewIsTheEvaluationLoop() {
    try (CompiledModel c = classifier(1, 8);
        Loader loader =
            Loader.evaluation(
                set,
                c.card().preprocessing(),
                new BatchFormat(8, 3, SIDE, SIDE, c.program().inputType()),
                OPTIONS);
        Ensemble ensemble = Ensemble.of(List.of(c), Protocols.SINGLE)) {
      Evaluation expected = Evaluator.evaluate(c.program(), loader);
      assertThat(ensemble.evaluate(set, OPTIONS, (i, l, p) -> {}, () -> false)).contains(expected);
      assertThat(expected.top1()).isLessThan(1);
    }
  }

  @Test
  void modelsWithMirrorImagesAreTheMeanOverBoth() {
    try (CompiledModel a = classifier(1, 8);
        CompiledModel b = classifier(2, 5)) {
      List<double[]> expected = new ArrayList<>();
      for (int i = 0; i < IMAGES; i++) {
        Image image = set.image(i);
        List<Image> views = List.of(image, HorizontalFlip.flip(image));
        List<double[]> all = new ArrayList<>(a.probabilities(views));
        all.addAll(b.probabilities(views));
        expected.add(mean(all));
      }
      List<double[]> found = answers(List.of(a, b), Protocols.named("flip").orElseThrow());
      assertClose(found, expected);
      double[] alone = b.probabilities(List.of(set.image(0))).get(0);
      assertThat(alone[0]).isBetween(1e-6, 0.99);
      assertThat(expected.get(0)[0]).isNotCloseTo(alone[0], offset(1e-4));
    }
  }

  @Test
  void shiftedViewsCountHalfOfTheOthers() {
    try (CompiledModel a = classifier(1, 5);
        CompiledModel b = classifier(2, 8)) {
      List<double[]> expected = new ArrayList<>();
      for (int i = 0; i < IMAGES; i++) {
        Image image = set.image(i);
        List<double[]> all = new ArrayList<>();
        for (CompiledModel m : List.of(a, b)) {
          for (int by : new int[] {0, 0, -1, 1}) {
            Image moved = PadCrop.reflect(image, by, by);
            all.addAll(m.probabilities(List.of(moved, HorizontalFlip.flip(moved))));
          }
        }
        expected.add(mean(all));
      }
      assertClose(answers(List.of(a, b), Protocols.named("flip+shift").orElseThrow()), expected);
    }
  }

  @Test
  void theLossOfAnEnsembleThatIsWrongBeyondTheRangeOfProbabilitiesIsExact() {
    try (CompiledModel a = classifier(1, 8, set.classes(), 3000);
        CompiledModel b = classifier(2, 8, set.classes(), 3000)) {
      List<double[]> one = logAnswers(List.of(a));
      List<double[]> other = logAnswers(List.of(b));
      List<double[]> both = logAnswers(List.of(a, b));
      double sum = 0;
      for (int i = 0; i < IMAGES; i++) {
        double p = one.get(i)[set.label(i)];
        double q = other.get(i)[set.label(i)];
        double mean = Math.max(p, q) + Math.log1p(Math.exp(-Math.abs(p - q))) - Math.log(2);
        assertThat(both.get(i)[set.label(i)])
            .isCloseTo(mean, offset(1e-12 * Math.max(1, Math.abs(mean))));
        sum -= mean;
      }
      assertThat(sum / IMAGES).as("beyond what probabilities can tell").isGreaterThan(709);
      try (Ensemble ensemble = Ensemble.of(List.of(a, b), Protocols.SINGLE)) {
        assertThat(
                ensemble.evaluate(set, OPTIONS, (i, l, p) -> {}, () -> false).orElseThrow().loss())
            .isCloseTo(sum / IMAGES, offset(1e-12 * sum));
      }
    }
  }

  private List<double[]> logAnswers(List<CompiledModel> models) {
    List<double[]> all = new ArrayList<>();
    try (Ensemble ensemble = Ensemble.of(models, Protocols.SINGLE)) {
      ensemble.evaluate(set, OPTIONS, (item, label, log) -> all.add(log.clone()), () -> false);
    }
    return all;
  }

  @Test
  void modelsWithEqualPreprocessingAndBatchAnswerAsTheyDoWithoutSharing() {
    try (CompiledModel a = classifier(1, 8);
        CompiledModel b = classifier(2, 8);
        CompiledModel c = classifier(2, 3)) {
      Protocol ten = Protocols.named("10").orElseThrow();
      assertClose(answers(List.of(a, b), ten), answers(List.of(a, c), ten));
    }
  }

  @Test
  void threadsChangeNoBit() {
    try (CompiledModel a = classifier(1, 8)) {
      Protocol crops = Protocols.named("144").orElseThrow();
      List<double[]> first = answers(List.of(a), crops, OPTIONS.withThreads(1, 1));
      List<double[]> second = answers(List.of(a), crops, OPTIONS.withThreads(5, 3));
      IntStream.range(0, IMAGES)
          .forEach(i -> assertThat(first.get(i)).containsExactly(second.get(i)));
    }
  }

  @Test
  void denseViewsAreCompiledWithTheOptionsOfTheirModel() {
    RecordingBackend backend = new RecordingBackend(new OneDnnBackend());
    classifier(1, 8).close();
    CompileOptions direct =
        new CompileOptions(8, Precision.F32, CompileOptions.Memory.NORMAL, 1)
            .convolving(ConvolutionAlgorithm.DIRECT);
    try (CompiledModel a =
        CompiledModel.open(folder.resolve("model-1.safetensors"), backend, direct)) {
      answers(List.of(a), Protocols.named("dense").orElseThrow());
    }
    assertThat(backend.compiled()).hasSizeGreaterThan(1);
    assertThat(backend.convolutions()).containsExactly(ConvolutionAlgorithm.DIRECT);
  }

  @Test
  void denseAnswersAreTheMeanOverTheScalesInFloat64() {
    try (CompiledModel a = classifier(1, 8)) {
      List<double[]> dense = answers(List.of(a), Protocols.named("dense").orElseThrow());
      Map<String, double[]> weights = new HashMap<>();
      try (ModelFile file = ModelFile.open(folder.resolve("model-1.safetensors"));
          ParameterSet read = new OneDnnBackend().parameters(a.graph())) {
        file.loadInto(read);
        for (ParamSpec p : read.specs()) {
          weights.put(p.name(), doubles(read.read(p.name())));
        }
      }
      List<double[]> scales = new ArrayList<>();
      for (int side : new int[] {32, 36, 56, 68, 92}) {
        Preprocessing p =
            Preprocessing.nativeSize(side, side, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
        double[] logits =
            ReferenceProgram.infer(
                new DenseNetwork(a.graph()).at(side, side),
                weights,
                doubles(p.apply(set.image(3))));
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        scales.add(Arrays.stream(logits).map(z -> Math.exp(z) / sum).toArray());
      }
      assertThat(dense.get(3)).containsExactly(mean(scales), offset(1e-5));
      assertThat(scales.get(0)[0]).isNotCloseTo(scales.get(4)[0], offset(1e-4));
    }
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  @Test
  void itGivesUpWhenAsked() {
    try (CompiledModel a = classifier(1, 8);
        Ensemble ensemble = Ensemble.of(List.of(a), Protocols.named("144").orElseThrow())) {
      int[] told = {0};
      assertThat(ensemble.evaluate(set, OPTIONS, (i, l, p) -> told[0]++, () -> told[0] >= 2))
          .isEmpty();
      assertThat(told[0]).isBetween(2, 5);
    }
  }

  @Test
  void modelsOfDifferentClassesAreRefused() {
    List<String> others = new ArrayList<>(set.classes());
    others.set(3, "something else");
    try (CompiledModel a = classifier(1, 8);
        CompiledModel b = classifier(2, 8, others)) {
      assertThatThrownBy(() -> Ensemble.of(List.of(a, b), Protocols.SINGLE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("classes");
    }
  }

  @Test
  void everyProtocolHasItsName() {
    assertThat(Protocols.all())
        .extracting(Protocol::label)
        .containsExactly("1", "flip", "flip+shift", "10", "144", "dense", "dense-flip");
    for (Protocol p : Protocols.all()) {
      assertThat(Protocols.named(p.label())).contains(p);
      assertThat(p.description()).isNotBlank();
    }
    assertThat(Protocols.named("7")).isEmpty();
  }
}
