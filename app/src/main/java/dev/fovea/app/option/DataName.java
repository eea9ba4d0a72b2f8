package dev.fovea.app.option;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import dev.fovea.data.source.Datasets;
import java.util.List;

/** Checks the name of a data set on the command line: a path or a generated set. */
public final class DataName {
  /** What a data set may be, for help texts. */
  public static final String DESCRIPTION =
      "A folder of class folders (with or without train/, val/, test/), the same in a .zip or .tar,"
          + " WebDataset shards (a folder of them, or a pattern such as"
          + " 'train-{000000..000146}.tar'), a folder with ImageNet's archives, a CIFAR binary"
          + " folder, a folder of IDX files, or the generated set 'shapes'.";

  private static final List<String> GENERATED = List.of("shapes");

  private DataName() {}

  /** The name itself, unless it is not a path but close to the name of a generated set. */
  public static String check(String name) {
    String plain = name.replaceFirst("\\(.*", "");
    if (GENERATED.contains(plain) || Datasets.isThere(name)) {
      return name;
    }
    String question = Nearest.question(plain, GENERATED);
    if (!question.isEmpty()) {
      throw new UsageException("there is no data set and no path '" + name + "'." + question);
    }
    return name;
  }
}
