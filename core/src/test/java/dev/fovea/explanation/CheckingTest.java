package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A network that looks for red pixels: its first class's logit is their mean, less a constant. So
 * which pixels matter, and what every curve must look like, is known.
 */
class CheckingTest {
  private static final int SIDE = 16;

  /** Two classes: red or not. */
  private static Graph network() {
    GraphBuilder b = new GraphBuilder("red");
    Node x = b.input(Shape.of(3, SIDE, SIDE));
    x = b.relu("relu", b.conv("conv", x, Op.Conv2d.of(4, Window.square(1))));
    return b.build(b.linear("fc", b.flatten("flatten", b.globalAvgPool("pool", x)), 2));
  }

  private static Map<String, double[]> weights() {
    Map<String, double[]> all = new HashMap<>();
    // Channel 0 sees red, channel 1 green, 2 blue, 3 nothing.
    all.put("conv.weight", new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0});
    all.put("fc.weight", new double[] {40, 0, 0, 0, 0, 0, 0, 0});
    all.put("fc.bias", new double[] {-5, 0});
    return all;
  }

  /** Weights in memory; programs of the interpreter read them. */
  private record Weights(Graph graph, Map<String, double[]> values) implements ParameterSet {
    @Override
    public List<ParamSpec> specs() {
      return graph.params();
    }

    @Override
    public float[] read(String name) {
      double[] values = Objects.requireNonNull(this.values.get(name));
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      return floats;
    }

    @Override
    public void write(String name, float[] floats) {
      double[] values = Objects.requireNonNull(this.values.get(name));
      for (int i = 0; i < values.length; i++) {
        values[i] = floats[i];
      }
    }

    @Override
    public void close() {}
  }

  private static ExplainedModel model(Graph graph, Map<String, double[]> weights) {
    return model(graph, weights, () -> {});
  }

  private static ExplainedModel model(
      Graph graph, Map<String, double[]> weights, Runnable compiles) {
    return new ExplainedModel(
        List.of("red", "other"),
        Preprocessing.nativeSize(
            graph.inputShape().dim(1),
            graph.inputShape().dim(2),
            List.of(0.0, 0.0, 0.0),
            List.of(1.0, 1.0, 1.0)),
        false,
        ReferenceNetwork.of(graph, weights, 8),
        () -> {
          Map<String, double[]> copy = new HashMap<>();
          weights.forEach((name, values) -> copy.put(name, values.clone()));
          return new ExplainedModel.ChangeableNetwork(
              new ScoredNetwork(
                  graph,
                  (nodes, n) -> {
                    compiles.run();
                    return ReferenceNetwork.program(graph, copy, nodes, n);
                  },
                  8,
                  Turns.NONE),
              new Weights(graph, copy),
              new Weights(graph, weights)::read);
        },
        () -> {});
  }

  private static ExplainedModels models() {
    return new ExplainedModels(
        List.of(model(network(), weights())), Baseline.MEAN, Optional.empty(), Turns.NONE);
  }

  /** A quarter of the image is red, the rest black. */
  private static Image redCorner() {
    Image image = Image.black(SIDE, SIDE);
    for (int y = 0; y < SIDE / 2; y++) {
      for (int x = 0; x < SIDE / 2; x++) {
        image.rgb()[3 * (y * SIDE + x)] = (byte) 255;
      }
    }
    return image;
  }

  private static Checking.Question question(String method) {
    return new Checking.Question(
        ExplanationMethod.named(method, SIDE, SIDE), new ExplanationTarget.Best());
  }

  private static ExplanationCheck check(String method, CheckOptions options) {
    try (ExplainedModels models = models()) {
      return Checking.of(
          models,
          new Subject("corner", redCorner()),
          question(method),
          options,
          new ExplanationListener() {});
    }
  }

  private static double probability(double redShare) {
    return 1 / (1 + Math.exp(-(40 * redShare - 5)));
  }

  @Test
  void deletionTakesThePixelsThatMatterFirst() {
    CheckOptions options = new CheckOptions(16, 3, 2, 1);
    for (String method : List.of("grad-cam", "hires-cam", "integrated-gradients")) {
      ExplanationCheck check = check(method, options);
      assertThat(check.explanation().className()).isEqualTo("red");
      List<Double> curve = check.deletion().curve().probabilities();
      assertThat(curve).hasSize(17);
      // A quarter of the pixels, those of the corner, are gone after a quarter of the steps.
      for (int i = 0; i < curve.size(); i++) {
        double red = Math.max(0, 0.25 - i / 16.0);
        assertThat(curve.get(i))
            .as("%s, step %s", method, i)
            .isCloseTo(probability(red), within(1e-6));
      }
      assertThat(check.deletion().area()).isLessThan(check.deletion().randomArea());
      assertThat(check.deletion().randomDeviation()).isPositive();
      // A random order of single pixels takes red ones in their proportion.
      assertThat(check.deletion().random()).hasSize(3);
      check
          .deletion()
          .random()
          .forEach(
              r -> assertThat(r.probabilities().get(8)).isCloseTo(probability(0.125), within(0.2)));
    }
  }

  @Test
  void insertionEndsWithTheImageAndBeginsWithItsBlur() {
    ExplanationCheck check = check("grad-cam", new CheckOptions(16, 2, 1, 1));
    List<Double> curve = check.insertion().curve().probabilities();
    assertThat(curve.get(16)).isCloseTo(probability(0.25), within(1e-6));
    float[] planes = new float[3 * SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
      planes[i] = (redCorner().rgb()[3 * i] & 255) / 255f;
    }
    float[] blurred = Blur.of(planes, SIDE, SIDE);
    double red = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
      red += blurred[i] / (SIDE * SIDE);
    }
    assertThat(curve.get(0)).isCloseTo(probability(red), within(1e-6));
    assertThat(check.insertion().area()).isGreaterThan(check.insertion().randomArea());
    assertThat(check.insertion().curve().shares()).startsWith(0.0).endsWith(1.0);
  }

  @Test
  void theBlurIsThatOfTheFormula() {
    double[] noise = NamedValues.of("noise", 2 * 9 * 14);
    float[] planes = new float[noise.length];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) noise[i];
    }
    float[] blurred = Blur.of(planes, 9, 14);
    double norm = 0;
    for (int d = -5; d <= 5; d++) {
      norm += Math.exp(-d * d / 50.0);
    }
    for (int i = 0; i < planes.length; i++) {
      int c = i / (9 * 14);
      int y = i / 14 % 9;
      int x = i % 14;
      double sum = 0;
      for (int v = Math.max(0, y - 5); v <= Math.min(8, y + 5); v++) {
        for (int u = Math.max(0, x - 5); u <= Math.min(13, x + 5); u++) {
          double weight = Math.exp(-((v - y) * (v - y) + (u - x) * (u - x)) / 50.0) / norm / norm;
          sum += weight * planes[c * 9 * 14 + v * 14 + u];
        }
      }
      assertThat(blurred[i]).isCloseTo((float) sum, within(1e-6f));
    }
  }

  @Test
  void theAreaIsThatOfTrapezoids() {
    ExplanationCheck.Curve curve =
        new ExplanationCheck.Curve(List.of(0.0, 0.5, 1.0), List.of(1.0, 0.5, 0.5));
    assertThat(curve.area()).isEqualTo(0.625);
  }

  @Test
  void randomWeightsChangeTheMapAndLeaveTheModelAlone() {
    try (ExplainedModels models = models()) {
      Subject subject = new Subject("corner", redCorner());
      ExplanationCheck check =
          Checking.of(
              models,
              subject,
              question("integrated-gradients"),
              new CheckOptions(2, 2, 2, 3),
              new ExplanationListener() {});
      List<ExplanationCheck.Stage> stages = check.randomization();
      assertThat(stages).extracting(ExplanationCheck.Stage::layer).containsExactly("fc", "conv");
      assertThat(stages).extracting(ExplanationCheck.Stage::random).containsExactly(1, 2);
      assertThat(stages).extracting(ExplanationCheck.Stage::layers).containsOnly(2);
      List<Explanation> again = new ArrayList<>();
      models.explain(
          1,
          i -> subject,
          question("integrated-gradients").method(),
          question("integrated-gradients").target(),
          new ExplanationListener() {
            @Override
            public void explained(Explanation e) {
              again.add(e);
            }
          });
      assertThat(again.get(0).map()).isEqualTo(check.explanation().map());
    }
  }

  @Test
  void theNextCheckBeginsWithTheModelsWeightsAndCompilesNothing() {
    AtomicInteger compiled = new AtomicInteger();
    CheckOptions options = new CheckOptions(2, 2, 2, 3);
    ExplanationListener none = new ExplanationListener() {};
    try (ExplainedModels models =
        new ExplainedModels(
            List.of(model(network(), weights(), compiled::incrementAndGet)),
            Baseline.MEAN,
            Optional.empty(),
            Turns.NONE)) {
      Subject subject = new Subject("corner", redCorner());
      ExplanationCheck first = Checking.of(models, subject, question("grad-cam"), options, none);
      assertThat(compiled).hasValue(1);
      ExplanationCheck next = Checking.of(models, subject, question("grad-cam"), options, none);
      assertThat(next.randomization()).isEqualTo(first.randomization());
      assertThat(compiled).hasValue(1);
      ExplanationCheck other = Checking.of(models, subject, question("smooth-grad"), options, none);
      assertThat(other.randomization()).isEqualTo(check("smooth-grad", options).randomization());
      int programs = compiled.get();
      Checking.of(models, subject, question("smooth-grad"), options, none);
      assertThat(compiled).hasValue(programs);
    }
  }

  @Test
  void equalSeedsGiveEqualChecksAndOthersOtherOrders() {
    CheckOptions options = new CheckOptions(4, 2, 1, 9);
    ExplanationCheck check = check("smooth-grad", options);
    ExplanationCheck again = check("smooth-grad", options);
    assertThat(again.explanation().map()).isEqualTo(check.explanation().map());
    assertThat(again.deletion()).isEqualTo(check.deletion());
    assertThat(again.insertion()).isEqualTo(check.insertion());
    assertThat(again.randomization()).isEqualTo(check.randomization());
    assertThat(check("smooth-grad", options.withSeed(10)).deletion().random())
        .isNotEqualTo(check("smooth-grad", options).deletion().random());
  }

  @Test
  void theChecksCountTheirWorkAndStopWhenToldTo() {
    long[] last = new long[2];
    try (ExplainedModels models = models()) {
      for (String method : ExplanationMethod.NAMES) {
        ExplanationCheck unused =
            Checking.of(
                models,
                new Subject("corner", redCorner()),
                question(method),
                new CheckOptions(3, 2, 2, 0),
                new ExplanationListener() {
                  @Override
                  public void progress(long done, long of) {
                    last[0] = done;
                    last[1] = of;
                  }
                });
        assertThat(last[0]).as(method).isEqualTo(last[1]);
      }
      assertThatThrownBy(
              () ->
                  Checking.of(
                      models,
                      new Subject("corner", redCorner()),
                      question("occlusion"),
                      CheckOptions.standard(),
                      new ExplanationListener() {
                        @Override
                        public boolean stops() {
                          return true;
                        }
                      }))
          .isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void anOrderOfEqualValuesIsNotFromTopToBottom() {
    int[] order = PixelOrder.of(new HeatMap(8, 8, new float[64]), 1);
    assertThat(order).doesNotHaveDuplicates().hasSize(64).isNotEqualTo(sorted(order));
    float[] values = {0.5f, -1, 2, -0f, 0f};
    assertThat(PixelOrder.of(new HeatMap(1, 5, values), 1)).startsWith(2, 0).endsWith(1);
  }

  private static int[] sorted(int[] values) {
    int[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  private static LabeledBox labeled(String label, Box box) {
    return new LabeledBox(Optional.of(label), box, "here");
  }

  private static LocalizationResult localize(
      ExplainedModels models,
      List<String> names,
      BoxAnnotations boxes,
      ExplanationListener listener) {
    return models.localize(
        names,
        i -> new Subject(names.get(i), redCorner()),
        boxes,
        ExplanationMethod.named("hires-cam", SIDE, SIDE),
        0.2,
        listener);
  }

  @Test
  void localizationFindsWhatIsKnownToBeThere() {
    Box corner = new Box(0, 0, SIDE / 2.0, SIDE / 2.0);
    BoxAnnotations boxes =
        new BoxAnnotations(
            "boxes",
            Map.of(
                "both.png",
                List.of(labeled("red", new Box(12, 12, 14, 14)), labeled("red", corner)),
                "unlabeled.png",
                List.of(new LabeledBox(Optional.empty(), corner, "here")),
                "two.png",
                List.of(labeled("other", corner), labeled("red", new Box(8, 8, 16, 99)))));
    try (ExplainedModels models = models()) {
      List<String> explained = new ArrayList<>();
      LocalizationResult result =
          localize(
              models,
              List.of("both.png", "unlabeled.png", "none.png", "two.png"),
              boxes,
              new ExplanationListener() {
                @Override
                public void explained(Explanation explanation) {
                  explained.add(explanation.name());
                }
              });
      assertThat(explained).containsExactly("both.png", "unlabeled.png", "two.png", "two.png");
      LocalizedImage both = result.images().get(0);
      assertThat(both.iou()).isEqualTo(1);
      assertThat(both.box()).contains(corner);
      assertThat(both.rank()).hasValue(1);
      assertThat(both.remark()).isEmpty();
      LocalizedImage unlabeled = result.images().get(1);
      assertThat(unlabeled.rank()).isEmpty();
      assertThat(unlabeled.isRight()).isTrue();
      assertThat(unlabeled.isRight(5)).isFalse();
      // Nothing speaks for the other class, so its map is zero.
      LocalizedImage other = result.images().get(2);
      assertThat(other.box()).isEmpty();
      assertThat(other.rank()).hasValue(2);
      assertThat(result.images().get(3).iou()).isZero();
      assertThat(result.images().get(3).remark()).contains("reaches beyond the picture", "here");
      assertThat(result.errorOfBoxes()).isEqualTo(0.5);
      assertThat(result.error(1).getAsDouble()).isCloseTo(2 / 3.0, within(1e-12));
      assertThat(result.meanIou()).isEqualTo(0.5);
      assertThat(new LocalizationResult(List.of(unlabeled)).error(5)).isEmpty();
      BoxAnnotations unknown =
          new BoxAnnotations("boxes", Map.of("a.png", List.of(labeled("blue", corner))));
      ExplanationListener none = new ExplanationListener() {};
      assertThatThrownBy(() -> localize(models, List.of("a.png"), unknown, none))
          .hasMessageContaining("here: the label is 'blue'");
      assertThatThrownBy(() -> localize(models, List.of("b.png"), unknown, none))
          .hasMessageContaining("holds no box of the images");
    }
    assertThatThrownBy(() -> new LocalizationResult(List.of())).hasMessageContaining("no images");
  }

  @Test
  void aNetworkWithoutFiniteNumbersIsNamedWithItsImage() {
    Map<String, double[]> wrong = weights();
    wrong.put("fc.bias", new double[] {Double.NaN, 0});
    try (ExplainedModels models =
        new ExplainedModels(
            List.of(model(network(), wrong)), Baseline.MEAN, Optional.empty(), Turns.NONE)) {
      assertThatThrownBy(
              () ->
                  models.explain(
                      1,
                      i -> new Subject("corner.png", redCorner()),
                      new ExplanationMethod.GradCam(),
                      new ExplanationTarget.Best(),
                      new ExplanationListener() {}))
          .isInstanceOf(ProgramException.class)
          .hasMessageContaining("corner.png")
          .hasMessageContaining("NaN for class 'red'");
    }
  }
}
