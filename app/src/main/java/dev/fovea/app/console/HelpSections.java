package dev.fovea.app.console;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Groups the options in the help under headings: options of a mixin whose name starts with a
 * capital letter appear under that name, all others under "Options".
 *
 * <p>Picocli's argument groups would do the same, but silently drop other options of the command if
 * one option is given twice.
 */
public final class HelpSections {
  private HelpSections() {}

  /** Installs such help in the command and all its subcommands. */
  public static void install(CommandLine command) {
    command
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpSections::options);
    command.getSubcommands().values().forEach(HelpSections::install);
  }

  private static String options(Help help) {
    CommandSpec spec = help.commandSpec();
    Set<OptionSpec> headed = new HashSet<>();
    StringBuilder sections = new StringBuilder();
    for (Map.Entry<String, CommandSpec> mixin : spec.mixins().entrySet()) {
      if (Character.isUpperCase(mixin.getKey().charAt(0))) {
        List<OptionSpec> own = of(spec, mixin.getValue());
        headed.addAll(own);
        sections
            .append(String.format("%n%s:%n", mixin.getKey()))
            .append(help.optionListExcludingGroups(own));
      }
    }
    List<OptionSpec> others = new ArrayList<>(spec.options());
    others.removeAll(headed);
    return help.optionListExcludingGroups(others) + sections;
  }

  /** The command's options that belong to a mixin, matched by name. */
  private static List<OptionSpec> of(CommandSpec command, CommandSpec mixin) {
    return command.options().stream()
        .filter(o -> mixin.findOption(o.longestName()) != null)
        .toList();
  }
}
