package dev.fovea.study;

import java.util.List;

/** The verdict on a claim. */
public enum Verdict {
  /** Every criterion holds. */
  REPRODUCED("reproduced"),
  /** Some criteria hold. */
  PARTLY("partly"),
  /** No criterion holds. */
  NOT_SEEN("not seen at this scale");

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  /** Derives the verdict from all findings; the rule is the same for every study. */
  public static Verdict of(List<Finding> findings) {
    return of((int) findings.stream().filter(Finding::holds).count(), findings.size());
  }

  /** Derives the verdict from the number of criteria that hold, of {@code all}. */
  public static Verdict of(int holding, int all) {
    if (holding == 0) {
      return NOT_SEEN;
    }
    return holding == all ? REPRODUCED : PARTLY;
  }

  /** Returns the verdict in words. */
  public String text() {
    return text;
  }
}
