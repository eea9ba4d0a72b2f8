package dev.fovea.bench.net;

import java.util.ArrayList;
import java.util.List;

/**
 * BN-Inception (arXiv 1502.03167, figure 5) with the plain 7x7 stem and 128 projections,
 * convolutions without bias.
 */
record BnInception() implements Network.Body {
  private static final double EPSILON = 1e-5;
  private static final Window POOL = Window.square(3, 2, 0);

  @Override
  public <V> List<V> run(Layers<V> layers, V input, int classes) {
    V x = layers.convNormRelu(input, 64, Window.square(7, 2, 3), EPSILON);
    x = replace(layers, x, layers.maxPool(x, POOL, true));
    x = replace(layers, x, layers.convNormRelu(x, 64, Window.point(), EPSILON));
    x = replace(layers, x, layers.convNormRelu(x, 192, Window.same(3, 3), EPSILON));
    x = replace(layers, x, layers.maxPool(x, POOL, true));
    x = module(layers, x, false, 64, 64, 64, 64, 96, 32);
    x = module(layers, x, false, 64, 64, 96, 64, 96, 64);
    x = reduction(layers, x, 128, 160, 64, 96);
    x = module(layers, x, false, 224, 64, 96, 96, 128, 128);
    x = module(layers, x, false, 192, 96, 128, 96, 128, 128);
    x = module(layers, x, false, 160, 128, 160, 128, 160, 128);
    x = module(layers, x, false, 96, 128, 192, 160, 192, 128);
    x = reduction(layers, x, 128, 192, 192, 256);
    x = module(layers, x, false, 352, 192, 320, 160, 224, 128);
    x = module(layers, x, true, 352, 192, 320, 192, 224, 128);
    x = replace(layers, x, layers.adaptiveAveragePool(x, 1));
    return List.of(replace(layers, x, layers.linear(x, classes)));
  }

  /**
   * Widths in the order of the paper's table: 1x1, 3x3 reduce, 3x3, double 3x3 reduce, double 3x3,
   * projection.
   */
  private static <V> V module(Layers<V> layers, V x, boolean maximum, int... widths) {
    List<V> parts = new ArrayList<>();
    parts.add(layers.convNormRelu(x, widths[0], Window.point(), EPSILON));
    parts.add(chain(layers, x, 1, widths[1], widths[2]));
    parts.add(chain(layers, x, 1, widths[3], widths[4], widths[4]));
    V pool =
        maximum
            ? layers.maxPool(x, Window.same(3, 3), false)
            : layers.averagePool(x, Window.same(3, 3));
    layers.free(x);
    parts.add(replace(layers, pool, layers.convNormRelu(pool, widths[5], Window.point(), EPSILON)));
    return join(layers, parts);
  }

  private static <V> V reduction(Layers<V> layers, V x, int... widths) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, 2, widths[0], widths[1]));
    parts.add(chain(layers, x, 2, widths[2], widths[3], widths[3]));
    parts.add(layers.maxPool(x, POOL, true));
    layers.free(x);
    return join(layers, parts);
  }

  /** A 1x1 convolution followed by 3x3 convolutions, the last of them with the given stride. */
  private static <V> V chain(Layers<V> layers, V input, int stride, int... widths) {
    V x = layers.convNormRelu(input, widths[0], Window.point(), EPSILON);
    for (int i = 1; i < widths.length; i++) {
      Window window = Window.square(3, i == widths.length - 1 ? stride : 1, 1);
      x = replace(layers, x, layers.convNormRelu(x, widths[i], window, EPSILON));
    }
    return x;
  }

  private static <V> V join(Layers<V> layers, List<V> parts) {
    V joined = layers.concat(parts);
    parts.forEach(layers::free);
    return joined;
  }

  private static <V> V replace(Layers<V> layers, V old, V next) {
    layers.free(old);
    return next;
  }
}
