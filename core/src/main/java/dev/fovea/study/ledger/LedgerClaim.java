package dev.fovea.study.ledger;

import dev.fovea.study.Verdict;
import java.util.List;
import java.util.Optional;

/**
 * A claim of the papers or of the note, and how it is checked.
 *
 * @param number its number in the list of claims
 * @param statement the claim in one or two sentences
 * @param source paper with arXiv number and section, or the note
 * @param checks together they cover the claim; parts without a check are {@link Check.NotYet}
 */
public record LedgerClaim(int number, String statement, String source, List<Check> checks) {

  /** How much of a claim has been measured. */
  public enum Coverage {
    /** All of it. */
    WHOLE("measured"),
    /** A part. */
    PART("measured in part"),
    /** Nothing, and it takes ImageNet or very long runs. */
    NEEDS_RUNS("waiting for long runs"),
    /** Nothing: its studies have not been run. */
    NONE("not run yet");

    private final String text;

    Coverage(String text) {
      this.text = text;
    }

    /** Returns the coverage in words. */
    public String text() {
      return text;
    }
  }

  /** Copies the list, which must not be empty. */
  public LedgerClaim {
    checks = List.copyOf(checks);
    if (checks.isEmpty()) {
      throw new IllegalArgumentException("claim " + number + " has no checks");
    }
  }

  /** Returns how much of the claim has been measured, with these results of studies. */
  public Coverage coverage(StudyRecords records) {
    long measured = checks.stream().filter(c -> isMeasured(c, records)).count();
    if (measured == checks.size()) {
      return Coverage.WHOLE;
    }
    if (measured > 0) {
      return Coverage.PART;
    }
    return checks.stream().allMatch(Check.ByRuns.class::isInstance)
        ? Coverage.NEEDS_RUNS
        : Coverage.NONE;
  }

  private static boolean isMeasured(Check check, StudyRecords records) {
    if (check instanceof Check.ByStudy s) {
      return records.last(s).isPresent();
    }
    return check instanceof Check.ByCost || check instanceof Check.ByTest;
  }

  /** Returns the figures of all checks that have some, with these results of studies. */
  public List<Figure> figures(StudyRecords records) {
    return checks.stream().flatMap(c -> figures(c, records).stream()).toList();
  }

  /** Returns the figures of one check; empty if it has none, or has not been run. */
  public static List<Figure> figures(Check check, StudyRecords records) {
    if (check instanceof Check.ByCost c) {
      return c.figures().get();
    }
    if (check instanceof Check.ByStudy s) {
      return records.last(s).map(r -> r.figures(s)).orElse(List.of());
    }
    return List.of();
  }

  /**
   * Returns the verdict of all figures, by the rule of the studies. A claim that is held by tests
   * alone is reproduced, because the build fails without them. Empty if nothing was measured.
   */
  public Optional<Verdict> verdict(StudyRecords records) {
    List<Figure> figures = figures(records);
    if (!figures.isEmpty()) {
      return Optional.of(
          Verdict.of((int) figures.stream().filter(Figure::holds).count(), figures.size()));
    }
    return checks.stream().anyMatch(Check.ByTest.class::isInstance)
        ? Optional.of(Verdict.REPRODUCED)
        : Optional.empty();
  }
}
