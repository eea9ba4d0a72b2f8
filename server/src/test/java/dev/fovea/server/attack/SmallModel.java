package dev.fovea.server.attack;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Model files that are quickly computed, and pictures for them. */
public final class SmallModel {
  /** Width and height of what the network reads. */
  public static final int SIDE = 32;

  private static final String NETWORK = "resnet20";

  private SmallModel() {}

  /** Writes a network with random weights, other ones for another seed. */
  public static Path write(Path file, List<String> classes, long seed) {
    Graph graph = Models.graph(NETWORK, classes.size(), Shape.of(3, SIDE, SIDE));
    try (ParameterSet weights = new OneDnnBackend().parameters(graph)) {
      for (ParamSpec spec : weights.specs()) {
        weights.write(spec.name(), spec.initialValues(seed));
      }
      ModelCard card =
          new ModelCard(
              Models.spec(graph),
              graph.inputShape(),
              classes,
              Preprocessing.nativeSize(
                  SIDE, SIDE, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
              "{}",
              Map.of(),
              new ModelCard.Origin("", ""));
      ModelFile.write(file, card, weights);
    }
    return file;
  }

  /** A JPEG file of blotches, another one for another number. */
  public static byte[] picture(int number) {
    return picture(number, SIDE + 4);
  }

  /** The same of another size. */
  static byte[] picture(int number, int side) {
    SplittableRandom random = new SplittableRandom(number);
    int cells = 5;
    int[] colors = random.ints(3L * cells * cells, 0, 256).toArray();
    byte[] rgb = new byte[3 * side * side];
    for (int i = 0; i < rgb.length; i++) {
      int pixel = i / 3;
      int cell = pixel / side * cells / side * cells + pixel % side * cells / side;
      rgb[i] = Image.clip(colors[3 * cell + i % 3] + random.nextInt(-9, 10));
    }
    return new JpegEncoder(92, ChromaSampling.parse("4:4:4")).encode(new Image(side, side, rgb));
  }
}
