package dev.fovea.app.option;

import picocli.CommandLine.Option;

/** The options that every command has. */
public final class GlobalOptions {
  @Option(
      names = "--json",
      order = 90,
      description = "Prints JSON on standard output and nothing else.")
  public boolean json;

  @Option(
      names = "--verbose",
      order = 91,
      description = "Says more; errors come with their stack trace.")
  public boolean verbose;

  @Option(
      names = {"-h", "--help"},
      order = 92,
      usageHelp = true,
      description = "Shows this help.")
  boolean help;
}
