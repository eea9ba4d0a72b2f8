package dev.fovea.app.command;

import dev.fovea.app.console.Terminal;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fovea completion}: prints a completion script for bash and zsh. */
@Command(
    name = "completion",
    header = "Prints a completion script for bash and zsh.",
    description = {"", "Use it with:  source <(fovea completion)"},
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class CompletionCommand implements Runnable {
  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this help.")
  boolean help;

  public CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    terminal.resultText(AutoComplete.bash("fovea", spec.root().commandLine()));
  }
}
