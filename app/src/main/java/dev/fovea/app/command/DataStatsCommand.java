package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.DataOptions;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.data.inspect.DataStats;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.tensor.Decimals;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fovea data stats}: measures the mean and standard deviation of the colors. */
@Command(
    name = "stats",
    header = "Measures the mean and standard deviation of a data set's colors.",
    description = {"", "Over all pixels of all readable images, as fractions of full brightness."},
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class DataStatsCommand implements Runnable {
  private final Terminal terminal;

  @Mixin private DataOptions source = new DataOptions();

  @Option(
      names = "--split",
      paramLabel = "train|val|test|all",
      description = "Which split to measure (default: ${DEFAULT-VALUE}).")
  private Split split = Split.TRAIN;

  @Mixin private GlobalOptions common = new GlobalOptions();

  DataStatsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    try (Dataset set = Datasets.open(source.path(), split, source.options().withValFraction(0))) {
      DataStats stats = DataStats.of(set, source.threads());
      if (common.json) {
        terminal.result(
            new Json()
                .put("data", set.description())
                .put("images", stats.images())
                .put("pixels", stats.pixels())
                .put("mean", stats.mean())
                .put("std", stats.std())
                .put("colour_variances", stats.axes().variances())
                .put("colour_axes", stats.axes().directions()));
      } else {
        terminal.resultText(
            new Table("channel", "mean", "std")
                .row("red", four(stats.mean().get(0)), four(stats.std().get(0)))
                .row("green", four(stats.mean().get(1)), four(stats.std().get(1)))
                .row("blue", four(stats.mean().get(2)), four(stats.std().get(2))));
        terminal.resultText(
            "\n"
                + set.description()
                + ": "
                + Human.count(stats.images(), "image")
                + ", "
                + Human.count(stats.pixels())
                + " pixels\nmean "
                + list(stats.mean())
                + "  std "
                + list(stats.std())
                + "\nvariance along the principal color axes (for lighting) "
                + list(stats.axes().variances())
                + "\n");
      }
    }
  }

  private static String four(double v) {
    return Decimals.format("%.4f", v);
  }

  private static String list(List<Double> values) {
    return values.stream().map(DataStatsCommand::four).collect(Collectors.joining(" "));
  }
}
