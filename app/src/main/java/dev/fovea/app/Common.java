package dev.fovea.app;

import picocli.CommandLine.Option;

/** The options that every command has. */
final class Common {
  @Option(
      names = "--json",
      order = 90,
      description = "Prints JSON on standard output and nothing else.")
  boolean json;

  @Option(
      names = "--verbose",
      order = 91,
      description = "Says more; errors come with their stack trace.")
  boolean verbose;

  @Option(
      names = {"-h", "--help"},
      order = 92,
      usageHelp = true,
      description = "Shows this help.")
  boolean help;
}
