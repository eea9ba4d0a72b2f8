package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.ledger.ClaimsJson;
import dev.fovea.app.ledger.ClaimsMarkdown;
import dev.fovea.app.ledger.ClaimsText;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.report.ClaimWords;
import dev.fovea.app.report.ClaimsPage;
import dev.fovea.study.ledger.Ledger;
import dev.fovea.study.ledger.LedgerClaim;
import dev.fovea.study.ledger.StudyRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea claims}: lists the papers' claims, how each is checked, and the last verdict. */
@Command(
    name = "claims",
    header = "Lists the papers' claims, how each is checked, and the last verdict.",
    description = {
      "",
      "A claim is checked by a study ('fovea study'), by costs computed from the graphs, by a test"
          + " of the build, or by runs that nobody has done yet because they need ImageNet or"
          + " weeks; what has no check yet says so. Each check comes with its last figures and the"
          + " command that repeats it. Costs are computed anew by every call; results of studies"
          + " are those that come with Fovea, or with --results those of your own runs."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class ClaimsCommand implements Runnable {
  private final Terminal terminal;

  @Parameters(
      arity = "0..1",
      paramLabel = "N",
      description = "The number of a claim; without it, lists all.")
  private @Nullable Integer number;

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description = "Reads the results of studies from this file instead, one per line.")
  private @Nullable Path results;

  @Option(
      names = "--add",
      paramLabel = "RUN",
      description =
          "Adds the result of a finished study, by its run folder, to the file of --results, which"
              + " is created if necessary. May be given several times.")
  private List<Path> add = new ArrayList<>();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also writes a page that opens in any browser, offline.")
  private @Nullable Path html;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Also writes a Markdown page.")
  private @Nullable Path markdown;

  @Mixin private GlobalOptions common = new GlobalOptions();

  public ClaimsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    List<LedgerClaim> claims = claims();
    StudyRecords records = records();
    if (html != null) {
      write(html, ClaimsPage.html(claims, records));
    }
    if (markdown != null) {
      write(markdown, ClaimsMarkdown.of(claims, records));
    }
    if (common.json) {
      claims.forEach(c -> terminal.result(ClaimsJson.of(c, records)));
      return;
    }
    for (int i = 0; i < claims.size(); i++) {
      terminal.resultText((i == 0 ? "" : "\n") + ClaimsText.of(claims.get(i), records));
    }
    if (claims.size() > 1) {
      terminal.resultText("\n" + ClaimWords.totals(claims, records) + "\n");
    }
  }

  private List<LedgerClaim> claims() {
    Integer wanted = number;
    if (wanted == null) {
      return Ledger.all();
    }
    return List.of(
        Ledger.claim(wanted)
            .orElseThrow(
                () ->
                    new UsageException(
                        "there is no claim "
                            + wanted
                            + "; they are numbered from 1 to "
                            + Ledger.all().size())));
  }

  private StudyRecords records() {
    Path file = results;
    if (file == null) {
      if (!add.isEmpty()) {
        throw new UsageException("--add needs --results, the file to add to");
      }
      return StudyRecords.bundled();
    }
    add.forEach(
        run -> {
          var record = StudyRecords.add(run, file);
          terminal.note("added to " + file + ": " + record.study() + " of " + record.date());
        });
    return StudyRecords.of(file);
  }

  private void write(Path file, String text) {
    try {
      WholeFile.write(file, text);
    } catch (IOException e) {
      throw new CommandException("cannot write the page: " + ErrorLine.of(e, common.flags()), e);
    }
    terminal.note("wrote " + file);
  }
}
