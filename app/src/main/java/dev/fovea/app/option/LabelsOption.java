package dev.fovea.app.option;

import java.nio.file.Path;

/** The meanings of {@code --labels} and its relatives, shared by all commands that have them. */
public final class LabelsOption {
  public static final String DESCRIPTION =
      "Reads the classes from a file of lines PATH,LABEL instead of from class folders (separated"
          + " by commas, tabs or blanks; optionally with a heading and a column 'split'). Paths are"
          + " relative to the data or to the file.";

  public static final String COLUMN =
      "The column of the labels file, or the field of a WebDataset's JSON members, that holds the"
          + " class (default: the usual names, such as label).";

  public static final String CLASSES =
      "Class names for labels that are numbers: one per line, or JSON (default: classes.txt or"
          + " dataset_info.json beside the archives).";

  private LabelsOption() {}

  /** The file as an absolute path. */
  public static Path absolute(Path labels) {
    return labels.toAbsolutePath().normalize();
  }

  /** The folder of the images if only the file is given: that of the file. */
  public static String folder(Path labels) {
    Path folder = labels.getParent();
    return folder == null ? "." : folder.toString();
  }
}
