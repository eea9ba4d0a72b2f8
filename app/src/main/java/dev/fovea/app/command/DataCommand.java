package dev.fovea.app.command;

import dev.fovea.app.console.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fovea data}: inspects and packs data sets; the subcommands do the work. */
@Command(
    name = "data",
    header = "Checks, measures, shows, decodes or packs the images of a data set.",
    customSynopsis = {
      "fovea data check|stats|show PATH [OPTIONS]",
      "       fovea data decode IMAGE... -o DIR [OPTIONS]",
      "       fovea data pack PATH -o DIR [OPTIONS]"
    },
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n")
public final class DataCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this help.")
  boolean help;

  /** This command with its subcommands. */
  public static CommandLine commandLine(Terminal terminal) {
    CommandLine show = new CommandLine(new DataShowCommand(terminal));
    show.getCommandSpec().usageMessage().footer(DataShowCommand.footer().toArray(new String[0]));
    return new CommandLine(new DataCommand())
        .addSubcommand(new DataCheckCommand(terminal))
        .addSubcommand(new DataStatsCommand(terminal))
        .addSubcommand(show)
        .addSubcommand(new DataDecodeCommand(terminal))
        .addSubcommand(new DataPackCommand(terminal));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "missing subcommand: expected check, stats, show, decode or pack");
  }
}
