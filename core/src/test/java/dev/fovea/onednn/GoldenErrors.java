package dev.fovea.onednn;

import dev.fovea.GoldenFile;
import dev.fovea.NamedValues;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * How far a run is from PyTorch's figures, everything relative to the norm of what it should be.
 *
 * <p>Of a gradient the file holds the norm and the product with a probe of values from [-1, 1). A
 * gradient whose error is e in all directions alike has a product that is off by e·√(1/3), so that
 * products are multiplied by √3 before they are compared. What is zero on paper, the gradient of a
 * bias in front of a batch norm, is measured against a thousandth of the norm over all gradients.
 *
 * @param logits Euclidean
 * @param gradients root of the mean of squares over all parameters
 * @param worstGradient the largest of one parameter
 * @param statistics the largest of one running statistic
 */
record GoldenErrors(
    double logits, double loss, double gradients, double worstGradient, double statistics) {

  static GoldenErrors of(
      GoldenFile golden,
      double[] logits,
      double loss,
      Function<String, double[]> gradient,
      Function<String, double[]> statistic,
      List<String> parameters) {
    double[] right = golden.logits().stream().flatMapToDouble(Arrays::stream).toArray();
    double[] difference = new double[right.length];
    for (int i = 0; i < right.length; i++) {
      difference[i] = logits[i] - right[i];
    }
    Map<String, double[]> all = golden.gradients();
    double norm = Math.sqrt(all.values().stream().mapToDouble(p -> p[0] * p[0]).sum());
    double squares = 0;
    double worst = 0;
    for (String name : parameters) {
      double[] expected = Objects.requireNonNull(all.get(golden.nameOf(name)), name);
      double error = error(expected, gradient.apply(name), 1e-3 * norm);
      squares += error * error;
      worst = Math.max(worst, error);
    }
    double statistics = 0;
    for (Map.Entry<String, double[]> e : golden.running().entrySet()) {
      statistics = Math.max(statistics, error(e.getValue(), statistic.apply(e.getKey()), 0));
    }
    return new GoldenErrors(
        norm(difference) / norm(right),
        Math.abs(loss - golden.curve()[0]) / golden.curve()[0],
        Math.sqrt(squares / parameters.size()),
        worst,
        statistics);
  }

  // NaN is larger than every bound.
  private static double error(double[] expected, double[] values, double floor) {
    double[] probe = NamedValues.of("probe", values.length);
    double product = 0;
    for (int i = 0; i < values.length; i++) {
      product += values[i] * probe[i];
    }
    double error =
        Math.max(
                Math.abs(norm(values) - expected[0]),
                Math.sqrt(3) * Math.abs(product - expected[1]))
            / (expected[0] + floor);
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
  }
}
