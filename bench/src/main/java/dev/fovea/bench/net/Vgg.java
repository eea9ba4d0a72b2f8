package dev.fovea.bench.net;

import java.util.List;

/**
 * VGG without batch norm as in torchvision (arXiv 1409.1556): stages of 3x3 convolutions with bias,
 * then three linear layers.
 *
 * @param convolutions the number of convolutions of each stage
 */
record Vgg(List<Integer> convolutions) implements Network.Body {
  private static final double DROPOUT = 0.5;

  @Override
  public <V> List<V> run(Layers<V> layers, V input, int classes) {
    V x = layers.relu(layers.conv(input, 64, Window.same(3, 3), true));
    for (int stage = 0; stage < convolutions.size(); stage++) {
      int width = Math.min(512, 64 << stage);
      for (int i = stage == 0 ? 1 : 0; i < convolutions.get(stage); i++) {
        x = replace(layers, x, layers.relu(layers.conv(x, width, Window.same(3, 3), true)));
      }
      x = replace(layers, x, layers.maxPool(x, Window.square(2, 2, 0), false));
    }
    x = replace(layers, x, layers.adaptiveAveragePool(x, 7));
    for (int i = 0; i < 2; i++) {
      x = replace(layers, x, layers.relu(layers.linear(x, 4096)));
      x = layers.dropout(x, DROPOUT);
    }
    return List.of(replace(layers, x, layers.linear(x, classes)));
  }

  private static <V> V replace(Layers<V> layers, V old, V next) {
    layers.free(old);
    return next;
  }
}
