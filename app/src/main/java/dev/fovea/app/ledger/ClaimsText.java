package dev.fovea.app.ledger;

import dev.fovea.app.report.ClaimCommands;
import dev.fovea.app.report.ClaimWords;
import dev.fovea.study.ledger.Check;
import dev.fovea.study.ledger.Figure;
import dev.fovea.study.ledger.LedgerClaim;
import dev.fovea.study.ledger.StudyRecords;
import java.util.List;

/** Formats claims as text of at most 80 columns; only commands may be longer. */
public final class ClaimsText {
  private static final int WIDTH = 80;
  private static final int INDENT = 14;

  private ClaimsText() {}

  /** One claim with its checks. */
  public static String of(LedgerClaim claim, StudyRecords records) {
    StringBuilder s = new StringBuilder();
    wrapped(s, String.format("%2d  ", claim.number()), 4, claim.statement());
    wrapped(s, "    source    ", INDENT, claim.source());
    wrapped(s, "    verdict   ", INDENT, ClaimWords.verdict(claim, records));
    claim.checks().forEach(c -> check(s, claim, c, records));
    return s.toString();
  }

  private static void check(StringBuilder s, LedgerClaim claim, Check check, StudyRecords records) {
    wrapped(s, "    check     ", INDENT, ClaimWords.name(check) + ": " + check.measures());
    String indent = " ".repeat(INDENT);
    wrapped(s, indent, INDENT, ClaimWords.circumstances(check, records));
    for (Figure f : LedgerClaim.figures(check, records)) {
      wrapped(
          s,
          indent + (f.holds() ? "yes  " : "no   "),
          INDENT + 5,
          ClaimWords.figure(f) + ": " + f.statement());
    }
    if (check instanceof Check.ByStudy study) {
      records
          .last(study)
          .map(ClaimWords::remarks)
          .filter(t -> !t.isEmpty())
          .ifPresent(t -> wrapped(s, indent, INDENT, t));
    }
    List<String> commands = ClaimCommands.of(claim, check);
    for (int i = 0; i < commands.size(); i++) {
      s.append(i == 0 ? "    repeat    " : indent).append(commands.get(i)).append('\n');
    }
  }

  /** Appends a text in lines, the first behind {@code head}, others indented. */
  private static void wrapped(StringBuilder s, String head, int indent, String text) {
    StringBuilder line = new StringBuilder(head);
    boolean empty = true;
    for (String word : text.split(" ")) {
      if (!empty && line.length() + 1 + word.length() > WIDTH) {
        s.append(line).append('\n');
        line = new StringBuilder(" ".repeat(indent));
        empty = true;
      }
      line.append(empty ? "" : " ").append(word);
      empty = false;
    }
    s.append(line).append('\n');
  }
}
