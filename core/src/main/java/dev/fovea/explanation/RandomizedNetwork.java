package dev.fovea.explanation;

import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.passes.InferenceMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A copy of a network whose last layers get random weights and, for the next image, the model's
 * again, so that its programs are compiled once. Used by one thread.
 */
final class RandomizedNetwork implements AutoCloseable {
  private final ExplainedModel.ChangeableNetwork copy;
  private final List<Node> layers;
  private int random;

  RandomizedNetwork(ExplainedModel model) {
    this.copy = model.weights().copy();
    this.layers =
        new ArrayList<>(
            InferenceMode.plain(model.network().graph()).nodes().stream()
                .filter(n -> !n.params().isEmpty())
                .toList());
    Collections.reverse(layers);
  }

  ScoredNetwork network() {
    return copy.network();
  }

  /** The number of layers with weights. */
  int layers() {
    return layers.size();
  }

  /** The number of layers that are random. */
  int random() {
    return random;
  }

  /** The name of the first layer that is random; there must be one. */
  String firstRandom() {
    return layers.get(random - 1).name();
  }

  /** Gives all layers the model's weights. */
  void restore() {
    for (; random > 0; random--) {
      for (ParamSpec p : layers.get(random - 1).params()) {
        copy.weights().write(p.name(), copy.original().read(p.name()));
      }
    }
  }

  /** Gives further layers random weights, until so many have some. */
  void randomize(int count, long seed) {
    for (; random < count; random++) {
      for (ParamSpec p : layers.get(random).params()) {
        copy.weights().write(p.name(), p.initialValues(seed));
      }
    }
  }

  @Override
  public void close() {
    copy.close();
  }
}
