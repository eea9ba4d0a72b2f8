package dev.fovea.spark;

import dev.fovea.Classifier;
import dev.fovea.ClassifierOptions;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Models and images to score. */
public final class Fixtures {
  static final int SIDE = 32;

  private static final float LAST_LAYER = 2e-5f;

  private Fixtures() {}

  /** Writes a model with ten classes, {@code class0} and so on, and weights by this seed. */
  public static Path model(Path folder, String network, int seed) {
    return model(folder, Models.graph(network, 10, Shape.of(3, SIDE, SIDE)), seed);
  }

  public static Path model(Path folder, Graph graph, int seed) {
    Path path = folder.resolve(graph.title().replaceAll("\\W", "_") + seed + ".safetensors");
    try (ParameterSet weights = new OneDnnBackend().parameters(graph)) {
      Random random = new Random(seed);
      for (ParamSpec p : graph.params()) {
        float[] values = p.initialValues(seed);
        for (int i = 0; i < values.length; i++) {
          values[i] += 0.01f * random.nextFloat();
          // Or the first probability would be 1 for any picture.
          values[i] *= p.shape().rank() == 2 ? LAST_LAYER : 1;
        }
        weights.write(p.name(), values);
      }
      ModelFile.write(
          path,
          new ModelCard(
              Models.spec(graph),
              graph.inputShape(),
              IntStream.range(0, graph.classes()).mapToObj(i -> "class" + i).toList(),
              Preprocessing.nativeSize(
                  graph.inputShape().dim(1),
                  graph.inputShape().dim(2),
                  List.of(0.5, 0.5, 0.5),
                  List.of(0.2, 0.2, 0.2)),
              "{}",
              Map.of(),
              new ModelCard.Origin("", "")),
          weights);
    }
    return path;
  }

  /** Images that are computed together, on which the last bits of answers depend. */
  public static final int BATCH = 8;

  /** Opens a model as a stage in {@code local[2]} with that batch and f32 does. */
  public static Classifier open(Path model) {
    return Classifier.open(
        model, ClassifierOptions.standard().threads(2).batch(BATCH).precision(Precision.F32));
  }

  /** Noise around a color of its own. */
  public static BufferedImage picture(int seed) {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(48, 40, BufferedImage.TYPE_INT_RGB);
    int[] base = {random.nextInt(192), random.nextInt(192), random.nextInt(192)};
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int rgb = 0;
        for (int b : base) {
          rgb = rgb << 8 | b + random.nextInt(64);
        }
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  public static byte[] file(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Writes pictures as {@code 00.png}, {@code 01.png} and so on. */
  public static Path photos(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      Files.write(folder.resolve(String.format("%02d.png", i)), file(picture(i), "png"));
    }
    return folder;
  }
}
