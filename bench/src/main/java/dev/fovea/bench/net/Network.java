package dev.fovea.bench.net;

import java.util.List;

/**
 * A network of the benchmark: its name, the side of its square input, the number of classes, and
 * its layers.
 *
 * @param parameters the published number of learnable parameters in training, auxiliary heads
 *     included
 * @param auxWeight weight of the auxiliary losses; 0 if there are none
 */
public record Network(
    String name, int input, int classes, long parameters, double auxWeight, Body body) {

  /**
   * The layers as code: takes the input, which stays valid, and returns the logits, followed by
   * those of the auxiliary heads.
   */
  public interface Body {
    <V> List<V> run(Layers<V> layers, V input, int classes);
  }

  /**
   * Runs the layers; returns the logits, (N, classes), followed in training by those of the
   * auxiliary heads.
   */
  public <V> List<V> run(Layers<V> layers, V image) {
    return body.run(layers, image, classes);
  }
}
