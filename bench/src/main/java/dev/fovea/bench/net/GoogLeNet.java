package dev.fovea.bench.net;

import java.util.ArrayList;
import java.util.List;

/**
 * GoogLeNet as in torchvision: batch norm after every convolution, 3x3 in the third branch,
 * auxiliary heads in training.
 */
record GoogLeNet() implements Network.Body {
  private static final double EPSILON = 1e-3;
  private static final Window POOL = Window.square(3, 2, 0);

  @Override
  public <V> List<V> run(Layers<V> layers, V input, int classes) {
    V x = layers.convNormRelu(input, 64, Window.square(7, 2, 3), EPSILON);
    x = pool(layers, x, POOL);
    x = replace(layers, x, layers.convNormRelu(x, 64, Window.point(), EPSILON));
    x = replace(layers, x, layers.convNormRelu(x, 192, Window.same(3, 3), EPSILON));
    x = pool(layers, x, POOL);
    x = module(layers, x, 64, 96, 128, 16, 32, 32);
    x = module(layers, x, 128, 128, 192, 32, 96, 64);
    x = pool(layers, x, POOL);
    x = module(layers, x, 192, 96, 208, 16, 48, 64);
    List<V> outputs = new ArrayList<>();
    if (layers.training()) {
      outputs.add(aux(layers, x, classes));
    }
    x = module(layers, x, 160, 112, 224, 24, 64, 64);
    x = module(layers, x, 128, 128, 256, 24, 64, 64);
    x = module(layers, x, 112, 144, 288, 32, 64, 64);
    if (layers.training()) {
      outputs.add(aux(layers, x, classes));
    }
    x = module(layers, x, 256, 160, 320, 32, 128, 128);
    x = pool(layers, x, Window.square(2, 2, 0));
    x = module(layers, x, 256, 160, 320, 32, 128, 128);
    x = module(layers, x, 384, 192, 384, 48, 128, 128);
    x = replace(layers, x, layers.adaptiveAveragePool(x, 1));
    x = layers.dropout(x, 0.2);
    outputs.add(0, replace(layers, x, layers.linear(x, classes)));
    return outputs;
  }

  /**
   * Widths in the order of the paper's table: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool
   * projection.
   */
  private static <V> V module(Layers<V> layers, V x, int... widths) {
    V first = layers.convNormRelu(x, widths[0], Window.point(), EPSILON);
    V second = reduce(layers, x, widths[1], widths[2]);
    V third = reduce(layers, x, widths[3], widths[4]);
    V pool = layers.maxPool(x, Window.same(3, 3), true);
    layers.free(x);
    V fourth = replace(layers, pool, layers.convNormRelu(pool, widths[5], Window.point(), EPSILON));
    V joined = layers.concat(List.of(first, second, third, fourth));
    List.of(first, second, third, fourth).forEach(layers::free);
    return joined;
  }

  private static <V> V reduce(Layers<V> layers, V x, int reduce, int width) {
    V reduced = layers.convNormRelu(x, reduce, Window.point(), EPSILON);
    return replace(
        layers, reduced, layers.convNormRelu(reduced, width, Window.same(3, 3), EPSILON));
  }

  private static <V> V aux(Layers<V> layers, V input, int classes) {
    V x = layers.adaptiveAveragePool(input, 4);
    x = replace(layers, x, layers.convNormRelu(x, 128, Window.point(), EPSILON));
    x = replace(layers, x, layers.relu(layers.linear(x, 1024)));
    x = layers.dropout(x, 0.7);
    return replace(layers, x, layers.linear(x, classes));
  }

  private static <V> V pool(Layers<V> layers, V x, Window window) {
    return replace(layers, x, layers.maxPool(x, window, true));
  }

  private static <V> V replace(Layers<V> layers, V old, V next) {
    layers.free(old);
    return next;
  }
}
