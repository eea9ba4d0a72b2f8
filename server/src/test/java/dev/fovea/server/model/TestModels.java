package dev.fovea.server.model;

import dev.fovea.Classifier;
import dev.fovea.ClassifierOptions;
import dev.fovea.InferenceRequest;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Small models that tests write, and images for them. */
public final class TestModels {
  public static final int SIDE = 16;

  private static final Backend ENGINE = new OneDnnBackend();

  private TestModels() {}

  public static ClassifierOptions options() {
    return ClassifierOptions.standard().precision(Precision.F32).batch(4);
  }

  static ServingOptions serving() {
    return ServingOptions.standard().with(options()).withQueue(5000);
  }

  /** Writes a model whose weights follow from a seed. */
  public static Path write(Path file, int seed, int classes) {
    return write(file, seed, classes, Float.NaN, false);
  }

  /** Writes a model whose weights are all this value. */
  static Path writeConstant(Path file, float weight) {
    return write(file, 1, 4, weight, true);
  }

  private static Path write(Path file, int seed, int classes, float weight, boolean constant) {
    GraphBuilder g = new GraphBuilder("tiny");
    Node x = g.input(Shape.of(3, SIDE, SIDE));
    x = g.relu("relu1", g.conv("conv1", x, Op.Conv2d.of(8, Window.square(3))));
    x = g.relu("relu2", g.conv("conv2", x, Op.Conv2d.of(16, Window.square(3))));
    x = g.flatten("flatten", g.globalAvgPool("pool", x));
    Graph graph = g.build(g.linear("fc", x, classes));
    try (ParameterSet weights = ENGINE.parameters(graph)) {
      Random random = new Random(seed);
      for (ParamSpec p : graph.params()) {
        float[] values = p.initialValues(seed);
        for (int i = 0; i < values.length; i++) {
          values[i] = constant ? weight : values[i] + 0.2f * (float) random.nextGaussian();
        }
        weights.write(p.name(), values);
      }
      ModelFile.write(
          file,
          new ModelCard(
              Models.spec(graph),
              graph.inputShape(),
              IntStream.range(0, classes).mapToObj(i -> "class" + i).toList(),
              Preprocessing.nativeSize(SIDE, SIDE, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2)),
              "{}",
              Map.of("top1", 0.5),
              new ModelCard.Origin("", "")),
          weights);
    }
    return file;
  }

  /** Replaces a file in one step, as whoever brings a new model should. */
  static void replace(Path file, byte[] content) throws IOException {
    Path aside = file.resolveSibling("aside");
    Files.write(aside, content);
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A PNG of noise. */
  static byte[] png(int seed) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(seed);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.setRGB(i % SIDE, i / SIDE, random.nextInt());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  static List<InferenceRequest> requests(int count) {
    List<InferenceRequest> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[SIDE * SIDE * Image.CHANNELS];
      new Random(i).nextBytes(rgb);
      all.add(InferenceRequest.ofPicture(new Image(SIDE, SIDE, rgb)));
    }
    return all;
  }

  /** The logits of each request, asked one after the other of a classifier alone. */
  static List<float[]> answers(Path model, List<InferenceRequest> requests) {
    try (Classifier classifier = Classifier.open(model, options())) {
      return requests.stream().map(r -> classifier.infer(r).join().logits()).toList();
    }
  }
}
