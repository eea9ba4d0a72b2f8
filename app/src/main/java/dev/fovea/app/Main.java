package dev.fovea.app;

import dev.fovea.app.command.AverageCommand;
import dev.fovea.app.command.BenchCommand;
import dev.fovea.app.command.ClaimsCommand;
import dev.fovea.app.command.CompletionCommand;
import dev.fovea.app.command.DataCommand;
import dev.fovea.app.command.DoctorCommand;
import dev.fovea.app.command.EvalCommand;
import dev.fovea.app.command.ExplainCommand;
import dev.fovea.app.command.ExportCommand;
import dev.fovea.app.command.FinetuneCommand;
import dev.fovea.app.command.ImportCommand;
import dev.fovea.app.command.LrFindCommand;
import dev.fovea.app.command.ModelsCommand;
import dev.fovea.app.command.PredictCommand;
import dev.fovea.app.command.QuantizeCommand;
import dev.fovea.app.command.ServeCommand;
import dev.fovea.app.command.StudyCommand;
import dev.fovea.app.command.SummaryCommand;
import dev.fovea.app.command.TrainCommand;
import dev.fovea.app.command.WeightsCommand;
import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.HelpSections;
import dev.fovea.app.console.ReaderGone;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.Version;
import dev.fovea.app.console.WrongUsage;
import dev.fovea.data.archive.ImageIndexFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The root command {@code fovea}; without a subcommand it prints its own help. */
@Command(
    name = "fovea",
    header = "Trains, evaluates and runs image classifiers on the JVM.",
    customSynopsis = {"fovea COMMAND [OPTIONS]", "       fovea COMMAND --help"},
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "To start, run 'fovea train': it trains a small network on generated images.",
      "Results go to standard output, progress and errors to standard error.",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 143 terminated."
    },
    versionProvider = Version.class)
final class Main implements Runnable {
  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Prints the version.")
  boolean version;

  private Main(Terminal terminal) {
    this.terminal = terminal;
    this.spec = CommandSpec.create();
  }

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT);
    System.setProperty("java.awt.headless", "true");
    ImageIndexFile.keepElsewhere(cache().resolve("fovea"));
    System.exit(run(args, Terminal.ofProcess()));
  }

  /** The user's folder for files that can be made again. */
  private static Path cache() {
    String named = System.getenv("XDG_CACHE_HOME");
    return named == null || !named.startsWith("/")
        ? Path.of(System.getProperty("user.home"), ".cache")
        : Path.of(named);
  }

  /** Runs one command and returns its exit code; a failure is one line on standard error. */
  static int run(String[] args, Terminal terminal) {
    int code;
    try {
      code = commandLine(terminal).execute(args);
    } catch (Exception | StackOverflowError | OutOfMemoryError | LinkageError e) {
      code = reportFailure(e, CommandSpec.create().name("fovea"), args, terminal);
    }
    return finish(code, terminal);
  }

  /** The commands with their options. */
  static CommandLine commandLine(Terminal terminal) {
    CommandLine main = new CommandLine(new Main(terminal));
    for (Object command : commands(terminal)) {
      main.addSubcommand(command);
    }
    HelpSections.install(main);
    main.setOut(
            new java.io.PrintWriter(terminal.out(), true, java.nio.charset.StandardCharsets.UTF_8))
        .setErr(
            new java.io.PrintWriter(terminal.err(), true, java.nio.charset.StandardCharsets.UTF_8))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setUsageHelpWidth(100)
        .setUsageHelpLongOptionsMaxWidth(30)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler((e, args) -> WrongUsage.report(e, terminal))
        .setExecutionExceptionHandler(
            (e, command, parsed) ->
                reportFailure(
                    e,
                    command.getCommandSpec(),
                    parsed.originalArgs().toArray(String[]::new),
                    terminal));
    return main;
  }

  private static List<Object> commands(Terminal terminal) {
    return List.of(
        new TrainCommand(terminal),
        new FinetuneCommand(terminal),
        new EvalCommand(terminal),
        new PredictCommand(terminal),
        new ExplainCommand(terminal),
        new ServeCommand(terminal),
        new ModelsCommand(terminal),
        new SummaryCommand(terminal),
        new WeightsCommand(terminal),
        new ImportCommand(terminal),
        new QuantizeCommand(terminal),
        new ExportCommand(terminal),
        new AverageCommand(terminal),
        new LrFindCommand(terminal),
        new StudyCommand(terminal),
        new ClaimsCommand(terminal),
        new BenchCommand(terminal),
        DataCommand.commandLine(terminal),
        new DoctorCommand(terminal),
        new CompletionCommand(terminal));
  }

  private static int reportFailure(
      Throwable e, CommandSpec command, String[] args, Terminal terminal) {
    if (e instanceof ReaderGone) {
      return ExitCode.DONE;
    }
    String error = terminal.red("error:");
    String line = ErrorLine.of(e, command.optionsMap().keySet());
    terminal.note(command.qualifiedName() + ": " + error + " " + line);
    if (List.of(args).contains("--verbose")) {
      e.printStackTrace(terminal.err());
      terminal.err().flush();
    }
    return ErrorLine.exitCode(e);
  }

  private static int finish(int code, Terminal terminal) {
    terminal.out().flush();
    terminal.err().flush();
    IOException failure = terminal.results().failure();
    if (failure != null) {
      terminal.note(
          "fovea: error: cannot write the results to standard output: "
              + failure.getMessage()
              + "; they are incomplete");
      return Math.max(code, ExitCode.FAILED);
    }
    return code;
  }

  @Override
  public void run() {
    spec.commandLine().usage(terminal.out());
  }
}
