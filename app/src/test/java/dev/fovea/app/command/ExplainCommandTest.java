package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code explain} writes pages, overlays and maps, or says why it does not. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder, each test its model.
class ExplainCommandTest {
  private static final Shape INPUT = Shape.of(3, 32, 32);
  private static final List<String> CLASSES = List.of("tench", "tabby, tabby cat", "<b>evil</b>");

  @TempDir private Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void write() {
    model = folder.resolve("model.safetensors");
    out = folder.resolve("out");
    write(model, 3, CLASSES, 0);
  }

  /**
   * A ResNet-20 with random weights.
   *
   * @param bend what is added to the weights of the first class's logit
   */
  private static void write(Path file, long seed, List<String> classes, float bend) {
    write(
        file,
        seed,
        classes,
        bend,
        Preprocessing.nativeSize(32, 32, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD));
  }

  private static void write(
      Path file, long seed, List<String> classes, float bend, Preprocessing preprocessing) {
    Graph graph = Models.graph("resnet20", classes.size(), INPUT);
    OneDnnBackend backend = new OneDnnBackend();
    try (ParameterSet weights = backend.parameters(graph)) {
      for (ParamSpec p : graph.params()) {
        float[] values = p.initialValues(seed);
        if (p.name().equals("linear.weight")) {
          for (int i = 0; i < values.length / classes.size(); i++) {
            values[i] += bend;
          }
        }
        weights.write(p.name(), values);
      }
      ModelCard card =
          new ModelCard(
              "resnet20",
              INPUT,
              classes,
              preprocessing,
              "{}",
              Map.of(),
              new ModelCard.Origin("", ""));
      ModelFile.write(file, card, weights);
    }
  }

  private Path image(String name, int side, long seed) throws IOException {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    for (int i = 0; i < side * side; i++) {
      image.setRGB(i % side, i / side, random.nextInt(1 << 24));
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private CommandLineRun explain(Object... more) {
    List<String> args = new ArrayList<>(List.of("explain"));
    Stream.of(more).map(Object::toString).forEach(args::add);
    args.add("--out=" + out);
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void everyMethodLeavesOverlayMapsAndALineAndAPage() throws IOException {
    Path image = image("cat.png", 40, 1);
    CommandLineRun run =
        explain(model, image, "--method=all", "--steps=4", "--samples=2", "--window=16").succeeds();
    assertThat(run.out().lines().filter(l -> !l.startsWith("  ")))
        .hasSize(5)
        .allMatch(l -> l.startsWith(image + ": "));
    assertThat(run.out()).contains(": grad-cam, ", ", layer ", "completeness error");
    assertThat(run.err()).contains("resnet20", "page    " + out.resolve("index.html"));
    assertThat(names(out))
        .contains(
            "cat.png",
            "cat.grad-cam.png",
            "cat.grad-cam.npy",
            "cat.grad-cam.layer.npy",
            "cat.hires-cam.layer.npy",
            "cat.integrated-gradients.channels.npy",
            "cat.occlusion.png",
            "cat.smooth-grad.npy",
            "index.html",
            "explanations.jsonl");
    assertThat(out.resolve("index.html"))
        .content()
        .contains("Grad-CAM", "window 16, stride 8", "4 steps", "2 samples", "./cat.grad-cam.npy");
    BufferedImage overlay = ImageIO.read(out.resolve("cat.grad-cam.png").toFile());
    assertThat(overlay.getWidth()).isEqualTo(256);
    BufferedImage seen = ImageIO.read(out.resolve("cat.png").toFile());
    assertThat(seen.getWidth()).isEqualTo(32);
  }

  @Test
  void mapsAreFilesOfNumPyInTheSizeOfTheInput() throws IOException {
    JsonValue result = explain(model, image("a.png", 32, 1), "--json").succeeds().json().get(0);
    byte[] file = Files.readAllBytes(Path.of(result.get("map").text()));
    assertThat(Arrays.copyOf(file, 8))
        .isEqualTo(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    ByteBuffer little = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = little.getShort(8);
    assertThat((10 + length) % 64).isZero();
    assertThat(new String(file, 10, length, StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (32, 32), }")
        .endsWith("\n");
    assertThat(file).hasSize(10 + length + 4 * 32 * 32);
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < 32 * 32; i++) {
      float v = little.getFloat(10 + length + 4 * i);
      min = Math.min(min, v);
      max = Math.max(max, v);
    }
    assertThat((float) result.get("min").number()).isEqualTo(min);
    assertThat((float) result.get("max").number()).isEqualTo(max);
    byte[] layer = Files.readAllBytes(Path.of(result.get("layer_map").text()));
    assertThat(new String(layer, 10, 80, StandardCharsets.US_ASCII)).contains("'shape': (8, 8)");
  }

  @Test
  void jsonHoldsTheFiguresAndTheFolderKeepsThem() throws IOException {
    Path image = image("a.png", 32, 1);
    List<JsonValue> all =
        explain(model, image, "--json", "--method=grad-cam,integrated-gradients", "--class=Tench")
            .succeeds()
            .json();
    assertThat(all).hasSize(2);
    JsonValue cam = all.get(0);
    assertThat(cam.get("file").text()).isEqualTo(image.toString());
    assertThat(cam.get("method").text()).isEqualTo("grad-cam");
    assertThat(cam.get("class").text()).isEqualTo("tench");
    assertThat(cam.get("index").number()).isZero();
    assertThat(cam.get("height").number()).isEqualTo(32);
    assertThat(cam.get("layer").text()).isNotEmpty();
    assertThat(cam.get("all_negative").value()).isInstanceOf(Boolean.class);
    assertThat(cam.get("predictions").list()).hasSize(3);
    assertThat(all.get(1).get("completeness_error").number()).isNotNaN();
    assertThat(all.get(1).get("channels").text()).endsWith(".channels.npy");
    assertThat(Files.readAllLines(out.resolve("explanations.jsonl"))).hasSize(2);
  }

  @Test
  void theDifferenceOfTwoClassesIsTheDifferenceOfTheirMaps() throws IOException {
    Path image = image("a.png", 32, 1);
    String[] scores = {"--class=0", "--class=1", "--class=0 --versus=1", "--versus=1"};
    List<JsonValue> found = new ArrayList<>();
    for (String s : scores) {
      out = folder.resolve("out-" + found.size());
      List<Object> args = new ArrayList<>(List.of(model, image, "--json", "--method=hires-cam"));
      args.addAll(List.of(s.split(" ")));
      found.add(explain(args.toArray()).succeeds().json().get(0));
    }
    double first = found.get(0).get("score").number();
    double second = found.get(1).get("score").number();
    assertThat(found.get(2).get("score").number())
        .isCloseTo(first - second, org.assertj.core.data.Offset.offset(1e-4));
    assertThat(found.get(2).get("versus").get("class").text()).isEqualTo("tabby, tabby cat");
    assertThat(found.get(3).get("versus").get("index").number()).isEqualTo(1);
    assertThat(found.get(3).get("index").number()).isNotEqualTo(1);
  }

  @Test
  void aMapThatIsNegativeEverywhereIsSaidInWords() throws IOException {
    write(model, 3, CLASSES, -100);
    CommandLineRun run = explain(model, image("a.png", 32, 1), "--class=tench").succeeds();
    assertThat(run.out()).contains("Every value of the map is negative");
    assertThat(out.resolve("index.html"))
        .content()
        .contains("class=\"remark\">Every value of the map is negative");
    BufferedImage overlay = ImageIO.read(out.resolve("a.grad-cam.png").toFile());
    int center = overlay.getRGB(128, 128);
    assertThat(center & 255).isGreaterThan(center >> 16 & 255);
  }

  @Test
  void badImagesAreNamedAndTheOthersExplained() throws IOException {
    image("many/a.png", 32, 1);
    image("many/c.png", 32, 2);
    Files.writeString(folder.resolve("many/b.png"), "no picture");
    byte[] whole = Files.readAllBytes(image("many/d.png", 64, 3));
    Files.write(folder.resolve("many/d.png"), Arrays.copyOf(whole, whole.length / 2));
    CommandLineRun run = explain(model, folder.resolve("many"), "--json");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("error:", "b.png", "d.png").doesNotContain("Exception");
    List<JsonValue> all = run.json();
    assertThat(all).hasSize(4);
    assertThat(
            all.stream()
                .filter(j -> j.value() instanceof Map<?, ?> row && row.containsKey("error")))
        .hasSize(2);
    assertThat(out.resolve("index.html"))
        .content()
        .contains("many/a.png", "many/c.png", "unreadable images");
  }

  @Test
  void ifNothingCanBeReadNothingIsLeft() throws IOException {
    Path bad = Files.writeString(folder.resolve("b.png"), "no picture");
    CommandLineRun run = explain(model, bad);
    assertThat(run.code()).isEqualTo(1);
    assertThat(out).doesNotExist();
  }

  @Test
  void namesOfStrangersAreHarmlessOnThePage() throws IOException {
    Path zip = folder.resolve("x.zip");
    byte[] png = Files.readAllBytes(image("a.png", 32, 1));
    try (ZipOutputStream z = new ZipOutputStream(Files.newOutputStream(zip))) {
      z.putNextEntry(new ZipEntry("<img src=x onerror=alert(1)>\" & '.png"));
      z.write(png);
      z.closeEntry();
    }
    explain(model, zip, "--class=2").succeeds();
    assertThat(out.resolve("index.html"))
        .content()
        .contains("&lt;img src=x onerror=alert(1)&gt;&quot; &amp; &#39;.png")
        .contains("&lt;b&gt;evil&lt;/b&gt;")
        .doesNotContain("<img src=x", "<b>evil");
    assertThat(names(out)).contains("_img_src_x_onerror_alert_1_______.png");
  }

  @Test
  void severalModelsAreAnEnsembleAndModelsComeFirst() throws IOException {
    Path second = folder.resolve("second.safetensors");
    write(second, 4, CLASSES, 0);
    Path image = image("a.png", 32, 1);
    double[] scores = new double[3];
    Path[][] models = {{model}, {second}, {model, second}};
    for (int i = 0; i < scores.length; i++) {
      out = folder.resolve("out-" + i);
      List<Object> args = new ArrayList<>(List.of(models[i]));
      args.addAll(List.of(image, "--json", "--class=0"));
      scores[i] = explain(args.toArray()).succeeds().json().get(0).get("score").number();
    }
    assertThat(scores[2])
        .isCloseTo((scores[0] + scores[1]) / 2, org.assertj.core.data.Offset.offset(1e-4));
    explain(model, image, second)
        .failsWith(2, "is a model among the images; name all models before the images");
    explain(model, second).failsWith(2, "all arguments are models");
    Path other = folder.resolve("other.safetensors");
    write(other, 4, List.of("a", "b"), 0);
    explain(model, other, image).failsWith(1, "different classes");
  }

  @Test
  void checksHaveFiguresAndCurves() throws IOException {
    JsonValue result =
        explain(model, image("a.png", 32, 1), "--check", "--json").succeeds().json().get(0);
    for (String key : List.of("deletion", "random_deletion", "insertion", "random_insertion")) {
      assertThat(result.get(key).number()).as(key).isBetween(0.0, 1.0);
    }
    assertThat(result.get("rank_correlation").at(0).number()).isEqualTo(1);
    assertThat(result.get("random_layers").list()).hasSize(7);
    assertThat(result.get("random_layers").at(0).number()).isZero();
    assertThat(result.get("random_layers").at(6).number()).isEqualTo(100);
    assertThat(out.resolve("index.html"))
        .content()
        .contains("Deletion: lower is better", "Randomization", "random maps")
        .doesNotContain("NaN");
  }

  /** Ctrl-C in a process of its own, as soon as one image is explained. */
  @Test
  void aSignalEndsItAndWhatIsFinishedIsKept() throws Exception {
    for (int i = 0; i < 5; i++) {
      image("many/i" + i + ".png", 32, i);
    }
    Path errors = folder.resolve("errors.txt");
    // A test that runs in the background of a script inherits an ignored SIGINT.
    Process explaining =
        new ProcessBuilder(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.fovea.app.Main",
                "explain",
                model.toString(),
                folder.resolve("many").toString(),
                "--method=smooth-grad",
                "--samples=2000",
                "--out=" + out)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile())
            .start();
    try {
      while (explaining.isAlive() && !Files.exists(out.resolve("i0.smooth-grad.npy"))) {
        Thread.sleep(5);
      }
      new ProcessBuilder("kill", "-INT", String.valueOf(explaining.pid())).start().waitFor();
      assertThat(explaining.waitFor(60, TimeUnit.SECONDS)).as("ended by SIGINT").isTrue();
      assertThat(explaining.exitValue()).as(Files.readString(errors)).isEqualTo(130);
    } finally {
      explaining.destroyForcibly();
    }
    assertThat(errors)
        .content()
        .containsPattern("interrupted; [1-4] images? (was|were) not explained")
        .contains("page    " + out.resolve("index.html"));
    List<String> lines = Files.readAllLines(out.resolve("explanations.jsonl"));
    assertThat(lines).hasSizeBetween(1, 4);
    assertThat(out.resolve("index.html")).content().contains("i0.png").endsWith("</html>\n");
  }

  @Test
  void boxesAreMeasuredAndDrawn() throws IOException {
    Path a = image("a.png", 64, 1);
    Path b = image("b.png", 64, 2);
    Path boxes =
        Files.writeString(
            folder.resolve("boxes.csv"),
            "image,left,top,right,bottom,label\na.png,0,0,64,64,tench\n");
    List<JsonValue> all = explain(model, a, b, "--boxes=" + boxes, "--json").succeeds().json();
    assertThat(all).hasSize(3);
    assertThat(all.get(0).get("class").text()).isEqualTo("tench");
    assertThat(all.get(0).get("iou").number()).isBetween(0.0, 1.0);
    assertThat(all.get(0).get("boxes").at(0).list()).isEqualTo(List.of(0.0, 0.0, 64.0, 64.0));
    JsonValue summary = all.get(2);
    assertThat(summary.get("summary").text()).isEqualTo("grad-cam");
    assertThat(summary.get("images_with_boxes").number()).isEqualTo(1);
    assertThat(summary.get("mean_iou").number()).isEqualTo(all.get(0).get("iou").number());
    assertThat(summary.get("top5_localization_error").number()).isIn(0.0, 1.0);
    BufferedImage overlay = ImageIO.read(out.resolve("a.grad-cam.png").toFile());
    assertThat(overlay.getRGB(0, 0) & 0xffffff).isIn(0xffffff, 0xffd43b);
    assertThat(out.resolve("index.html")).content().contains("Localization", "top-5 error");
    out = folder.resolve("beyond");
    Files.writeString(boxes, "a.png,0,0,64,640,\n");
    CommandLineRun run = explain(model, a, "--boxes=" + boxes).succeeds();
    assertThat(run.out()).contains("reaches beyond the picture", "64 x 64", "line 1");
    out = folder.resolve("voc");
    Path voc =
        Files.writeString(
            folder.resolve("a.xml"),
            "<annotation><filename>a</filename><object><name>tabby</name><bndbox><xmin>1</xmin>"
                + "<ymin>1</ymin><xmax>64</xmax><ymax>64</ymax></bndbox></object></annotation>");
    JsonValue first = explain(model, a, "--boxes=" + voc, "--json").succeeds().json().get(0);
    assertThat(first.get("class").text()).isEqualTo("tabby, tabby cat");
    assertThat(first.get("boxes").at(0).list()).isEqualTo(List.of(0.0, 0.0, 64.0, 64.0));
    assertThat(run.out()).contains("1 image with boxes");
    out = folder.resolve("again");
    Files.writeString(boxes, "image,left,top,right,bottom,label\na.png,0,0,64,64,tenhc\n");
    explain(model, a, "--boxes=" + boxes)
        .failsWith(2, "boxes.csv, line 2: the label is 'tenhc'", "Did you mean tench?");
    explain(model, b, "--boxes=" + boxes)
        .failsWith(1, "boxes.csv: holds no box of", "such as a.png", b.toString());
    assertThat(out).doesNotExist();
  }

  @Test
  void boxesAreInPixelsOfThePictureWhateverWasCroppedAndDecoded() throws IOException {
    Path cropping = folder.resolve("cropping.safetensors");
    Preprocessing native32 =
        Preprocessing.nativeSize(32, 32, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD);
    write(
        cropping,
        3,
        CLASSES,
        0,
        new Preprocessing(
            3,
            32,
            32,
            36,
            native32.interpolation(),
            native32.mean(),
            native32.std(),
            native32.order(),
            native32.range(),
            native32.decoding()));
    // A gradient, since noise would not survive the reduction to 54x36 pixels.
    BufferedImage large = new BufferedImage(1200, 800, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 1200 * 800; i++) {
      int x = i % 1200;
      int y = i / 1200;
      large.setRGB(x, y, x * 255 / 1200 << 16 | y * 255 / 800 << 8 | (x / 200 + y / 200) % 2 * 255);
    }
    Path jpeg = folder.resolve("large.jpg");
    ImageIO.write(large, "jpeg", jpeg.toFile());
    Path boxes = Files.writeString(folder.resolve("boxes.csv"), "large.jpg,0,0,1200,800\n");
    for (String decoding : List.of("fast", "exact")) {
      out = folder.resolve("first-" + decoding);
      JsonValue found =
          explain(cropping, jpeg, "--boxes=" + boxes, "--json", "--decode=" + decoding)
              .succeeds()
              .json()
              .get(0);
      double[] box = found.get("box").list().stream().mapToDouble(v -> (double) v).toArray();
      // The shorter side of 800 becomes 36 pixels, the other 54; 11 of these are cut off on the
      // left and 2 at the top.
      double[] inInput = {
        box[0] * 54 / 1200 - 11,
        box[1] * 36 / 800 - 2,
        box[2] * 54 / 1200 - 11,
        box[3] * 36 / 800 - 2
      };
      for (double edge : inInput) {
        assertThat(edge)
            .as(decoding + " " + Arrays.toString(box))
            .isBetween(-1e-9, 32 + 1e-9)
            .isCloseTo(Math.rint(edge), org.assertj.core.data.Offset.offset(1e-9));
      }
      double area = (box[2] - box[0]) * (box[3] - box[1]);
      assertThat(found.get("iou").number())
          .isCloseTo(area / (1200 * 800), org.assertj.core.data.Offset.offset(1e-9));
    }
  }

  @Test
  void mistakesAreToldBeforeAnythingIsDone() throws IOException {
    Path image = image("a.png", 32, 1);
    explain(model, image, "--method=gradcam").failsWith(2, "--method", "Did you mean grad-cam?");
    explain(model, image, "--class=tenhc").failsWith(2, "--class is 'tenhc'", "tench?");
    explain(model, image, "--class=3").failsWith(2, "3 classes, 0 to 2");
    explain(model, image, "--class=1", "--versus=tabby").failsWith(2, "are the same class");
    explain(model, image, "--steps=4").failsWith(2, "--steps is a setting of integrated-gradients");
    explain(model, image, "--method=occlusion", "--window=4", "--stride=5")
        .failsWith(2, "--stride is 5; it must be at most --window (4)");
    explain(model, image, "--method=occlusion", "--stride=500").failsWith(2, "--stride is 500");
    explain(model, image, "--baseline=white").failsWith(2, "it must be mean or black");
    explain(model, image, "--top=0").failsWith(2, "--top is 0");
    explain(model, image, "--threads=-1").failsWith(2, "--threads is -1");
    explain(folder.resolve("none.safetensors"), image).failsWith(1, "no such model file");
    explain(model, image, "--layer=nonsense").failsWith(1, "nonsense");
    explain(model, image, "--boxes=" + folder.resolve("none.csv")).failsWith(1, "none.csv");
    assertThat(out).doesNotExist();
    Files.createDirectories(out);
    Files.writeString(out.resolve("mine"), "mine");
    CommandLineRun run = explain(model, image);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("is not empty; choose another name");
    assertThat(names(out)).containsExactly("mine");
  }
}
