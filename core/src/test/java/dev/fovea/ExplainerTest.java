package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.eval.Prediction;
import dev.fovea.explanation.Baseline;
import dev.fovea.explanation.BoxAnnotations;
import dev.fovea.explanation.CheckOptions;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationCheck;
import dev.fovea.explanation.ExplanationListener;
import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.LocalizationResult;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ExplainerTest {
  private static final int SIDE = 32;
  private static final ExplanationTarget BEST = new ExplanationTarget.Best();
  private static final ExplanationMethod GRAD_CAM = new ExplanationMethod.GradCam();

  @TempDir private Path folder;

  private static Preprocessing preprocessing(Shape in) {
    List<Double> mean = in.dim(0) == 1 ? List.of(0.4) : List.of(0.5, 0.4, 0.3);
    List<Double> std = in.dim(0) == 1 ? List.of(0.2) : List.of(0.2, 0.25, 0.3);
    return Preprocessing.nativeSize(in.dim(1), in.dim(2), mean, std);
  }

  private Path model(Graph graph, long seed) {
    return model(graph, seed, preprocessing(graph.inputShape()));
  }

  private Path model(Graph graph, long seed, Preprocessing how) {
    Path path = folder.resolve(graph.title().replaceAll("\\W", "_") + seed + ".safetensors");
    try (ParameterSet weights = Engine.get().parameters(graph)) {
      for (ParamSpec p : graph.params()) {
        weights.write(p.name(), p.initialValues(seed));
      }
      write(path, graph, how, weights);
    }
    return path;
  }

  private static void write(Path path, Graph graph, Preprocessing how, ParameterSet weights) {
    ModelFile.write(
        path,
        new ModelCard(
            Models.spec(graph),
            graph.inputShape(),
            IntStream.range(0, graph.classes()).mapToObj(i -> "class" + i).toList(),
            how,
            "{}",
            Map.of(),
            new ModelCard.Origin("", "")),
        weights);
  }

  private static Graph resnet() {
    return Models.graph("resnet20", 10, Shape.of(3, SIDE, SIDE));
  }

  private static Image noise(long seed) {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    new Random(seed).nextBytes(rgb);
    return new Image(SIDE, SIDE, rgb);
  }

  private static BufferedImage awt(Image image) {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        out.setRGB(x, y, image.pixel(x, y));
      }
    }
    return out;
  }

  private static byte[] png(Image image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(awt(image), "png", out);
    return out.toByteArray();
  }

  @Test
  void theSameImageInAnyFormGetsTheSameExplanation() throws IOException {
    Image image = noise(1);
    byte[] png = png(image);
    Path file = Files.write(folder.resolve("noise.png"), png);
    try (Explainer explainer = Explainer.open(model(resnet(), 3))) {
      Explanation expected = explainer.explain(image, GRAD_CAM, BEST);
      for (Explanation e :
          List.of(
              explainer.explain(png, GRAD_CAM, BEST),
              explainer.explain(new ByteArrayInputStream(png), GRAD_CAM, BEST),
              explainer.explain(awt(image), GRAD_CAM, BEST),
              explainer.explain(file, GRAD_CAM, BEST))) {
        assertThat(e.map()).isEqualTo(expected.map());
        assertThat(e.prediction()).isEqualTo(expected.prediction());
      }
      assertThat(explainer.explain(file, GRAD_CAM, BEST).name()).isEqualTo(file.toString());
      assertThat(expected.layer()).isEqualTo("layer3.2.relu2");
      assertThat(expected.raw().orElseThrow().height()).isEqualTo(8);
      assertThat(expected.map()).isEqualTo(expected.raw().orElseThrow().resized(SIDE, SIDE));
      assertThat(expected.seen().rgb()).isEqualTo(image.rgb());
      assertThat(explainer.network()).isEqualTo("resnet20");
      assertThat(explainer.layers()).endsWith("layer3.2.relu2").contains("layer1.0.relu2");
    }
  }

  @Test
  void predictionsAndScoresAreThoseOfTheClassifier() {
    Path model = model(resnet(), 3);
    ClassifierOptions f32 = ClassifierOptions.standard().precision(Precision.F32);
    try (Explainer explainer = Explainer.open(model);
        Classifier classifier = Classifier.open(model, f32)) {
      for (String method : ExplanationMethod.NAMES) {
        Image image = noise(method.length());
        Explanation e = explainer.explain(image, explainer.method(method), BEST);
        Prediction p = classifier.predict(image);
        assertThat(e.prediction().best().index()).isEqualTo(p.best().index());
        assertThat(e.prediction().best().probability())
            .isCloseTo(p.best().probability(), within(1e-4));
        assertThat(e.target()).isEqualTo(new ExplanationTarget.OfClass(p.best().index()));
        assertThat(e.className()).isEqualTo(p.best().name());
        assertThat(e.map().height()).isEqualTo(SIDE);
        assertThat(e.method().label()).isEqualTo(method);
      }
    }
  }

  @Test
  void aDifferenceIsExplainedByTheDifferenceOfTheMaps() {
    try (Explainer explainer = Explainer.open(model(resnet(), 3))) {
      Image image = noise(4);
      for (ExplanationMethod method :
          List.of(
              GRAD_CAM,
              new ExplanationMethod.HiResCam(),
              new ExplanationMethod.IntegratedGradients(5),
              new ExplanationMethod.Occlusion(8, 8),
              new ExplanationMethod.SmoothGrad(2, 0.1, 1))) {
        Explanation one = explainer.explain(image, method, explainer.target("class3"));
        Explanation other = explainer.explain(image, method, explainer.target("class5"));
        Explanation both = explainer.explain(image, method, explainer.target("class3", "class5"));
        assertThat(both.score()).isCloseTo(one.score() - other.score(), within(1e-4));
        assertThat(both.subject()).isEqualTo("class3 rather than class5");
        float peak = Math.max(one.map().peak(), other.map().peak());
        for (int i = 0; i < both.map().values().length; i++) {
          assertThat(both.map().values()[i])
              .isCloseTo(one.map().values()[i] - other.map().values()[i], within(1e-3f * peak));
        }
      }
    }
  }

  @Test
  void integratedGradientsSayHowFarTheyAreFromComplete() {
    try (Explainer explainer = Explainer.open(model(resnet(), 3))) {
      Explanation e =
          explainer.explain(noise(2), new ExplanationMethod.IntegratedGradients(100), BEST);
      double sum = e.map().sum();
      assertThat(e.completenessError()).isPresent();
      assertThat(Math.abs(e.completenessError().orElseThrow())).isLessThan(0.05 * Math.abs(sum));
      assertThat(e.channels().orElseThrow().summed()).isEqualTo(e.map());
      // From black the integral is another one.
      ExplainerOptions black = ExplainerOptions.standard().baseline(Baseline.BLACK);
      try (Explainer other = Explainer.open(model(resnet(), 3), black)) {
        Explanation o =
            other.explain(noise(2), new ExplanationMethod.IntegratedGradients(100), BEST);
        assertThat(o.map()).isNotEqualTo(e.map());
        assertThat(o.score()).isEqualTo(e.score());
      }
    }
  }

  @Test
  void manyImagesAreExplainedInTheirOrderWhateverTheBatch() throws IOException {
    Path model = model(resnet(), 3);
    List<Object> images = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      images.add(i % 2 == 0 ? noise(i) : png(noise(i)));
    }
    try (Explainer three = Explainer.open(model, ExplainerOptions.standard().batch(3));
        Explainer one = Explainer.open(model, ExplainerOptions.standard().batch(1).threads(1))) {
      List<Explanation> all = three.explain(images, GRAD_CAM, BEST);
      assertThat(all).hasSize(7);
      for (int i = 0; i < 7; i++) {
        Explanation alone = one.explain(noise(i), GRAD_CAM, BEST);
        assertThat(all.get(i).name()).isEqualTo("#" + i);
        assertThat(all.get(i).classIndex()).isEqualTo(alone.classIndex());
        for (int k = 0; k < alone.map().values().length; k++) {
          assertThat(all.get(i).map().values()[k])
              .isCloseTo(alone.map().values()[k], within(1e-4f * alone.map().peak()));
        }
      }
      assertThat(three.explain(List.of(), GRAD_CAM, BEST)).isEmpty();
    }
  }

  @Test
  void anImageThatCannotBeReadIsNamed() {
    try (Explainer explainer = Explainer.open(model(resnet(), 3))) {
      Path missing = folder.resolve("missing.jpg");
      assertThatThrownBy(() -> explainer.explain(missing, GRAD_CAM, BEST))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("missing.jpg");
      assertThatThrownBy(
              () -> explainer.explain(List.of(noise(1), new byte[] {1, 2}), GRAD_CAM, BEST))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("#1");
    }
  }

  @Test
  void theListenerFollowsAndStops() {
    List<String> names = new ArrayList<>();
    long[] last = new long[2];
    try (Explainer explainer =
        Explainer.open(model(resnet(), 3), ExplainerOptions.standard().batch(2))) {
      ExplanationListener following =
          new ExplanationListener() {
            @Override
            public void explained(Explanation e) {
              names.add(e.name());
            }

            @Override
            public void progress(long done, long of) {
              last[0] = done;
              last[1] = of;
            }

            @Override
            public boolean stops() {
              return names.size() >= 4;
            }
          };
      explainer.explain(List.of(noise(1), noise(2)), GRAD_CAM, BEST, following);
      assertThat(names).containsExactly("#0", "#1");
      assertThat(last).containsExactly(4, 4);
      List<Image> five = List.of(noise(1), noise(2), noise(3), noise(4), noise(5));
      assertThatThrownBy(() -> explainer.explain(five, GRAD_CAM, BEST, following))
          .isInstanceOf(CancellationException.class);
      assertThat(names).hasSize(4);
    }
  }

  @Test
  void severalModelsExplainTheMeanOfTheirScores() {
    Path first = model(resnet(), 3);
    Path second = model(Models.graph("preact_resnet20", 10, Shape.of(3, SIDE, SIDE)), 4);
    Image image = noise(5);
    try (Explainer a = Explainer.open(first);
        Explainer b = Explainer.open(second);
        Explainer both = Explainer.open(List.of(first, second));
        ClassifierEnsemble ensemble =
            ClassifierEnsemble.open(
                List.of(first, second), ClassifierOptions.standard().precision(Precision.F32))) {
      for (String name : ExplanationMethod.NAMES) {
        ExplanationMethod method =
            name.equals("integrated-gradients")
                ? new ExplanationMethod.IntegratedGradients(4)
                : name.equals("occlusion") ? new ExplanationMethod.Occlusion(8, 8) : a.method(name);
        ExplanationTarget target = new ExplanationTarget.OfClass(2);
        Explanation one = a.explain(image, method, target);
        Explanation two = b.explain(image, method, target);
        Explanation mean = both.explain(image, method, target);
        assertThat(mean.score()).isCloseTo((one.score() + two.score()) / 2, within(1e-6));
        for (int i = 0; i < mean.map().values().length; i++) {
          double expected = (one.map().values()[i] + (double) two.map().values()[i]) / 2;
          assertThat((double) mean.map().values()[i])
              .isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
        }
        assertThat(mean.remark()).contains("mean of the maps of 2 models");
        assertThat(mean.prediction().probability("class2"))
            .isCloseTo(ensemble.predict(image).probability("class2"), within(1e-4));
        if (method.readsLayer()) {
          assertThat(mean.layer()).isEqualTo("layer3.2.relu2 and last_relu");
          assertThat(mean.raw().orElseThrow().height()).isEqualTo(8);
        }
      }
      assertThat(both.network()).isEqualTo("resnet20 + preact_resnet20");
    }
  }

  @Test
  void modelsThatSeeDifferentPartsOfThePictureAreExplainedTogether() {
    Preprocessing large =
        new Preprocessing(
            3,
            48,
            48,
            56,
            Interpolation.BILINEAR,
            List.of(0.5, 0.5, 0.5),
            List.of(0.2, 0.2, 0.2),
            Preprocessing.ChannelOrder.RGB,
            Preprocessing.ValueRange.UNIT,
            Decoding.EXACT);
    Path first = model(resnet(), 3);
    Path second = model(Models.graph("resnet20", 10, Shape.of(3, 48, 48)), 5, large);
    byte[] rgb = new byte[3 * 90 * 60];
    new Random(2).nextBytes(rgb);
    Image picture = new Image(90, 60, rgb);
    try (Explainer both = Explainer.open(List.of(first, second))) {
      Explanation e = both.explain(picture, GRAD_CAM, BEST);
      assertThat(e.map().height()).isEqualTo(SIDE);
      assertThat(e.raw()).isEmpty();
      assertThat(e.seen().width()).isEqualTo(SIDE);
      assertThat(e.area().pictureWidth()).isEqualTo(90);
      assertThat(both.predict(picture).guesses()).isEqualTo(e.prediction().guesses());
      CheckOptions options = new CheckOptions(2, 2, 2, 0);
      ExplanationCheck check = both.check(picture, GRAD_CAM, BEST, options);
      assertThat(check.deletion().curve().probabilities()).hasSize(3);
      assertThat(both.check(picture, GRAD_CAM, BEST, options).randomization())
          .isEqualTo(check.randomization());
    }
  }

  @Test
  void modelsWithDifferentClassesAreRefused() {
    Path ten = model(resnet(), 3);
    Path five = model(Models.graph("resnet20", 5, Shape.of(3, SIDE, SIDE)), 4);
    assertThatThrownBy(() -> Explainer.open(List.of(ten, five)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("different classes");
    assertThatThrownBy(() -> Explainer.open(List.<Path>of())).hasMessageContaining("got none");
  }

  /** A network of one linear layer over the means of three channels, with these weights. */
  private Path linear(int classes, Shape in, float[] weight, float[] bias) {
    GraphBuilder b = new GraphBuilder("linear" + classes);
    Node x = b.conv("conv", b.input(in), Op.Conv2d.of(in.dim(0), Window.square(1)));
    x = b.globalAvgPool("pool", b.relu("relu", x));
    Graph graph = b.build(b.linear("fc", b.flatten("flatten", x), classes));
    Path path = folder.resolve("linear" + classes + "x" + in.dim(0) + ".safetensors");
    try (ParameterSet weights = Engine.get().parameters(graph)) {
      float[] identity = new float[in.dim(0) * in.dim(0)];
      for (int i = 0; i < in.dim(0); i++) {
        identity[i * in.dim(0) + i] = 1;
      }
      weights.write("conv.weight", identity);
      weights.write("fc.weight", weight);
      weights.write("fc.bias", bias);
      List<Double> zero = IntStream.range(0, in.dim(0)).mapToObj(i -> 0.0).toList();
      List<Double> one = IntStream.range(0, in.dim(0)).mapToObj(i -> 1.0).toList();
      write(path, graph, Preprocessing.nativeSize(in.dim(1), in.dim(2), zero, one), weights);
    }
    return path;
  }

  @Test
  void aMapThatIsAllNegativeIsSaidInWords() {
    Path model =
        linear(2, Shape.of(3, 8, 8), new float[] {-1, -1, -1, 0, 0, 0}, new float[] {9, 0});
    byte[] rgb = new byte[3 * 64];
    Arrays.fill(rgb, (byte) 200);
    try (Explainer explainer = Explainer.open(model)) {
      Explanation e = explainer.explain(new Image(8, 8, rgb), GRAD_CAM, BEST);
      assertThat(e.className()).isEqualTo("class0");
      assertThat(e.map().isAllNegative()).isTrue();
      assertThat(e.remark()).contains("Every value of the map is negative").contains("'class0'");
      Explanation zero =
          explainer.explain(new Image(8, 8, rgb), GRAD_CAM, explainer.target("class1"));
      assertThat(zero.map().isZero()).isTrue();
      assertThat(zero.remark()).contains("zero everywhere");
      // A black image has no values to explain by.
      Explanation black =
          explainer.explain(Image.black(8, 8), new ExplanationMethod.SmoothGrad(2, 0.1, 0), BEST);
      assertThat(black.map().values()).hasSize(64);
    }
  }

  @Test
  void grayAndOneClassNetworksAndInputsThatAreNoSquaresAreExplained() {
    Path gray = linear(1, Shape.of(1, 6, 10), new float[] {2}, new float[] {1});
    byte[] rgb = new byte[3 * 60];
    new Random(3).nextBytes(rgb);
    try (Explainer explainer = Explainer.open(gray)) {
      for (String name : ExplanationMethod.NAMES) {
        Explanation e = explainer.explain(new Image(10, 6, rgb), explainer.method(name), BEST);
        assertThat(e.map().height()).isEqualTo(6);
        assertThat(e.map().width()).isEqualTo(10);
        assertThat(e.prediction().best().probability()).isEqualTo(1);
        e.channels().ifPresent(c -> assertThat(c.channels()).isEqualTo(1));
      }
      ExplanationCheck check =
          explainer.check(new Image(10, 6, rgb), GRAD_CAM, BEST, new CheckOptions(2, 2, 2, 0));
      assertThat(check.deletion().area()).isEqualTo(1);
    }
  }

  @Test
  void classesAndMethodsAndLayersThatAreNotThereAreNamed() {
    Path model = model(resnet(), 3);
    try (Explainer explainer = Explainer.open(model)) {
      assertThatThrownBy(() -> explainer.target("tabby")).hasMessageContaining("'tabby'");
      assertThatThrownBy(() -> explainer.target("class1", "class1"))
          .hasMessageContaining("two classes");
      assertThatThrownBy(() -> explainer.method("lime"))
          .hasMessageContaining("'lime'")
          .hasMessageContaining("smooth-grad");
      assertThatThrownBy(
              () -> explainer.explain(noise(1), GRAD_CAM, new ExplanationTarget.OfClass(10)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("there is no class 10; the model has 10 classes");
    }
    assertThatThrownBy(() -> Explainer.open(model, ExplainerOptions.standard().layer("layer9")))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("layer3.2.relu2 64x8x8");
    ExplainerOptions second = ExplainerOptions.standard().layer("layer2.0.relu2");
    try (Explainer explainer = Explainer.open(model, second)) {
      Explanation e = explainer.explain(noise(1), GRAD_CAM, BEST);
      assertThat(e.layer()).isEqualTo("layer2.0.relu2");
      assertThat(e.raw().orElseThrow().height()).isEqualTo(16);
    }
    assertThatThrownBy(() -> new ExplanationMethod.Occlusion(2, 3)).hasMessageContaining("stride");
    assertThatThrownBy(() -> new ExplanationMethod.IntegratedGradients(0))
        .hasMessageContaining("at least 1");
    assertThatThrownBy(() -> new ExplanationMethod.SmoothGrad(1, Double.NaN, 0))
        .hasMessageContaining("NaN");
  }

  @Test
  void boxesOfFilesAreComparedInPixelsOfThePicture() throws IOException {
    // A network for red, and a picture of which its input shows the middle.
    Path model =
        linear(2, Shape.of(3, 16, 16), new float[] {40, 0, 0, 0, 0, 0}, new float[] {-1, 0});
    Image picture = Image.black(96, 64);
    for (int y = 16; y < 48; y++) {
      for (int x = 40; x < 72; x++) {
        picture.rgb()[3 * (y * 96 + x)] = (byte) 255;
      }
    }
    Files.write(folder.resolve("red.png"), png(picture));
    Path csv = Files.writeString(folder.resolve("boxes.csv"), "red.png,40,16,72,48,class0\n");
    try (Explainer explainer = Explainer.open(model)) {
      LocalizationResult result =
          explainer.localize(
              List.of(folder.resolve("red.png")),
              BoxAnnotations.read(csv),
              new ExplanationMethod.HiResCam(),
              0.5,
              new ExplanationListener() {});
      // The input has a quarter of the picture's size.
      assertThat(result.images().get(0).iou()).isCloseTo(1, within(0.13));
      assertThat(result.error(1)).hasValue(0);
    }
  }

  @Test
  void weightsThatOverflowAreNamedWithTheImage() {
    Path model =
        linear(
            2,
            Shape.of(3, 8, 8),
            new float[] {Float.MAX_VALUE, Float.MAX_VALUE, 0, 0, 0, 0},
            new float[] {0, 0});
    byte[] rgb = new byte[3 * 64];
    Arrays.fill(rgb, (byte) 255);
    try (Explainer explainer = Explainer.open(model)) {
      assertThatThrownBy(() -> explainer.explain(List.of(new Image(8, 8, rgb)), GRAD_CAM, BEST))
          .hasMessageContaining("#0")
          .hasMessageContaining("Infinity for class 'class0'");
    }
  }

  @Test
  void aClosedExplainerSaysSo() {
    Explainer explainer = Explainer.open(model(resnet(), 3));
    explainer.close();
    explainer.close();
    assertThatThrownBy(() -> explainer.explain(noise(1), GRAD_CAM, BEST))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
