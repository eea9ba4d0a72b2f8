package dev.fovea.bench.net;

import java.util.List;

/**
 * Residual networks: torchvision's for ImageNet, akamaster's for CIFAR, pre-activation and wide
 * ResNets.
 */
final class ResNets {
  private static final double EPSILON = 1e-5;

  private ResNets() {}

  /**
   * CIFAR ResNet of depth 6n + 2 with option A shortcuts (arXiv 1512.03385, section 4.2;
   * akamaster's code).
   */
  record Cifar(int n) implements Network.Body {
    @Override
    public <V> List<V> run(Layers<V> layers, V input, int classes) {
      V x = layers.convNormRelu(input, 16, Window.same(3, 3), EPSILON);
      for (int stage = 0; stage < 3; stage++) {
        for (int block = 0; block < n; block++) {
          x = block(layers, x, 16 << stage, stage > 0 && block == 0 ? 2 : 1);
        }
      }
      return List.of(head(layers, x, classes));
    }

    private static <V> V block(Layers<V> layers, V x, int width, int stride) {
      V first = layers.convNormRelu(x, width, Window.square(3, stride, 1), EPSILON);
      V out = layers.convNorm(first, width, Window.same(3, 3), EPSILON);
      layers.free(first);
      if (stride == 1) {
        return sum(layers, out, x);
      }
      V shortcut = layers.subsampleAndPad(x, stride, width / 4, width / 4);
      layers.free(x);
      return sum(layers, out, shortcut);
    }
  }

  /**
   * ResNet for 224x224 images as in torchvision: projection shortcuts where the shape changes,
   * stride in the 3x3 convolution.
   */
  record ImageNet(boolean bottleneck, List<Integer> blocks) implements Network.Body {
    @Override
    public <V> List<V> run(Layers<V> layers, V input, int classes) {
      V stem = layers.convNormRelu(input, 64, Window.square(7, 2, 3), EPSILON);
      V x = layers.maxPool(stem, Window.square(3, 2, 1), false);
      layers.free(stem);
      for (int stage = 0; stage < blocks.size(); stage++) {
        for (int block = 0; block < blocks.get(stage); block++) {
          x = block(layers, x, 64 << stage, stage > 0 && block == 0 ? 2 : 1);
        }
      }
      return List.of(head(layers, x, classes));
    }

    private <V> V block(Layers<V> layers, V x, int width, int stride) {
      int channels = bottleneck ? 4 * width : width;
      V out = bottleneck ? bottleneck(layers, x, width, stride) : basic(layers, x, width, stride);
      if (stride == 1 && layers.channels(x) == channels) {
        return sum(layers, out, x);
      }
      V shortcut = layers.convNorm(x, channels, Window.square(1, stride, 0), EPSILON);
      layers.free(x);
      return sum(layers, out, shortcut);
    }

    private static <V> V basic(Layers<V> layers, V x, int width, int stride) {
      V first = layers.convNormRelu(x, width, Window.square(3, stride, 1), EPSILON);
      V out = layers.convNorm(first, width, Window.same(3, 3), EPSILON);
      layers.free(first);
      return out;
    }

    private static <V> V bottleneck(Layers<V> layers, V x, int width, int stride) {
      V first = layers.convNormRelu(x, width, Window.point(), EPSILON);
      V second = layers.convNormRelu(first, width, Window.square(3, stride, 1), EPSILON);
      layers.free(first);
      V out = layers.convNorm(second, 4 * width, Window.point(), EPSILON);
      layers.free(second);
      return out;
    }
  }

  /**
   * Pre-activation bottleneck ResNet for CIFAR, depth 9n + 2, stride in the first 1x1 (arXiv
   * 1603.05027).
   */
  record PreActivation(int n) implements Network.Body {
    @Override
    public <V> List<V> run(Layers<V> layers, V input, int classes) {
      V x = layers.conv(input, 16, Window.same(3, 3), false);
      for (int stage = 0; stage < 3; stage++) {
        for (int block = 0; block < n; block++) {
          x = unit(layers, x, 16 << stage, stage > 0 && block == 0 ? 2 : 1);
        }
      }
      return List.of(preActivationHead(layers, x, classes));
    }

    private static <V> V unit(Layers<V> layers, V x, int width, int stride) {
      V active = layers.normRelu(x, EPSILON);
      V shortcut = x;
      if (layers.channels(x) != 4 * width) {
        layers.free(x);
        shortcut = layers.conv(active, 4 * width, Window.square(1, stride, 0), false);
      }
      V out = layers.convNormRelu(active, width, Window.square(1, stride, 0), EPSILON);
      layers.free(active);
      V middle = layers.convNormRelu(out, width, Window.same(3, 3), EPSILON);
      layers.free(out);
      V last = layers.conv(middle, 4 * width, Window.point(), false);
      layers.free(middle);
      V sum = layers.add(last, shortcut);
      layers.free(shortcut);
      return sum;
    }
  }

  /** Wide ResNet 6n + 4 deep and {@code k} times as wide, without dropout (arXiv 1605.07146). */
  record Wide(int n, int k) implements Network.Body {
    @Override
    public <V> List<V> run(Layers<V> layers, V input, int classes) {
      V x = layers.conv(input, 16, Window.same(3, 3), false);
      for (int stage = 0; stage < 3; stage++) {
        for (int block = 0; block < n; block++) {
          x = unit(layers, x, (16 * k) << stage, stage > 0 && block == 0 ? 2 : 1);
        }
      }
      return List.of(preActivationHead(layers, x, classes));
    }

    private static <V> V unit(Layers<V> layers, V x, int width, int stride) {
      V active = layers.normRelu(x, EPSILON);
      V shortcut = x;
      if (layers.channels(x) != width) {
        layers.free(x);
        shortcut = layers.conv(active, width, Window.square(1, stride, 0), false);
      }
      V out = layers.convNormRelu(active, width, Window.square(3, stride, 1), EPSILON);
      layers.free(active);
      V last = layers.conv(out, width, Window.same(3, 3), false);
      layers.free(out);
      V sum = layers.add(last, shortcut);
      layers.free(shortcut);
      return sum;
    }
  }

  private static <V> V sum(Layers<V> layers, V branch, V shortcut) {
    V sum = layers.relu(layers.add(branch, shortcut));
    layers.free(shortcut);
    return sum;
  }

  private static <V> V preActivationHead(Layers<V> layers, V x, int classes) {
    V active = layers.normRelu(x, EPSILON);
    layers.free(x);
    return head(layers, active, classes);
  }

  private static <V> V head(Layers<V> layers, V x, int classes) {
    V pooled = layers.adaptiveAveragePool(x, 1);
    layers.free(x);
    V logits = layers.linear(pooled, classes);
    layers.free(pooled);
    return logits;
  }
}
