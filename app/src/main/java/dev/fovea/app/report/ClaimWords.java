package dev.fovea.app.report;

import dev.fovea.study.Verdict;
import dev.fovea.study.ledger.Check;
import dev.fovea.study.ledger.Figure;
import dev.fovea.study.ledger.LedgerClaim;
import dev.fovea.study.ledger.LedgerClaim.Coverage;
import dev.fovea.study.ledger.StudyRecord;
import dev.fovea.study.ledger.StudyRecords;
import dev.fovea.tensor.Decimals;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Puts claims, their checks and what these found into words. */
public final class ClaimWords {
  private static final int DAYS_OF_A_YEAR = 365;

  private ClaimWords() {}

  /** The verdict on a claim, with how much of it was measured. */
  public static String verdict(LedgerClaim claim, StudyRecords records) {
    Coverage coverage = claim.coverage(records);
    if (coverage == Coverage.NONE) {
      return coverage.text();
    }
    if (coverage == Coverage.NEEDS_RUNS) {
      return "not measured: needs "
          + claim.checks().stream()
              .filter(Check.ByRuns.class::isInstance)
              .map(c -> ((Check.ByRuns) c).needs())
              .findFirst()
              .orElseThrow();
    }
    Verdict verdict = claim.verdict(records).orElseThrow();
    List<Figure> figures = claim.figures(records);
    String counted = figures.isEmpty() ? "by tests" : holding(figures) + " of " + figures.size();
    return verdict.text()
        + ", "
        + counted
        + (coverage == Coverage.PART ? "; " + coverage.text() : "");
  }

  /** The number of figures that hold. */
  public static int holding(List<Figure> figures) {
    return (int) figures.stream().filter(Figure::holds).count();
  }

  /** The kind and the name of a check: {@code study degradation}. */
  public static String name(Check check) {
    if (check instanceof Check.ByStudy s) {
      return "study " + s.study();
    }
    if (check instanceof Check.ByTest t) {
      return "test " + t.type().substring(t.type().lastIndexOf('.') + 1);
    }
    if (check instanceof Check.ByRuns) {
      return "long runs";
    }
    return check instanceof Check.ByCost ? "graphs" : "no check yet";
  }

  /** When, on what and how a check was last done; or what it takes. */
  public static String circumstances(Check check, StudyRecords records) {
    if (check instanceof Check.ByStudy s) {
      return records.last(s).map(ClaimWords::run).orElse("not run yet");
    }
    if (check instanceof Check.ByRuns r) {
      return "not run; about "
          + time(r.days())
          + " on two cores for "
          + r.estimate()
          + "; needs "
          + r.needs();
    }
    if (check instanceof Check.NotYet n) {
      return n.study().isEmpty() ? "nothing is planned" : "the study " + n.study() + " is planned";
    }
    return check instanceof Check.ByCost
        ? "computed whenever it is asked for"
        : "the build fails if it does not hold";
  }

  private static String run(StudyRecord r) {
    List<String> parts =
        new ArrayList<>(
            List.of(
                r.date(),
                r.scale().name().toLowerCase(Locale.ROOT) + " on " + r.data(),
                count(r.seeds(), "seed")));
    if (r.epochs() > 0) {
      parts.add(
          count(r.epochs(), "epoch")
              + Decimals.format(" over %.3g %% of the images", 100 * r.fraction()));
    }
    parts.add(r.precision());
    parts.add(count(r.threads(), "thread"));
    if (!r.machine().isEmpty()) {
      parts.add(r.machine());
    }
    return String.join(", ", parts);
  }

  private static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  /** What else there is to say of a run: the spread over seeds, and its caveats; may be empty. */
  public static String remarks(StudyRecord r) {
    return (spread(r) + " " + String.join(" ", r.notes())).strip();
  }

  /** The spread of a run's networks over seeds; empty if there was but one, or none is kept. */
  private static String spread(StudyRecord r) {
    List<String> parts = new ArrayList<>();
    for (StudyRecord.Accuracies a : r.networks()) {
      if (a.top1().size() > 1) {
        double least = a.top1().stream().mapToDouble(v -> v).min().orElseThrow();
        double most = a.top1().stream().mapToDouble(v -> v).max().orElseThrow();
        parts.add(a.network() + Decimals.format(" %.2f to %.2f %%", least, most));
      }
    }
    return parts.isEmpty() ? "" : "Top-1 over seeds: " + String.join(", ", parts) + ".";
  }

  /** A figure beside its limit: {@code 2.63 times, wanted at least 1.50}. */
  public static String figure(Figure f) {
    return measured(f) + ", wanted " + f.rule().text() + " " + StudyPage.amount(f.wanted(), "");
  }

  /** The measured number, with enough decimals to show on which side of the limit it is. */
  public static String measured(Figure f) {
    if (!Double.isFinite(f.measured())) {
      return f.holds() ? "number not kept" : "no number";
    }
    String text = StudyPage.amount(f.measured(), f.unit());
    for (int decimals = 2; decimals <= 6; decimals++) {
      double shown =
          BigDecimal.valueOf(f.measured()).setScale(decimals, RoundingMode.HALF_EVEN).doubleValue();
      if (Figure.of("", f.rule(), f.wanted(), shown, "").holds() == f.holds()) {
        return decimals == 2 || f.rule() == Figure.Rule.EXACTLY
            ? text
            : (BigDecimal.valueOf(shown) + " " + f.unit()).strip();
      }
    }
    return text;
  }

  /** A time of so many days, rounded. */
  private static String time(double days) {
    if (days >= 2 * DAYS_OF_A_YEAR) {
      return Decimals.format("%.1f years", days / DAYS_OF_A_YEAR);
    }
    return days >= 2
        ? Decimals.format("%.0f days", days)
        : Decimals.format("%.0f hours", 24 * days);
  }

  /** How many claims have been measured whole, in part, and not: a sentence for all of them. */
  public static String totals(List<LedgerClaim> claims, StudyRecords records) {
    List<String> parts = new ArrayList<>();
    for (Coverage coverage : Coverage.values()) {
      long count = claims.stream().filter(c -> c.coverage(records) == coverage).count();
      parts.add(count + " " + coverage.text());
    }
    List<String> verdicts = new ArrayList<>();
    for (Verdict v : Verdict.values()) {
      long count =
          claims.stream().filter(c -> c.verdict(records).filter(v::equals).isPresent()).count();
      verdicts.add(count + " " + v.text());
    }
    return claims.size()
        + " claims: "
        + String.join(", ", parts)
        + ". Of what was measured: "
        + String.join(", ", verdicts)
        + ".";
  }
}
