package dev.fovea.train;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * A batch size per rank, for users who think of one machine at a time; {@code learning.batch} is
 * that of a step over all ranks.
 *
 * @param images per rank and batch
 * @param ranks their number
 * @param rule what becomes of the learning rate
 */
public record RankBatch(int images, int ranks, RateRule rule) {

  /** How the learning rate follows the batch, compared with the configuration's. */
  public enum RateRule {
    /** It stays. */
    NONE,
    /** In proportion: Goyal et al. 2017, arXiv 1706.02677, which also warms up. */
    LINEAR,
    /** With the square root: Krizhevsky 2014, arXiv 1404.5997, section 5. */
    SQRT
  }

  /** Checks the ranges. */
  public RankBatch {
    if (images < 1 || ranks < 1 || (long) images * ranks > Integer.MAX_VALUE) {
      throw new ConfigException(
          "the batch of a rank and the number of ranks must be at least 1 and their product an"
              + " int, got "
              + images
              + " and "
              + ranks);
    }
  }

  /**
   * A configuration and what was done to it.
   *
   * @param note for the user: all former and present values
   */
  public record Applied(RunConfig config, String note) {}

  /** Sets batch and learning rate of a configuration. */
  public Applied to(RunConfig config) {
    int before = config.learning().batch();
    int batch = images * ranks;
    double ratio = (double) batch / before;
    double factor =
        switch (rule) {
          case NONE -> 1;
          case LINEAR -> ratio;
          case SQRT -> Math.sqrt(ratio);
        };
    double rate = config.learning().rate().base();
    RunConfig scaled = config.withBatch(batch);
    String text =
        "learning.batch is "
            + batch
            + ": "
            + images
            + " images on each of "
            + ranks
            + " ranks; it was "
            + before
            + ". ";
    if (factor == 1) {
      return new Applied(scaled, text + "learning.rate.base stays " + number(rate));
    }
    return new Applied(
        scaled.withRate(rate * factor),
        text
            + "learning.rate.base is "
            + number(rate * factor)
            + ", by the "
            + (rule == RateRule.LINEAR ? "linear" : "square root")
            + " rule; it was "
            + number(rate));
  }

  private static String number(double rate) {
    return BigDecimal.valueOf(rate).round(new MathContext(6)).stripTrailingZeros().toString();
  }
}
