package dev.fovea.app.console;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reports a wrong command line in one line, with what was probably meant. */
public final class WrongUsage {
  private WrongUsage() {}

  /** Prints the line and returns the exit code. */
  public static int report(ParameterException e, Terminal terminal) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String message = message(e, command);
    String end = message.endsWith("?") || message.endsWith(".") ? " " : ". ";
    terminal.note(
        name + ": " + terminal.red("error:") + " " + message + end + "See '" + name + " --help'.");
    return ExitCode.USAGE;
  }

  private static String message(ParameterException e, CommandLine command) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      return unmatched(unmatched.getUnmatched().get(0), command);
    }
    String text = String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  private static String unmatched(String word, CommandLine command) {
    Collection<String> commands = command.getSubcommands().keySet();
    if (word.startsWith("-") && word.length() > 1) {
      String option = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
      List<String> known =
          command.getCommandSpec().options().stream()
              .filter(o -> !o.hidden())
              .map(CommandLine.Model.OptionSpec::longestName)
              .toList();
      return "unknown option '" + option + "'." + Nearest.question(option, known);
    }
    if (!commands.isEmpty()) {
      String question = Nearest.question(word, commands);
      return "unknown command '"
          + word
          + "'."
          + (question.isEmpty() ? " There are " + String.join(", ", commands) + "." : question);
    }
    return "unexpected argument '" + word + "'.";
  }
}
