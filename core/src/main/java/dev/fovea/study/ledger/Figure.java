package dev.fovea.study.ledger;

/**
 * A number that decides a claim, beside what it must be.
 *
 * @param statement what is true if the rule holds
 * @param wanted the paper's number, or a study's limit
 * @param measured the number found; NaN if there is none
 * @param unit shown after both numbers; may be empty
 * @param holds whether the rule holds
 */
public record Figure(
    String statement, Rule rule, double wanted, double measured, String unit, boolean holds) {

  /** How the measured number must stand to the wanted one. */
  public enum Rule {
    /** It must not be smaller. */
    AT_LEAST("at least"),
    /** It must not be larger. */
    AT_MOST("at most"),
    /** It may differ by a tenth, because papers round. */
    ABOUT("about"),
    /** It must be the same; for counts. */
    EXACTLY("exactly");

    private final String text;

    Rule(String text) {
      this.text = text;
    }

    /** Returns the rule in words, to be followed by the wanted number. */
    public String text() {
      return text;
    }
  }

  private static final double ROUNDING = 0.1;

  /** Creates a figure that holds if the measured number satisfies the rule; NaN never does. */
  public static Figure of(
      String statement, Rule rule, double wanted, double measured, String unit) {
    boolean holds =
        switch (rule) {
          case AT_LEAST -> measured >= wanted;
          case AT_MOST -> measured <= wanted;
          case ABOUT -> Math.abs(measured - wanted) <= ROUNDING * Math.abs(wanted);
          case EXACTLY -> measured == wanted;
        };
    return new Figure(statement, rule, wanted, measured, unit, holds && Double.isFinite(measured));
  }
}
