package dev.fovea.app.ledger;

import dev.fovea.app.report.ClaimCommands;
import dev.fovea.app.report.ClaimWords;
import dev.fovea.app.report.StudyPage;
import dev.fovea.study.ledger.Check;
import dev.fovea.study.ledger.Figure;
import dev.fovea.study.ledger.LedgerClaim;
import dev.fovea.study.ledger.StudyRecords;
import java.util.List;

/** Formats claims as a page of Markdown. */
public final class ClaimsMarkdown {
  private ClaimsMarkdown() {}

  /** The page. */
  public static String of(List<LedgerClaim> claims, StudyRecords records) {
    StringBuilder s = new StringBuilder();
    s.append("# Claims and their checks\n\n")
        .append("<!-- Written by ./fovea claims --markdown docs/claims.md; do not edit. -->\n\n")
        .append(
            "What the papers and the note behind Fovea say, how each claim is checked, and what the"
                + " last check found. `fovea claims N` prints one,\n"
                + "`--json` and `--html FILE` all. A verdict follows from limits that were fixed"
                + " before the run: all hold, reproduced; some, partly; none, not seen at\n"
                + "this scale. Of a study, only the criteria that measure the claim count. How"
                + " results get here: [0360](decisions/0360-the-ledger-of-claims.md).\n\n")
        .append(ClaimWords.totals(claims, records) + "\n\n")
        .append("| | claim | verdict |\n|---|---|---|\n");
    for (LedgerClaim c : claims) {
      s.append("| [" + c.number() + "](#claim-" + c.number() + ") | " + c.statement())
          .append(" | " + ClaimWords.verdict(c, records) + " |\n");
    }
    claims.forEach(c -> claim(s, c, records));
    return s.toString();
  }

  private static void claim(StringBuilder s, LedgerClaim c, StudyRecords records) {
    s.append("\n## Claim " + c.number() + "\n\n")
        .append(c.statement() + "\n\n")
        .append("Source: " + c.source() + ". Verdict: ")
        .append("**" + ClaimWords.verdict(c, records) + "**.\n");
    c.checks().forEach(check -> check(s, c, check, records));
  }

  private static void check(StringBuilder s, LedgerClaim claim, Check check, StudyRecords records) {
    s.append("\n**" + ClaimWords.name(check) + "**: " + check.measures() + ". ")
        .append("*" + ClaimWords.circumstances(check, records) + ".*\n");
    List<Figure> figures = LedgerClaim.figures(check, records);
    if (!figures.isEmpty()) {
      s.append("\n| criterion | holds | measured | wanted |\n|---|---|---|---|\n");
      for (Figure f : figures) {
        s.append("| " + f.statement() + " | " + (f.holds() ? "yes" : "**no**"))
            .append(" | " + ClaimWords.measured(f) + " | " + f.rule().text() + " ")
            .append(StudyPage.amount(f.wanted(), f.unit()) + " |\n");
      }
    }
    if (check instanceof Check.ByStudy study) {
      records
          .last(study)
          .map(ClaimWords::remarks)
          .filter(t -> !t.isEmpty())
          .ifPresent(t -> s.append("\n" + t + "\n"));
    }
    if (!ClaimCommands.of(claim, check).isEmpty()) {
      s.append("\n```\n" + String.join("\n", ClaimCommands.of(claim, check)) + "\n```\n");
    }
  }
}
