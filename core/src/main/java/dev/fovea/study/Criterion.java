package dev.fovea.study;

/**
 * One line of the rule that decides a study's verdict: a number that will be measured and the bound
 * that it must keep. It is fixed before the run.
 *
 * @param name short and unique within the study; the measured value is given under it
 * @param statement what holds if the bound is kept
 * @param paper the paper's number with its meaning, or why there is none
 * @param bound which side of the limit is the claimed one
 * @param unit behind numbers, for example {@code points}; may be empty
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

  /** The measured number must be {@code limit} or more. */
  public static Criterion atLeast(
      String name, double limit, String unit, String statement, String paper) {
    return new Criterion(name, statement, paper, Bound.AT_LEAST, limit, unit);
  }

  /** The measured number must be {@code limit} or less. */
  public static Criterion atMost(
      String name, double limit, String unit, String statement, String paper) {
    return new Criterion(name, statement, paper, Bound.AT_MOST, limit, unit);
  }

  /** Whether {@code measured} keeps the bound; a number that is not finite never does. */
  public boolean holds(double measured) {
    return Double.isFinite(measured)
        && (bound == Bound.AT_LEAST ? measured >= limit : measured <= limit);
  }
}
