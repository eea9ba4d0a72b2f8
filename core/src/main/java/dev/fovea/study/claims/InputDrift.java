package dev.fovea.study.claims;

import dev.fovea.graph.Node;
import dev.fovea.program.Backend;
import dev.fovea.program.ObservingProgram;
import dev.fovea.program.Precision;
import dev.fovea.study.Series;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.TrainingObserver;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.train.Trainer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records how the inputs of the units of hidden layers are distributed during a run: percentiles of
 * unit 0 of each layer, and for each layer how far its units drift.
 *
 * <p>A unit is a channel of a node; its inputs are its values at all positions of a fixed batch of
 * validation images, with the current weights and running statistics, in binary32. The drift of a
 * unit is the range that its median covers after the first tenth of the run, in units of the mean
 * distance from its 15th to its 85th percentile; that of a layer is the mean over its units. Units
 * that answer all images alike have no scale and are left out.
 *
 * <p>Owns a program; used on the training thread.
 */
final class InputDrift implements TrainingObserver {
  /** Images per observation; the median of a unit has a standard error of 0.06 deviations. */
  static final int IMAGES = 500;

  private static final int[] PERCENTILES = {15, 50, 85};

  /** The drift ignores this first fraction of the run, in which inputs always move. */
  private static final double SETTLED = 0.1;

  private static final String DRIFT = "drift";

  private final Map<String, Shape> nodes = new LinkedHashMap<>();
  private final int images;
  private final ByteBuffer batch;
  private final ObservingProgram program;
  // One entry per observation: [layer][unit][percentile].
  private final List<double[][][]> looks = new ArrayList<>();
  private final List<Long> steps = new ArrayList<>();

  /**
   * Compiles the network.
   *
   * @param layers names of the nodes whose values are the inputs of units, in order
   */
  InputDrift(Trainer trainer, Backend backend, List<String> layers) {
    for (String layer : layers) {
      nodes.put(layer, shape(trainer, layer));
    }
    images = Math.min(IMAGES, trainer.validationData().size());
    batch = Activations.images(trainer, images, DType.F32);
    program =
        backend.observing(
            trainer.graph(),
            trainer.weights(),
            trainer.config().engine().with(Precision.F32).inferring(images),
            new HashSet<>(layers));
  }

  private static Shape shape(Trainer trainer, String layer) {
    return trainer.graph().nodes().stream()
        .filter(n -> n.name().equals(layer))
        .map(Node::shape)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the network has no node " + layer));
  }

  @Override
  public void look(long step) {
    program.run(batch);
    List<double[][]> found = new ArrayList<>();
    nodes.forEach((name, shape) -> found.add(percentiles(program.value(name), images, shape)));
    looks.add(found.toArray(double[][][]::new));
    steps.add(step);
  }

  /** Returns percentiles per unit; the values are (N, C·H·W). */
  static double[][] percentiles(FloatBuffer values, int images, Shape shape) {
    int units = shape.dim(0);
    int positions = Math.toIntExact(shape.elements() / units);
    double[][] found = new double[units][PERCENTILES.length];
    double[] inputs = new double[images * positions];
    for (int u = 0; u < units; u++) {
      for (int n = 0; n < images; n++) {
        for (int p = 0; p < positions; p++) {
          inputs[n * positions + p] = values.get((n * units + u) * positions + p);
        }
      }
      Arrays.sort(inputs);
      for (int p = 0; p < PERCENTILES.length; p++) {
        found[u][p] = inputs[(int) ((long) PERCENTILES[p] * (inputs.length - 1) / 100)];
      }
    }
    return found;
  }

  @Override
  public List<Series> seen() {
    List<Series> all = new ArrayList<>();
    for (int layer = 0; layer < nodes.size(); layer++) {
      for (int p = 0; p < PERCENTILES.length; p++) {
        List<Series.Point> points = new ArrayList<>();
        for (int i = 0; i < looks.size(); i++) {
          points.add(new Series.Point(steps.get(i), looks.get(i)[layer][0][p]));
        }
        all.add(new Series(PERCENTILES[p] + "th percentile", points));
      }
    }
    if (looks.size() > 1) {
      List<Series.Point> drifts = new ArrayList<>();
      for (int layer = 0; layer < nodes.size(); layer++) {
        int at = layer;
        drifts.add(
            new Series.Point(
                layer + 1, drift(steps, looks.stream().map(look -> look[at]).toList())));
      }
      all.add(new Series(DRIFT, drifts));
    }
    return all;
  }

  /**
   * Returns the mean drift over the units of a layer; NaN if all of them answer all images alike.
   *
   * @param steps of the observations
   * @param looks the observations, [unit][percentile]
   */
  static double drift(List<Long> steps, List<double[][]> looks) {
    double last = steps.get(steps.size() - 1);
    int units = looks.get(0).length;
    double sum = 0;
    int counted = 0;
    for (int u = 0; u < units; u++) {
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      double width = 0;
      int n = 0;
      for (int i = 0; i < looks.size(); i++) {
        if (steps.get(i) >= SETTLED * last) {
          double[] p = looks.get(i)[u];
          low = Math.min(low, p[1]);
          high = Math.max(high, p[1]);
          width += p[2] - p[0];
          n++;
        }
      }
      if (width != 0) {
        sum += (high - low) / (width / n);
        counted++;
      }
    }
    return counted == 0 ? Double.NaN : sum / counted;
  }

  @Override
  public void close() {
    program.close();
  }

  /**
   * Returns the percentiles of unit 0 of a layer over a run; none if it was not observed.
   *
   * @param layer counted from 0
   */
  static List<Series> percentiles(TrainedRun run, int layer) {
    return run.observed().stream()
        .skip((long) layer * PERCENTILES.length)
        .limit(PERCENTILES.length)
        .toList();
  }

  /** Returns the drift of each layer; empty if the run ended before there were any. */
  static List<Double> drifts(TrainedRun run) {
    return run.observed().stream()
        .filter(s -> s.name().equals(DRIFT))
        .flatMap(s -> s.points().stream())
        .map(Series.Point::y)
        .toList();
  }
}
