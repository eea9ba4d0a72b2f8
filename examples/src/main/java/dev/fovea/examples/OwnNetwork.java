package dev.fovea.examples;

import dev.fovea.Classifier;
import dev.fovea.Training;
import dev.fovea.TrainingResult;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;

/** Trains a network of one's own and uses it like any other: {@code OwnNetwork PHOTOS FOLDER}. */
public final class OwnNetwork {
  private OwnNetwork() {}

  private static Graph network() {
    GraphBuilder g = new GraphBuilder("two_layers");
    Node x = g.input(Shape.of(3, 32, 32));
    x = g.relu("relu1", g.conv("conv1", x, Op.Conv2d.of(16, Window.square(3).pad(1))));
    x = g.maxPool("pool1", x, Window.square(2).stride(2), false);
    x = g.relu("relu2", g.conv("conv2", x, Op.Conv2d.of(32, Window.square(3).pad(1))));
    x = g.flatten("flatten", g.globalAvgPool("mean", x));
    return g.build(g.linear("fc", x, 10));
  }

  /** Runs the program. */
  public static void main(String[] args) {
    TrainingResult result =
        Training.on(Path.of(args[0])).network(network()).epochs(2).folder(Path.of(args[1])).run();
    try (Classifier classifier = Classifier.open(result.model())) {
      System.out.println(classifier.network() + " knows " + classifier.classes());
    }
  }
}
