package dev.fovea.app.option;

import java.nio.file.Path;

/** What {@code --labels} means wherever it is an option. */
public final class LabelsOption {
  public static final String DESCRIPTION =
      "Classes from a file of lines PATH,LABEL in place of class folders (commas, tabs or blanks; a"
          + " heading and a column 'split' if wanted); paths are relative to the data or to the"
          + " file.";

  private LabelsOption() {}

  /** The file, so that it is found from everywhere. */
  public static Path absolute(Path labels) {
    return labels.toAbsolutePath().normalize();
  }

  /** Where the images are if only the file is named: in its folder. */
  public static String folder(Path labels) {
    Path folder = labels.getParent();
    return folder == null ? "." : folder.toString();
  }
}
