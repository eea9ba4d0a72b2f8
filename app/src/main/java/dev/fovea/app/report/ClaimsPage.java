package dev.fovea.app.report;

import dev.fovea.study.ledger.Check;
import dev.fovea.study.ledger.Figure;
import dev.fovea.study.ledger.LedgerClaim;
import dev.fovea.study.ledger.StudyRecords;
import java.util.List;

/** Renders claims as an HTML page, see {@link Page}: a table of verdicts, then claim by claim. */
public final class ClaimsPage {
  private ClaimsPage() {}

  /** The page. */
  public static String html(List<LedgerClaim> claims, StudyRecords records) {
    StringBuilder s = new StringBuilder(1 << 16);
    Page.head(s, "Claims and their checks", 0);
    s.append("<p>" + Html.text(ClaimWords.totals(claims, records)) + "</p>\n")
        .append(
            "<p class=\"note\">Limits were fixed before the runs. All hold: reproduced; some:"
                + " partly; none: not seen at this scale. Of a study, only the criteria that"
                + " measure the claim count.</p>\n");
    overview(s, claims, records);
    claims.forEach(c -> claim(s, c, records));
    return Page.foot(s);
  }

  private static void overview(StringBuilder s, List<LedgerClaim> claims, StudyRecords records) {
    s.append("<div class=\"scroll\"><table class=\"rule\">\n")
        .append("<tr><th>claim</th><th></th><th>verdict</th></tr>\n");
    for (LedgerClaim c : claims) {
      s.append("<tr><td class=\"number\"><a href=\"#claim-" + c.number() + "\">")
          .append(c.number() + "</a></td><td>" + Html.text(c.statement()) + "</td>")
          .append("<td>" + Html.text(ClaimWords.verdict(c, records)) + "</td></tr>\n");
    }
    s.append("</table></div>\n");
  }

  private static void claim(StringBuilder s, LedgerClaim c, StudyRecords records) {
    s.append("<section id=\"claim-" + c.number() + "\">\n<h2>Claim " + c.number() + "</h2>\n")
        .append("<p class=\"claim\">" + Html.text(c.statement()) + "</p>\n")
        .append("<p class=\"note\">" + Html.text(c.source()) + "</p>\n")
        .append("<p>Verdict: <b>" + Html.text(ClaimWords.verdict(c, records)) + "</b></p>\n");
    c.checks().forEach(check -> check(s, c, check, records));
    s.append("</section>\n");
  }

  private static void check(StringBuilder s, LedgerClaim claim, Check check, StudyRecords records) {
    s.append("<h3>" + Html.text(ClaimWords.name(check)) + "</h3>\n")
        .append("<p>" + Html.text(check.measures()) + "</p>\n")
        .append(
            "<p class=\"note\">" + Html.text(ClaimWords.circumstances(check, records)) + "</p>\n");
    List<Figure> figures = LedgerClaim.figures(check, records);
    if (!figures.isEmpty()) {
      figures(s, figures);
    }
    if (check instanceof Check.ByStudy study) {
      records.last(study).ifPresent(r -> note(s, ClaimWords.remarks(r)));
    }
    for (String command : ClaimCommands.of(claim, check)) {
      s.append("<p><code>" + Html.text(command) + "</code></p>\n");
    }
  }

  private static void figures(StringBuilder s, List<Figure> figures) {
    s.append("<div class=\"scroll\"><table class=\"rule\">\n")
        .append("<tr><th>criterion</th><th>holds</th><th>measured</th><th>wanted</th></tr>\n");
    for (Figure f : figures) {
      s.append("<tr><td>" + Html.text(f.statement()) + "</td>")
          .append(f.holds() ? "<td class=\"yes\">yes</td>" : "<td class=\"no\">no</td>")
          .append("<td>" + Html.text(ClaimWords.measured(f)) + "</td>")
          .append("<td>" + Html.text(f.rule().text() + " "))
          .append(Html.text(StudyPage.amount(f.wanted(), f.unit())) + "</td></tr>\n");
    }
    s.append("</table></div>\n");
  }

  private static void note(StringBuilder s, String text) {
    if (!text.isEmpty()) {
      s.append("<p class=\"note\">" + Html.text(text) + "</p>\n");
    }
  }
}
