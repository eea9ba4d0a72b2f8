package dev.fovea.bench.net;

import java.util.List;

/**
 * A network of the benchmark: its name, the side of its square input, its classes, and its layers.
 *
 * @param parameters learnable values in training (auxiliary heads included), the published count
 * @param auxWeight weight of the auxiliary heads' losses; 0 where there are none
 */
public record Network(
    String name, int input, int classes, long parameters, double auxWeight, Body body) {

  /**
   * The layers as code: takes (and may free) the input, returns the logits, then those of the
   * auxiliary heads.
   */
  public interface Body {
    <V> List<V> run(Layers<V> layers, V input, int classes);
  }

  /**
   * Runs the layers; outputs are the logits (N, classes), and while training those of the auxiliary
   * heads.
   */
  public <V> List<V> run(Layers<V> layers, V image) {
    return body.run(layers, image, classes);
  }
}
