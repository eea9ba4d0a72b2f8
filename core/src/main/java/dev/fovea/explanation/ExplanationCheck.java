package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How far an explanation can be trusted: whether the pixels it names matter, and whether it depends
 * on what the network has learned. These are figures without a verdict.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   ExplanationCheck check =
 *       explainer.check(
 *           Path.of("cat.jpg"),
 *           explainer.method("grad-cam"),
 *           new ExplanationTarget.Best(),
 *           CheckOptions.standard());
 *   System.out.println(check.deletion().area() + " of " + check.deletion().randomArea());
 * }
 * }</pre>
 *
 * @param explanation what was checked
 * @param deletion pixels are replaced by the mean color, those with the largest values first: a low
 *     area is good (Petsiuk et al. 2018)
 * @param insertion the blurred image gets its pixels back, those with the largest values first: a
 *     high area is good
 * @param randomization layers get random weights, from the last one to the first, and stay so: a
 *     map that explains what was learned becomes another one (Adebayo et al. 2018)
 */
@Api(Api.Status.EXPERIMENTAL)
public record ExplanationCheck(
    Explanation explanation, Comparison deletion, Comparison insertion, List<Stage> randomization) {

  /** Copies the list. */
  public ExplanationCheck {
    randomization = List.copyOf(randomization);
  }

  /**
   * The probability of the explained class while pixels change; for a difference of two classes,
   * the share of the first in the probability of both.
   *
   * @param shares of the pixels that have changed, 0 to 1, ascending
   * @param probabilities at each
   */
  public record Curve(List<Double> shares, List<Double> probabilities) {
    /** Copies the lists. */
    public Curve {
      shares = List.copyOf(shares);
      probabilities = List.copyOf(probabilities);
    }

    /** The area under the curve, by trapezoids: 0 to 1. */
    public double area() {
      double sum = 0;
      for (int i = 1; i < shares.size(); i++) {
        double width = shares.get(i) - shares.get(i - 1);
        sum += width * (probabilities.get(i) + probabilities.get(i - 1)) / 2;
      }
      return sum;
    }
  }

  /**
   * A curve beside those of random maps, which have random values on a grid as coarse as that of
   * the map: 7x7 for a map made of 7x7 positions.
   */
  public record Comparison(Curve curve, List<Curve> random) {
    /** Copies the list. */
    public Comparison {
      random = List.copyOf(random);
    }

    /** The area under the map's curve. */
    public double area() {
      return curve.area();
    }

    /** The mean area under the random maps' curves. */
    public double randomArea() {
      return random.stream().mapToDouble(Curve::area).average().orElse(0);
    }

    /** The standard deviation of those areas. */
    public double randomDeviation() {
      double mean = randomArea();
      double squares = random.stream().mapToDouble(r -> Math.pow(r.area() - mean, 2)).sum();
      return Math.sqrt(squares / (random.size() - 1));
    }
  }

  /**
   * A comparison of the map with that of the same network after its last layers got random weights.
   * Similarities are empty where a map has the same value everywhere or the network no finite
   * values.
   *
   * @param layer the lowest layer with random weights
   * @param random how many layers have random weights
   * @param layers how many layers have weights
   * @param rankCorrelation Spearman's, of the signed values: 1 for the same order, 0 for none
   * @param absoluteRankCorrelation the same of the absolute values
   * @param structuralSimilarity SSIM of the maps, each scaled to 0 to 1, with windows of 7x7; empty
   *     also for smaller maps
   */
  public record Stage(
      String layer,
      int random,
      int layers,
      OptionalDouble rankCorrelation,
      OptionalDouble absoluteRankCorrelation,
      OptionalDouble structuralSimilarity) {}
}
