package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.GoldenFile;
import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.graph.Graph;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.passes.InferenceMode;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.reference.ReferenceAttribution;
import dev.fovea.tensor.Rng;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Errors are Euclidean, relative to the expected map unless that is zero. Over the interpreter,
 * what comes in and goes out is rounded to binary32, 6e-8 each, so 1e-6 allows for sums of some of
 * them. Over the engine, whose gradients may err by 1e-5 ({@code AttributionConformance}), 1e-4
 * allows for the few ReLUs of an integral or a noisy mean that change sides; differences of logits
 * in occlusion lose another digit.
 */
class MapMethodsTest {
  private static final Map<String, Map<String, double[]>> GOLDEN = GoldenFile.cases("explanations");
  private static final Backend ENGINE = new OneDnnBackend();
  private static final double INTERPRETER = 1e-6;
  private static final double ENGINE_BOUND = 1e-4;

  private static double[] golden(String network, String what) {
    return Objects.requireNonNull(Objects.requireNonNull(GOLDEN.get(network)).get(what));
  }

  private static ExplanationMethod method(String name) {
    return switch (name) {
      case "integrated-gradients" -> new ExplanationMethod.IntegratedGradients(50);
      case "occlusion" -> new ExplanationMethod.Occlusion(5, 2);
      case "smooth-grad" -> new ExplanationMethod.SmoothGrad(8, 0.15, 3);
      default -> ExplanationMethod.named(name, 16, 16);
    };
  }

  private static float[] image(Graph graph) {
    double[] values = NamedValues.images(1, graph.inputShape());
    float[] image = new float[values.length];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) values[i];
    }
    return image;
  }

  private static float[] oneHot(Graph graph, int index) {
    return Targets.weights(new ExplanationTarget.OfClass(index), graph.classes());
  }

  private static Work work() {
    return new Work(new ExplanationListener() {}, 1);
  }

  private static MemberMap map(ScoredNetwork network, ExplanationMethod method, float[] weights) {
    float[] image = image(network.graph());
    return new MapMethods(network, method, new float[image.length], Optional.empty(), work())
        .of(List.of(image), List.of(weights))
        .get(0);
  }

  /** The values that the golden file holds of a method. */
  private static float[] values(MemberMap map) {
    return map.raw()
        .map(HeatMap::values)
        .or(() -> map.channels().map(Attributions::values))
        .orElseGet(() -> map.map().values());
  }

  private static double error(float[] got, double[] expected) {
    assertThat(got).hasSameSizeAs(expected);
    double off = 0;
    double all = 0;
    for (int i = 0; i < got.length; i++) {
      off += (got[i] - expected[i]) * (got[i] - expected[i]);
      all += expected[i] * expected[i];
    }
    return all == 0 ? Math.sqrt(off) : Math.sqrt(off / all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"residual", "preactivation", "inception", "vgg"})
  void theMapsAreThoseOfCaptumAndPytorchGradCam(String name) {
    Graph graph = ExplanationNetworks.of(name);
    int target = (int) golden(name, "target")[0];
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 7)) {
      for (String method : ExplanationMethod.NAMES) {
        float[] got = values(map(network, method(method), oneHot(graph, target)));
        assertThat(error(got, golden(name, method))).as(method).isLessThan(INTERPRETER);
      }
      float[] gradCam = values(map(network, method("grad-cam"), oneHot(graph, target)));
      assertThat(error(gradCam, golden(name, "grad-cam-captum"))).isLessThan(INTERPRETER);
      float[] difference =
          values(
              map(
                  network,
                  method("integrated-gradients"),
                  Targets.weights(new ExplanationTarget.Difference(0, 1), graph.classes())));
      assertThat(error(difference, golden(name, "versus"))).isLessThan(INTERPRETER);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"residual", "preactivation", "inception", "vgg"})
  void theEngineGivesTheSameMaps(String name) {
    Graph graph = ExplanationNetworks.of(name);
    int target = (int) golden(name, "target")[0];
    try (ParameterSet weights = weights(graph);
        ScoredNetwork network = engine(graph, weights, 8)) {
      for (String method : ExplanationMethod.NAMES) {
        float[] got = values(map(network, method(method), oneHot(graph, target)));
        assertThat(error(got, golden(name, method))).as(method).isLessThan(ENGINE_BOUND);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grad-cam", "hires-cam"})
  void theMapsOfResNet18AreThoseOfPytorchGradCam(String method) {
    Graph graph = ExplanationNetworks.of("resnet18");
    try (ParameterSet weights = weights(graph);
        ScoredNetwork network = engine(graph, weights, 1)) {
      MemberMap map = map(network, method(method), oneHot(graph, 5));
      assertThat(map.layer()).isEqualTo("layer4.1.relu");
      assertThat(error(values(map), golden("resnet18", method))).isLessThan(ENGINE_BOUND);
    }
  }

  private static ParameterSet weights(Graph graph) {
    ParameterSet weights = ENGINE.parameters(graph);
    NamedValues.parameters(graph)
        .forEach(
            (name, values) -> {
              float[] floats = new float[values.length];
              for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values[i];
              }
              weights.write(name, floats);
            });
    return weights;
  }

  private static ScoredNetwork engine(Graph graph, ParameterSet weights, int batch) {
    CompileOptions options = new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, 2);
    return new ScoredNetwork(
        graph,
        (nodes, images) ->
            Compilation.attribution(graph, weights, ENGINE, options.withBatch(images), nodes),
        batch,
        Turns.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"residual", "preactivation", "inception", "vgg"})
  void thePositivePartIsWhatPytorchGradCamShows(String name) {
    Graph graph = ExplanationNetworks.of(name);
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 1)) {
      MemberMap map =
          map(network, method("grad-cam"), oneHot(graph, (int) golden(name, "target")[0]));
      HeatMap positive = map.raw().orElseThrow().positive();
      Shape in = graph.inputShape();
      // It scales to 0..1 before and after it resizes.
      float[] shown = scaled(scaled(positive).resized(in.dim(1), in.dim(2))).values();
      assertThat(error(shown, golden(name, "grad-cam-shown"))).isLessThan(1e-6);
    }
  }

  private static HeatMap scaled(HeatMap map) {
    float[] scaled = new float[map.values().length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (map.values()[i] - map.min()) / (1e-7f + map.max() - map.min());
    }
    return new HeatMap(map.height(), map.width(), scaled);
  }

  @ParameterizedTest
  @ValueSource(strings = {"residual", "preactivation", "inception", "vgg"})
  void theCompletenessErrorIsCaptumsDelta(String name) {
    Graph graph = ExplanationNetworks.of(name);
    float[] weights = oneHot(graph, (int) golden(name, "target")[0]);
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 16)) {
      MemberMap map = map(network, method("integrated-gradients"), weights);
      // Sums of logits of order 1 in binary32.
      assertThat(map.completenessError().orElseThrow())
          .isCloseTo(
              golden(name, "integrated-gradients-delta")[0],
              org.assertj.core.api.Assertions.within(1e-6));
      double few =
          Math.abs(
              map(network, new ExplanationMethod.IntegratedGradients(2), weights)
                  .completenessError()
                  .orElseThrow());
      assertThat(Math.abs(map.completenessError().orElseThrow())).isLessThan(few);
    }
  }

  @ParameterizedTest
  @CsvSource({"residual,1", "inception,0", "vgg,0", "preactivation,2"})
  void theMapsFollowTheFormulasOfThePapers(String name, int target) {
    Graph graph = ExplanationNetworks.of(name);
    float[] weights = oneHot(graph, target);
    Naive naive = new Naive(graph, target);
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 3)) {
      for (String method : ExplanationMethod.NAMES) {
        float[] got = values(map(network, method(method), weights));
        double[] expected = naive.map(method(method));
        assertThat(error(got, expected)).as(method).isLessThan(INTERPRETER);
      }
    }
  }

  /** The formulas written out over the interpreter, one image at a time, in float64. */
  private static final class Naive {
    private final Graph graph;
    private final int target;
    private final double[] image;
    private final int height;
    private final int width;

    Naive(Graph graph, int target) {
      this.graph = graph;
      this.target = target;
      this.image = NamedValues.images(1, graph.inputShape());
      this.height = graph.inputShape().dim(1);
      this.width = graph.inputShape().dim(2);
    }

    private ReferenceAttribution program(String node) {
      return new ReferenceAttribution(
          Gradients.ofScore(new InferenceMode().apply(graph), Set.of(node)),
          1,
          NamedValues.parameters(graph));
    }

    private double[] scoreWeights() {
      double[] weights = new double[graph.classes()];
      weights[target] = 1;
      return weights;
    }

    double[] map(ExplanationMethod method) {
      if (method instanceof ExplanationMethod.IntegratedGradients ig) {
        return integrated(ig.steps());
      } else if (method instanceof ExplanationMethod.SmoothGrad smooth) {
        return smooth(smooth);
      } else if (method instanceof ExplanationMethod.Occlusion occlusion) {
        return occluded(occlusion.window(), occlusion.stride());
      }
      String layer = CamLayer.of(graph).name();
      ReferenceAttribution program = program(layer);
      program.run(image, scoreWeights());
      double[] a = program.value(layer);
      double[] g = program.gradient(layer);
      int cells = CamLayer.of(graph).shape().dim(1) * CamLayer.of(graph).shape().dim(2);
      double[] map = new double[cells];
      for (int k = 0; k < a.length / cells; k++) {
        double[] channel = Arrays.copyOfRange(g, k * cells, (k + 1) * cells);
        double alpha = Arrays.stream(channel).average().orElseThrow();
        for (int i = 0; i < cells; i++) {
          map[i] +=
              (method instanceof ExplanationMethod.GradCam ? alpha : channel[i]) * a[k * cells + i];
        }
      }
      return map;
    }

    private double[] gradient(double[] at) {
      ReferenceAttribution program = program(graph.input().name());
      program.run(at, scoreWeights());
      return program.gradient(graph.input().name());
    }

    private double score(double[] at) {
      return program(graph.input().name()).run(at, scoreWeights())[target];
    }

    // Nodes and weights of the rule from the eigenvalues of its Jacobi matrix would be another
    // algorithm; here they come from bisection of the polynomial between its known bounds.
    private double[] integrated(int steps) {
      double[] sum = new double[image.length];
      for (int i = 1; i <= steps; i++) {
        double low = Math.cos(Math.PI * i / (steps + 0.5));
        double high = Math.cos(Math.PI * (i - 0.5) / (steps + 0.5));
        for (int turn = 0; turn < 200; turn++) {
          double middle = (low + high) / 2;
          if (legendre(steps, low) * legendre(steps, middle) <= 0) {
            high = middle;
          } else {
            low = middle;
          }
        }
        double x = (low + high) / 2;
        double above = (steps + 1) * legendre(steps + 1, x);
        double weight = 2 * (1 - x * x) / (above * above);
        double[] at = new double[image.length];
        for (int j = 0; j < at.length; j++) {
          at[j] = (float) ((1 + x) / 2 * image[j]);
        }
        double[] g = gradient(at);
        for (int j = 0; j < sum.length; j++) {
          sum[j] += weight / 2 * g[j];
        }
      }
      for (int j = 0; j < sum.length; j++) {
        sum[j] *= image[j];
      }
      return sum;
    }

    private static double legendre(int n, double x) {
      return n == 0 ? 1 : n == 1 ? x : recurrence(n, x);
    }

    private static double recurrence(int n, double x) {
      double[] p = new double[n + 1];
      p[0] = 1;
      p[1] = x;
      for (int k = 1; k < n; k++) {
        p[k + 1] = ((2 * k + 1) * x * p[k] - k * p[k - 1]) / (k + 1);
      }
      return p[n];
    }

    private double[] smooth(ExplanationMethod.SmoothGrad s) {
      double min = Arrays.stream(image).min().orElseThrow();
      double max = Arrays.stream(image).max().orElseThrow();
      double[] sum = new double[image.length];
      for (int sample = 0; sample < s.samples(); sample++) {
        Rng random = Rng.of(s.seed(), sample, 0);
        double[] at = new double[image.length];
        for (int j = 0; j < at.length; j++) {
          at[j] = (float) (image[j] + s.noise() * (max - min) * random.nextGaussian());
        }
        double[] g = gradient(at);
        for (int j = 0; j < sum.length; j++) {
          sum[j] += g[j] / s.samples();
        }
      }
      return sum;
    }

    private double[] occluded(int window, int stride) {
      double whole = score(image);
      List<int[]> corners = new ArrayList<>();
      List<Double> falls = new ArrayList<>();
      for (int top = 0; top == 0 || top - stride + window < height; top += stride) {
        for (int left = 0; left == 0 || left - stride + window < width; left += stride) {
          double[] at = image.clone();
          for (int i = 0; i < at.length; i++) {
            int y = i / width % height;
            int x = i % width;
            if (y >= top && y < top + window && x >= left && x < left + window) {
              at[i] = 0;
            }
          }
          corners.add(new int[] {top, left});
          falls.add(whole - score(at));
        }
      }
      double[] map = new double[height * width];
      for (int i = 0; i < map.length; i++) {
        int y = i / width;
        int x = i % width;
        double sum = 0;
        int count = 0;
        for (int s = 0; s < corners.size(); s++) {
          int top = corners.get(s)[0];
          int left = corners.get(s)[1];
          if (y >= top && y < top + window && x >= left && x < left + window) {
            sum += falls.get(s);
            count++;
          }
        }
        map[i] = sum / count;
      }
      return map;
    }
  }

  @Test
  void hiResCamSumsToWhatTheLayerContributesToTheLogit() {
    Graph graph = ExplanationNetworks.of("residual");
    int target = 2;
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 1)) {
      MemberMap map = map(network, method("hires-cam"), oneHot(graph, target));
      float[] image = image(graph);
      float logit = network.logits(1, i -> image, work())[0][target];
      double bias = Objects.requireNonNull(NamedValues.parameters(graph).get("fc.bias"))[target];
      assertThat(map.raw().orElseThrow().sum())
          .isCloseTo(logit - bias, org.assertj.core.api.Assertions.within(1e-6));
    }
  }

  @Test
  void theMapsDoNotDependOnTheBatch() {
    Graph graph = ExplanationNetworks.of("inception");
    float[] weights = oneHot(graph, 0);
    for (String method : ExplanationMethod.NAMES) {
      try (ScoredNetwork one = ReferenceNetwork.named(graph, 1);
          ScoredNetwork many = ReferenceNetwork.named(graph, 11)) {
        assertThat(map(many, method(method), weights)).isEqualTo(map(one, method(method), weights));
      }
    }
  }

  @Test
  void mapsOfSeveralImagesAreThoseOfEach() {
    Graph graph = ExplanationNetworks.of("residual");
    float[] first = image(graph);
    float[] second = new float[first.length];
    for (int i = 0; i < second.length; i++) {
      second[i] = first[first.length - 1 - i];
    }
    float[] a = oneHot(graph, 1);
    float[] b = oneHot(graph, 4);
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 4)) {
      for (String method : ExplanationMethod.NAMES) {
        MapMethods methods =
            new MapMethods(
                network, method(method), new float[first.length], Optional.empty(), work());
        List<MemberMap> both = methods.of(List.of(first, second), List.of(a, b));
        assertThat(both.get(0)).isEqualTo(methods.of(List.of(first), List.of(a)).get(0));
        assertThat(both.get(1)).isEqualTo(methods.of(List.of(second), List.of(b)).get(0));
      }
    }
  }

  @Test
  void equalSeedsGiveEqualNoise() {
    Graph graph = ExplanationNetworks.of("residual");
    float[] weights = oneHot(graph, 1);
    try (ScoredNetwork network = ReferenceNetwork.named(graph, 4)) {
      MemberMap map = map(network, new ExplanationMethod.SmoothGrad(3, 0.1, 5), weights);
      assertThat(map(network, new ExplanationMethod.SmoothGrad(3, 0.1, 5), weights)).isEqualTo(map);
      assertThat(map(network, new ExplanationMethod.SmoothGrad(3, 0.1, 6), weights))
          .isNotEqualTo(map);
    }
  }

  @Test
  void theWorkIsCountedAsItIsDone() {
    Graph graph = ExplanationNetworks.of("vgg");
    float[] weights = oneHot(graph, 1);
    for (String method : ExplanationMethod.NAMES) {
      List<Long> done = new ArrayList<>();
      long expected = MapMethods.evaluations(method(method), graph.inputShape());
      Work work =
          new Work(
              new ExplanationListener() {
                @Override
                public void progress(long now, long of) {
                  assertThat(of).isEqualTo(1000);
                  done.add(now);
                }
              },
              1000);
      try (ScoredNetwork network = ReferenceNetwork.named(graph, 4)) {
        float[] image = image(graph);
        List<MemberMap> unused =
            new MapMethods(network, method(method), new float[image.length], Optional.empty(), work)
                .of(List.of(image), List.of(weights));
      }
      assertThat(done).isSorted().endsWith(expected);
    }
  }

  @Test
  void valuesThatAreNotFiniteAreNoMap() {
    Graph graph = ExplanationNetworks.of("residual");
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    Arrays.fill(Objects.requireNonNull(parameters.get("bn3.weight")), 1e300);
    try (ScoredNetwork network = ReferenceNetwork.of(graph, parameters, 2)) {
      for (String method : ExplanationMethod.NAMES) {
        assertThatThrownBy(() -> map(network, method(method), oneHot(graph, 0)))
            .as(method)
            .isInstanceOf(NotFinite.class);
      }
    }
  }
}
