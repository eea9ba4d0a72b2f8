package dev.fovea.app.ledger;

import dev.fovea.app.console.Json;
import dev.fovea.app.report.ClaimCommands;
import dev.fovea.app.report.ClaimWords;
import dev.fovea.study.Verdict;
import dev.fovea.study.ledger.Check;
import dev.fovea.study.ledger.Figure;
import dev.fovea.study.ledger.LedgerClaim;
import dev.fovea.study.ledger.StudyRecord;
import dev.fovea.study.ledger.StudyRecords;
import java.util.List;
import java.util.Locale;

/** Formats a claim as one JSON object. */
public final class ClaimsJson {
  private ClaimsJson() {}

  /** The claim with its checks. */
  public static Json of(LedgerClaim claim, StudyRecords records) {
    List<Figure> figures = claim.figures(records);
    return new Json()
        .put("number", claim.number())
        .put("claim", claim.statement())
        .put("source", claim.source())
        .put("coverage", claim.coverage(records).name().toLowerCase(Locale.ROOT))
        .put("verdict", claim.verdict(records).map(Verdict::text).orElse(null))
        .put("figures", figures.size())
        .put("holding", ClaimWords.holding(figures))
        .put("checks", claim.checks().stream().map(c -> check(claim, c, records)).toList());
  }

  private static Json check(LedgerClaim claim, Check check, StudyRecords records) {
    Json json = new Json();
    if (check instanceof Check.ByStudy s) {
      json.put("kind", "study").put("study", s.study()).put("criteria", s.criteria());
      json.put("last_run", records.last(s).map(ClaimsJson::run).orElse(null));
    } else if (check instanceof Check.ByTest t) {
      json.put("kind", "test").put("test", t.type() + "#" + t.method());
    } else if (check instanceof Check.ByRuns r) {
      json.put("kind", "runs")
          .put("needs", r.needs())
          .put("days", r.days())
          .put("estimate", r.estimate());
    } else if (check instanceof Check.NotYet n) {
      json.put("kind", "none").put("planned_study", n.study().isEmpty() ? null : n.study());
    } else {
      json.put("kind", "graphs");
    }
    return json.put("measures", check.measures())
        .put("commands", ClaimCommands.of(claim, check))
        .put(
            "figures",
            LedgerClaim.figures(check, records).stream().map(ClaimsJson::figure).toList());
  }

  private static Json run(StudyRecord r) {
    return new Json()
        .put("date", r.date())
        .put("scale", r.scale().name().toLowerCase(Locale.ROOT))
        .put("data", r.data())
        .put("machine", r.machine())
        .put("threads", r.threads())
        .put("precision", r.precision())
        .put("convolution", r.convolution())
        .put("seeds", r.seeds())
        .put("epochs", r.epochs())
        .put("fraction", r.fraction())
        .put("seconds", r.seconds())
        .put(
            "networks",
            r.networks().stream()
                .map(a -> new Json().put("network", a.network()).put("top1", a.top1()))
                .toList())
        .put("notes", r.notes());
  }

  private static Json figure(Figure f) {
    return new Json()
        .put("statement", f.statement())
        .put("rule", f.rule().name().toLowerCase(Locale.ROOT))
        .put("wanted", f.wanted())
        .put("measured", f.measured())
        .put("unit", f.unit())
        .put("holds", f.holds());
  }
}
