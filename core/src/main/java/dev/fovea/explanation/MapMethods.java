package dev.fovea.explanation;

import dev.fovea.graph.Node;
import dev.fovea.tensor.Rng;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Computes the maps of one network by a method: the formulas of the papers over a {@link
 * ScoredNetwork}. Sums are in binary64.
 */
public final class MapMethods {
  private final ScoredNetwork network;
  private final ExplanationMethod method;
  private final float[] baseline;
  private final Optional<Node> layer;
  private final Work work;

  /**
   * Prepares a method for a network.
   *
   * @param baseline the input (C, H, W) that stands for nothing
   * @param layer a name, or empty to find it
   * @throws dev.fovea.graph.GraphException if the method needs a layer and there is none
   */
  public MapMethods(
      ScoredNetwork network,
      ExplanationMethod method,
      float[] baseline,
      Optional<String> layer,
      Work work) {
    this.network = network;
    this.method = method;
    this.baseline = baseline;
    this.layer = method.readsLayer() ? Optional.of(layer(network, layer)) : Optional.empty();
    this.work = work;
  }

  /** The layer that Grad-CAM and HiResCAM read. */
  static Node layer(ScoredNetwork network, Optional<String> name) {
    return name.map(n -> CamLayer.named(network.graph(), n))
        .orElseGet(() -> CamLayer.of(network.graph()));
  }

  /** How many images go through a network for one map. */
  public static long evaluations(ExplanationMethod method, Shape input) {
    if (method instanceof ExplanationMethod.IntegratedGradients ig) {
      return ig.steps() + 2L;
    } else if (method instanceof ExplanationMethod.SmoothGrad smooth) {
      return smooth.samples();
    } else if (method instanceof ExplanationMethod.Occlusion occlusion) {
      return 1L + new Squares(occlusion, input.dim(1), input.dim(2)).count();
    }
    return 1;
  }

  /**
   * The maps of images.
   *
   * @param inputs of the network, (C, H, W) each
   * @param weights of the logits in each image's score
   * @throws NotFinite if values are not finite
   */
  public List<MemberMap> of(List<float[]> inputs, List<float[]> weights) {
    if (layer.isPresent()) {
      return activations(layer.get(), inputs, weights);
    }
    List<MemberMap> maps = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      maps.add(ofPixels(inputs.get(i), weights.get(i), i));
    }
    return maps;
  }

  private MemberMap ofPixels(float[] input, float[] weights, int image) {
    if (method instanceof ExplanationMethod.IntegratedGradients ig) {
      return integrated(ig.steps(), input, weights, image);
    } else if (method instanceof ExplanationMethod.SmoothGrad smooth) {
      return smooth(smooth, input, weights, image);
    } else if (method instanceof ExplanationMethod.Occlusion occlusion) {
      return occluded(occlusion, input, weights, image);
    }
    throw new IllegalStateException(method + " reads a layer");
  }

  private List<MemberMap> activations(Node node, List<float[]> inputs, List<float[]> weights) {
    List<MemberMap> maps = new ArrayList<>();
    Shape shape = node.shape();
    network.run(
        Set.of(node.name()),
        inputs.size(),
        inputs::get,
        weights::get,
        (i, reading) -> {
          float[] values = reading.value(node.name());
          float[] gradient = reading.gradient(node.name());
          HeatMap raw =
              method instanceof ExplanationMethod.GradCam
                  ? gradCam(values, gradient, shape, i)
                  : hiResCam(values, gradient, shape, i);
          Shape in = network.graph().inputShape();
          maps.add(
              new MemberMap(
                  raw.resized(in.dim(1), in.dim(2)),
                  Optional.of(raw),
                  Optional.empty(),
                  node.name(),
                  OptionalDouble.empty()));
        },
        work);
    return maps;
  }

  private static HeatMap gradCam(float[] values, float[] gradient, Shape shape, int image) {
    int area = shape.dim(1) * shape.dim(2);
    double[] sum = new double[area];
    for (int from = 0; from < values.length; from += area) {
      double importance = 0;
      for (int i = from; i < from + area; i++) {
        importance += gradient[i];
      }
      importance /= area;
      for (int i = 0; i < area; i++) {
        sum[i] += importance * values[from + i];
      }
    }
    return map(sum, shape.dim(1), shape.dim(2), image);
  }

  private static HeatMap hiResCam(float[] values, float[] gradient, Shape shape, int image) {
    int area = shape.dim(1) * shape.dim(2);
    double[] sum = new double[area];
    for (int i = 0; i < values.length; i++) {
      sum[i % area] += (double) gradient[i] * values[i];
    }
    return map(sum, shape.dim(1), shape.dim(2), image);
  }

  private MemberMap integrated(int steps, float[] input, float[] weights, int image) {
    Quadrature line = Quadrature.gaussLegendre(steps);
    double[] mean = new double[input.length];
    String images = network.graph().input().name();
    network.run(
        Set.of(images),
        steps,
        step -> between(input, line.points()[step]),
        step -> weights,
        (step, reading) -> addTo(mean, reading.gradient(images), line.weights()[step]),
        work);
    float[] values = new float[input.length];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double value = ((double) input[i] - baseline[i]) * mean[i];
      values[i] = (float) value;
      sum += value;
    }
    float[][] ends = network.logits(2, i -> i == 0 ? input : baseline, work);
    double expected = score(ends[0], weights) - score(ends[1], weights);
    MemberMap map = MemberMap.ofPixels(attributions(values, image));
    return new MemberMap(
        map.map(), map.raw(), map.channels(), map.layer(), OptionalDouble.of(sum - expected));
  }

  private float[] between(float[] input, double share) {
    float[] point = new float[input.length];
    for (int i = 0; i < point.length; i++) {
      point[i] = (float) (baseline[i] + share * ((double) input[i] - baseline[i]));
    }
    return point;
  }

  private MemberMap smooth(
      ExplanationMethod.SmoothGrad smooth, float[] input, float[] weights, int image) {
    float min = input[0];
    float max = input[0];
    for (float v : input) {
      min = Math.min(min, v);
      max = Math.max(max, v);
    }
    double deviation = smooth.noise() * ((double) max - min);
    double[] mean = new double[input.length];
    String images = network.graph().input().name();
    network.run(
        Set.of(images),
        smooth.samples(),
        sample -> noisy(input, deviation, Rng.of(smooth.seed(), sample, 0)),
        sample -> weights,
        (sample, reading) -> addTo(mean, reading.gradient(images), 1.0 / smooth.samples()),
        work);
    float[] values = new float[input.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) mean[i];
    }
    return MemberMap.ofPixels(attributions(values, image));
  }

  private static float[] noisy(float[] input, double deviation, Rng random) {
    float[] noisy = new float[input.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = (float) (input[i] + deviation * random.nextGaussian());
    }
    return noisy;
  }

  private MemberMap occluded(
      ExplanationMethod.Occlusion occlusion, float[] input, float[] weights, int image) {
    Shape shape = network.graph().inputShape();
    Squares squares = new Squares(occlusion, shape.dim(1), shape.dim(2));
    double[] fall = new double[squares.count() + 1];
    network.logitsInto(
        fall.length,
        i -> i == 0 ? input : squares.covered(input, baseline, i - 1),
        (i, logits) -> fall[i] = score(logits, weights),
        work);
    return new MemberMap(
        map(squares.spread(fall), shape.dim(1), shape.dim(2), image),
        Optional.empty(),
        Optional.empty(),
        "",
        OptionalDouble.empty());
  }

  /** The score: the sum of the logits, each times its weight. */
  public static double score(float[] logits, float[] weights) {
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      if (weights[k] != 0) {
        sum += (double) weights[k] * logits[k];
      }
    }
    return sum;
  }

  private static void addTo(double[] sum, float[] values, double weight) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * values[i];
    }
  }

  private Attributions attributions(float[] values, int image) {
    for (float v : values) {
      requireFinite(v, image);
    }
    Shape in = network.graph().inputShape();
    return new Attributions(in.dim(0), in.dim(1), in.dim(2), values);
  }

  private static HeatMap map(double[] values, int height, int width, int image) {
    float[] map = new float[values.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) values[i];
      requireFinite(map[i], image);
    }
    return new HeatMap(height, width, map);
  }

  private static void requireFinite(float value, int image) {
    if (!Float.isFinite(value)) {
      throw new NotFinite(value, image);
    }
  }
}
