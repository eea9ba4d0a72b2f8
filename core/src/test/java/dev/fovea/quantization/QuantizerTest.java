package dev.fovea.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.NamedValues;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import dev.fovea.reference.QuantizedReference;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A quantized network answers nearly like the one that it was made from. */
class QuantizerTest {
  private static final Shape INPUT = Shape.of(3, 32, 32);
  private static final int CLASSES = 10;
  private static final int IMAGES = 12;

  private final OneDnnBackend backend = new OneDnnBackend();

  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "googlenet", "preact_resnet20", "resnet18"})
  void answersStayWithinAFewHundredthsOfTheirSpread(String name) {
    Graph graph = Models.graph(name, CLASSES, INPUT);
    Map<String, double[]> weights = NamedValues.parameters(graph);
    QuantizedNetwork q = quantize(graph, weights, QuantizationOptions.STANDARD);
    assertThat(error(graph, weights, q)).isLessThan(0.05);
  }

  @ParameterizedTest
  @EnumSource(Observer.class)
  void everyObserverGivesAUsableNetwork(Observer observer) {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    Map<String, double[]> weights = NamedValues.parameters(graph);
    QuantizedNetwork q = quantize(graph, weights, QuantizationOptions.STANDARD.with(observer));
    assertThat(error(graph, weights, q)).isLessThan(0.06);
  }

  @Test
  void sevenBitWeightsAreAtMost63() {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    QuantizedNetwork q =
        quantize(
            graph, NamedValues.parameters(graph), QuantizationOptions.STANDARD.withWeightBits(7));
    q.quantization()
        .weights()
        .forEach(
            (name, steps) -> {
              float[] w = Objects.requireNonNull(q.weights().get(name));
              int each = w.length / steps.length;
              double most = 0;
              for (int i = 0; i < w.length; i++) {
                double integer = w[i] / steps[i / each];
                assertThat(Math.abs(integer - Math.rint(integer))).isLessThan(1e-4);
                most = Math.max(most, Math.abs(Math.rint(integer)));
              }
              assertThat(most).as(name).isEqualTo(63);
            });
  }

  @Test
  void firstLayerAndClassifierStayInBinary32IfAsked() {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    Map<String, double[]> weights = NamedValues.parameters(graph);
    QuantizedNetwork all = quantize(graph, weights, QuantizationOptions.STANDARD);
    QuantizedNetwork kept =
        quantize(graph, weights, QuantizationOptions.STANDARD.keeping(true, true));
    assertThat(all.quantization().weights()).containsKeys("conv1.weight", "linear.weight");
    assertThat(all.quantization().values()).containsKey("input");
    assertThat(kept.quantization().weights())
        .hasSize(all.quantization().weights().size() - 2)
        .doesNotContainKeys("conv1.weight", "linear.weight");
    assertThat(kept.quantization().values()).doesNotContainKey("input");
  }

  @Test
  void biasCorrectionTakesTheMeanErrorOutOfTheLogits() {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    Map<String, double[]> weights = NamedValues.parameters(graph);
    QuantizationOptions coarse =
        QuantizationOptions.STANDARD.withWeightBits(7).with(Observer.PERCENTILE);
    double with = meanShift(graph, weights, quantize(graph, weights, coarse));
    double without =
        meanShift(graph, weights, quantize(graph, weights, coarse.correctingBias(false)));
    assertThat(with).isLessThan(without);
  }

  @Test
  void theResultDependsOnTheImagesOnlyNotOnTheThreads() {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    Map<String, double[]> weights = NamedValues.parameters(graph);
    QuantizedNetwork one = quantize(graph, weights, QuantizationOptions.STANDARD, 1);
    QuantizedNetwork two = quantize(graph, weights, QuantizationOptions.STANDARD, 2);
    assertThat(one.quantization().values()).isEqualTo(two.quantization().values());
    one.weights().forEach((name, w) -> assertThat(w).isEqualTo(two.weights().get(name)));
  }

  @Test
  void aNetworkThatComputesInfinitiesIsRefused() {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    Map<String, double[]> weights = NamedValues.parameters(graph);
    Objects.requireNonNull(weights.get("layer2.0.conv1.weight"))[0] = Float.MAX_VALUE;
    assertThatThrownBy(() -> quantize(graph, weights, QuantizationOptions.STANDARD))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("computes NaN or infinite values");
  }

  @Test
  void biasesAreWholeStepsOfTheirSums() {
    Graph graph = Models.graph("resnet20", CLASSES, INPUT);
    QuantizedNetwork q =
        quantize(graph, NamedValues.parameters(graph), QuantizationOptions.STANDARD);
    for (Node n : q.graph().nodes()) {
      if (n.op() instanceof Op.Conv2d) {
        float[] steps =
            Objects.requireNonNull(
                q.quantization()
                    .weights()
                    .get(n.param(ParamSpec.Role.WEIGHT).orElseThrow().name()));
        double input = scale(q, n.input()).step();
        float[] bias = Objects.requireNonNull(q.weights().get(n.name() + ".bias"));
        for (int c = 0; c < bias.length; c++) {
          double whole = bias[c] / (input * steps[c]);
          assertThat(Math.abs(whole - Math.rint(whole))).isLessThan(1e-3 + Math.abs(whole) * 1e-7);
        }
      }
    }
  }

  private static Quantization.Scale scale(QuantizedNetwork q, Node n) {
    return Objects.requireNonNull(q.quantization().values().get(n.name()), n.name());
  }

  private QuantizedNetwork quantize(
      Graph graph, Map<String, double[]> weights, QuantizationOptions options) {
    return quantize(graph, weights, options, 2);
  }

  private QuantizedNetwork quantize(
      Graph graph, Map<String, double[]> weights, QuantizationOptions options, int threads) {
    List<Integer> heard = new ArrayList<>();
    try (Dataset set = images()) {
      QuantizedNetwork made =
          new Quantizer(backend, threads, options, (pass, seen) -> heard.add(pass * 100 + seen))
              .quantize(
                  graph,
                  name -> floats(Objects.requireNonNull(weights.get(name), name)),
                  new CalibrationImages(set, preprocessing(), LoaderOptions.STANDARD));
      assertThat(heard).contains(100 + IMAGES);
      return made;
    }
  }

  private static Preprocessing preprocessing() {
    return Preprocessing.nativeSize(
        INPUT.dim(1), INPUT.dim(2), Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD);
  }

  private static Dataset images() {
    return Datasets.open("shapes(size=32,count=" + IMAGES + ",val=10)", Split.TRAIN);
  }

  private static double[] inputs() {
    double[] all = new double[Math.toIntExact(IMAGES * INPUT.elements())];
    try (Dataset set = images()) {
      for (int n = 0; n < IMAGES; n++) {
        float[] one = preprocessing().apply(set.image(n));
        for (int i = 0; i < one.length; i++) {
          all[n * one.length + i] = one[i];
        }
      }
    }
    return all;
  }

  /** The root mean square error of the logits, in standard deviations of the logits. */
  private static double error(Graph graph, Map<String, double[]> weights, QuantizedNetwork q) {
    double[] images = inputs();
    double[] exact = ReferenceProgram.infer(graph, weights, images);
    double[] actual = QuantizedReference.infer(q.graph(), doubles(q), q.quantization(), images);
    double mean = 0;
    for (double v : exact) {
      mean += v / exact.length;
    }
    double spread = 0;
    double error = 0;
    for (int i = 0; i < exact.length; i++) {
      spread += (exact[i] - mean) * (exact[i] - mean);
      error += (exact[i] - actual[i]) * (exact[i] - actual[i]);
    }
    return Math.sqrt(error / spread);
  }

  private static double meanShift(Graph graph, Map<String, double[]> weights, QuantizedNetwork q) {
    double[] images = inputs();
    double[] exact = ReferenceProgram.infer(graph, weights, images);
    double[] actual = QuantizedReference.infer(q.graph(), doubles(q), q.quantization(), images);
    double total = 0;
    for (int k = 0; k < CLASSES; k++) {
      double shift = 0;
      for (int n = 0; n < IMAGES; n++) {
        shift += (actual[n * CLASSES + k] - exact[n * CLASSES + k]) / IMAGES;
      }
      total += shift * shift;
    }
    return total;
  }

  private static Map<String, double[]> doubles(QuantizedNetwork q) {
    Map<String, double[]> doubles = new LinkedHashMap<>();
    q.weights()
        .forEach(
            (name, w) -> {
              double[] d = new double[w.length];
              for (int i = 0; i < d.length; i++) {
                d[i] = w[i];
              }
              doubles.put(name, d);
            });
    return doubles;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
