package dev.fovea.bench.net;

import java.util.List;

/**
 * Runs a network on shapes alone and counts parameters and multiply-adds, to verify that a peer is
 * the published network.
 */
public final class CountedLayers implements Layers<CountedLayers.Map> {

  /** The shape of an activation without the batch axis: (C, H, W). */
  public record Map(int channels, int height, int width) {}

  private final boolean training;
  private long parameters;
  private long multiplyAdds;

  /** Counts the network in training mode (auxiliary heads included) or in inference mode. */
  public CountedLayers(boolean training) {
    this.training = training;
  }

  /** The number of learnable parameters of all layers run so far. */
  public long parameters() {
    return parameters;
  }

  /** The multiply-adds for one image of all convolutions and linear layers run so far. */
  public long multiplyAdds() {
    return multiplyAdds;
  }

  @Override
  public boolean training() {
    return training;
  }

  @Override
  public Map conv(Map x, int channels, Window window, boolean bias) {
    long weights = (long) x.channels() * channels * window.height() * window.width();
    Map out = slide(x, channels, window, false);
    parameters += weights + (bias ? channels : 0);
    multiplyAdds += weights * out.height() * out.width();
    return out;
  }

  @Override
  public Map batchNorm(Map x, double epsilon) {
    parameters += 2L * x.channels();
    return x;
  }

  @Override
  public Map relu(Map x) {
    return x;
  }

  @Override
  public Map add(Map x, Map y) {
    if (!x.equals(y)) {
      throw new IllegalArgumentException(
          "cannot add " + y + " to " + x + ": the shapes must be equal");
    }
    return x;
  }

  @Override
  public Map maxPool(Map x, Window window, boolean ceil) {
    return slide(x, x.channels(), window, ceil);
  }

  @Override
  public Map averagePool(Map x, Window window) {
    return slide(x, x.channels(), window, false);
  }

  @Override
  public Map adaptiveAveragePool(Map x, int size) {
    return new Map(x.channels(), size, size);
  }

  @Override
  public Map dropout(Map x, double probability) {
    return x;
  }

  @Override
  public Map linear(Map x, int features) {
    long weights = (long) x.channels() * x.height() * x.width() * features;
    parameters += weights + features;
    multiplyAdds += weights;
    return new Map(features, 1, 1);
  }

  @Override
  public Map concat(List<Map> parts) {
    Map first = parts.get(0);
    int channels = 0;
    for (Map part : parts) {
      if (part.height() != first.height() || part.width() != first.width()) {
        throw new IllegalArgumentException(
            "cannot concatenate " + parts + ": height and width must be equal");
      }
      channels += part.channels();
    }
    return new Map(channels, first.height(), first.width());
  }

  @Override
  public Map subsampleAndPad(Map x, int stride, int before, int after) {
    return slide(x, before + x.channels() + after, Window.square(1, stride, 0), false);
  }

  @Override
  public int channels(Map x) {
    return x.channels();
  }

  @Override
  public void free(Map x) {}

  private static Map slide(Map x, int channels, Window window, boolean ceil) {
    return new Map(
        channels,
        Window.cells(x.height(), window.height(), window.stride(), window.padHeight(), ceil),
        Window.cells(x.width(), window.width(), window.stride(), window.padWidth(), ceil));
  }
}
