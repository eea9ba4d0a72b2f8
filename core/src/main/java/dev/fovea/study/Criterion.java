package dev.fovea.study;

/**
 * One criterion of a study's verdict: a measured number and the bound it must satisfy. Fixed before
 * the runs.
 *
 * @param name short and unique within the study; the key of the measured value
 * @param statement what is true if the bound is satisfied
 * @param paper the paper's number and its meaning, or why there is none
 * @param bound the side of the limit that supports the claim
 * @param unit shown after numbers, for example {@code points}; may be empty
 */
public record Criterion(
    String name, String statement, String paper, Bound bound, double limit, String unit) {

  /** The side of the limit that supports the claim. */
  public enum Bound {
    /** The measured number must be the limit or more. */
    AT_LEAST,
    /** The measured number must be the limit or less. */
    AT_MOST
  }

  /** Creates a criterion that holds if the measured number is {@code limit} or more. */
  public static Criterion atLeast(
      String name, double limit, String unit, String statement, String paper) {
    return new Criterion(name, statement, paper, Bound.AT_LEAST, limit, unit);
  }

  /** Creates a criterion that holds if the measured number is {@code limit} or less. */
  public static Criterion atMost(
      String name, double limit, String unit, String statement, String paper) {
    return new Criterion(name, statement, paper, Bound.AT_MOST, limit, unit);
  }

  /** Whether {@code measured} satisfies the bound; NaN and infinity never do. */
  public boolean holds(double measured) {
    return Double.isFinite(measured)
        && (bound == Bound.AT_LEAST ? measured >= limit : measured <= limit);
  }
}
