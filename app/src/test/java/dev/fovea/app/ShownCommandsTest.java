package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.command.WeightsCommand;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.report.ClaimCommands;
import dev.fovea.interop.PublicWeights;
import dev.fovea.interop.PublishedWeights;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.study.claims.Studies;
import dev.fovea.study.ledger.Ledger;
import dev.fovea.train.Recipes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Commands that Fovea itself prints are understood by its command line. */
class ShownCommandsTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private static CommandLine.ParseResult parsed(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    assertThat(words.get(0)).isEqualTo("fovea");
    CommandLine main =
        Main.commandLine(new Terminal(System.out, System.err, Map.of(), false, () -> 80));
    CommandLine.ParseResult all =
        main.parseArgs(words.subList(1, words.size()).toArray(String[]::new));
    assertThat(all.hasSubcommand()).as(command).isTrue();
    return all.subcommand();
  }

  @Test
  void everyCommandOfTheLedgerIsUnderstoodAndNamesWhatThereIs() {
    List<String> commands =
        Ledger.all().stream()
            .flatMap(c -> c.checks().stream().flatMap(check -> ClaimCommands.of(c, check).stream()))
            .toList();
    assertThat(commands).hasSizeGreaterThan(40);
    for (String command : commands) {
      if (command.startsWith("./mvnw ")) {
        continue;
      }
      CommandLine.ParseResult shown = parsed(command);
      switch (shown.commandSpec().name()) {
        case "train" -> {
          assertThat(Recipes.names()).contains(shown.matchedOptionValue("--recipe", ""));
          String model = shown.matchedOptionValue("--model", "resnet20");
          assertThat(Models.graph(model).nodes()).isNotEmpty();
        }
        case "study" ->
            assertThat(Studies.named(shown.matchedPositionalValue(0, ""))).as(command).isPresent();
        case "summary", "claims", "eval" -> assertThat(shown.unmatched()).isEmpty();
        default -> throw new AssertionError(command);
      }
    }
  }

  @Test
  void everyImportOfPublicWeightsIsUnderstoodAndNamesANetworkOfTheList() {
    int files = 0;
    for (ModelInfo network : Models.all()) {
      for (PublicWeights w : PublicWeights.of(network.name())) {
        CommandLine.ParseResult shown = parsed(WeightsCommand.importCommand(w));
        assertThat(shown.commandSpec().name()).isEqualTo("import");
        String model = shown.matchedOptionValue("--model", "");
        assertThat(Models.info(PublishedWeights.network(model)).name()).isEqualTo(network.name());
        assertThat(shown.matchedPositional(0).<Object>getValue()).hasToString(w.file());
        files++;
      }
    }
    assertThat(files).isGreaterThan(25);
  }
}
