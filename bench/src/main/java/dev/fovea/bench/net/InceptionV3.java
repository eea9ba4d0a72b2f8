package dev.fovea.bench.net;

import java.util.ArrayList;
import java.util.List;

/**
 * Inception-v3 as in torchvision (the released network of arXiv 1512.00567), with the auxiliary
 * head in training.
 */
record InceptionV3() implements Network.Body {
  private static final double EPSILON = 1e-3;
  private static final Window POOL = Window.square(3, 2, 0);

  /** One convolution of a chain. */
  private record Step(int width, Window window) {}

  @Override
  public <V> List<V> run(Layers<V> layers, V input, int classes) {
    V x = layers.convNormRelu(input, 32, Window.square(3, 2, 0), EPSILON);
    x = replace(layers, x, chain(layers, x, new Step(32, Window.square(3, 1, 0)), same(64, 3, 3)));
    x = replace(layers, x, layers.maxPool(x, POOL, false));
    x = replace(layers, x, chain(layers, x, same(80, 1, 1), new Step(192, Window.square(3, 1, 0))));
    x = replace(layers, x, layers.maxPool(x, POOL, false));
    for (int projection : new int[] {32, 64, 64}) {
      x = moduleA(layers, x, projection);
    }
    x = moduleB(layers, x);
    for (int width : new int[] {128, 160, 160, 192}) {
      x = moduleC(layers, x, width);
    }
    List<V> outputs = new ArrayList<>();
    if (layers.training()) {
      outputs.add(aux(layers, x, classes));
    }
    x = moduleD(layers, x);
    x = moduleE(layers, x);
    x = moduleE(layers, x);
    x = replace(layers, x, layers.adaptiveAveragePool(x, 1));
    x = layers.dropout(x, 0.5);
    outputs.add(0, replace(layers, x, layers.linear(x, classes)));
    return outputs;
  }

  private static <V> V moduleA(Layers<V> layers, V x, int projection) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, same(64, 1, 1)));
    parts.add(chain(layers, x, same(48, 1, 1), same(64, 5, 5)));
    parts.add(chain(layers, x, same(64, 1, 1), same(96, 3, 3), same(96, 3, 3)));
    parts.add(project(layers, x, projection));
    return join(layers, x, parts);
  }

  private static <V> V moduleB(Layers<V> layers, V x) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, new Step(384, POOL)));
    parts.add(chain(layers, x, same(64, 1, 1), same(96, 3, 3), new Step(96, POOL)));
    parts.add(layers.maxPool(x, POOL, false));
    return join(layers, x, parts);
  }

  private static <V> V moduleC(Layers<V> layers, V x, int width) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, same(192, 1, 1)));
    parts.add(chain(layers, x, same(width, 1, 1), same(width, 1, 7), same(192, 7, 1)));
    Step tall = same(width, 7, 1);
    parts.add(chain(layers, x, same(width, 1, 1), tall, same(width, 1, 7), tall, same(192, 1, 7)));
    parts.add(project(layers, x, 192));
    return join(layers, x, parts);
  }

  private static <V> V moduleD(Layers<V> layers, V x) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, same(192, 1, 1), new Step(320, POOL)));
    parts.add(
        chain(layers, x, same(192, 1, 1), same(192, 1, 7), same(192, 7, 1), new Step(192, POOL)));
    parts.add(layers.maxPool(x, POOL, false));
    return join(layers, x, parts);
  }

  private static <V> V moduleE(Layers<V> layers, V x) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, same(320, 1, 1)));
    parts.add(fork(layers, chain(layers, x, same(384, 1, 1))));
    parts.add(fork(layers, chain(layers, x, same(448, 1, 1), same(384, 3, 3))));
    parts.add(project(layers, x, 192));
    return join(layers, x, parts);
  }

  private static <V> V fork(Layers<V> layers, V x) {
    List<V> parts = new ArrayList<>();
    parts.add(chain(layers, x, same(384, 1, 3)));
    parts.add(chain(layers, x, same(384, 3, 1)));
    return join(layers, x, parts);
  }

  private static <V> V project(Layers<V> layers, V x, int width) {
    V pool = layers.averagePool(x, Window.same(3, 3));
    return replace(layers, pool, chain(layers, pool, same(width, 1, 1)));
  }

  private static <V> V aux(Layers<V> layers, V input, int classes) {
    V x = layers.averagePool(input, Window.square(5, 3, 0));
    x =
        replace(
            layers, x, chain(layers, x, same(128, 1, 1), new Step(768, Window.square(5, 1, 0))));
    x = replace(layers, x, layers.adaptiveAveragePool(x, 1));
    return replace(layers, x, layers.linear(x, classes));
  }

  private static <V> V chain(Layers<V> layers, V input, Step... steps) {
    V x = layers.convNormRelu(input, steps[0].width(), steps[0].window(), EPSILON);
    for (int i = 1; i < steps.length; i++) {
      x = replace(layers, x, layers.convNormRelu(x, steps[i].width(), steps[i].window(), EPSILON));
    }
    return x;
  }

  private static Step same(int width, int height, int across) {
    return new Step(width, Window.same(height, across));
  }

  private static <V> V join(Layers<V> layers, V x, List<V> parts) {
    layers.free(x);
    V joined = layers.concat(parts);
    parts.forEach(layers::free);
    return joined;
  }

  private static <V> V replace(Layers<V> layers, V old, V next) {
    layers.free(old);
    return next;
  }
}
