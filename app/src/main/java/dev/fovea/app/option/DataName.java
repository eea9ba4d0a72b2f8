package dev.fovea.app.option;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Checks the name of a data set on the command line: a path or a generated set. */
public final class DataName {
  private static final List<String> GENERATED = List.of("shapes");

  private DataName() {}

  /** The name itself, unless it is not a path but close to the name of a generated set. */
  public static String check(String name) {
    String plain = name.replaceFirst("\\(.*", "");
    if (GENERATED.contains(plain) || exists(name)) {
      return name;
    }
    String question = Nearest.question(plain, GENERATED);
    if (!question.isEmpty()) {
      throw new UsageException("there is no data set and no path '" + name + "'." + question);
    }
    return name;
  }

  private static boolean exists(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
