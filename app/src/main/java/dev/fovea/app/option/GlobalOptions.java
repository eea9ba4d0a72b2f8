package dev.fovea.app.option;

import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of every command. */
public final class GlobalOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(names = "--json", order = 90, description = "Prints only JSON on standard output.")
  public boolean json;

  @Option(
      names = "--verbose",
      order = 91,
      description = "Prints more details, and stack traces of errors.")
  public boolean verbose;

  @Option(
      names = {"-h", "--help"},
      order = 92,
      usageHelp = true,
      description = "Prints this help.")
  boolean help;

  /** The names of all options of the command. */
  public Set<String> flags() {
    return command.optionsMap().keySet();
  }
}
