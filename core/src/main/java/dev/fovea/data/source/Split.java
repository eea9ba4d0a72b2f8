package dev.fovea.data.source;

import java.util.List;
import java.util.Locale;

/** The splits of a data set. */
public enum Split {
  /** The training images. */
  TRAIN("train", "training"),
  /** The images for choosing settings; falls back to the test split. */
  VAL("val", "valid", "validation", "eval", "evaluation", "test", "testing"),
  /** The images for reporting the result; falls back to the validation split. */
  TEST("test", "testing", "eval", "evaluation", "val", "valid", "validation"),
  /** Every image of the source. */
  ALL;

  private final List<String> folders;

  Split(String... folders) {
    this.folders = List.of(folders);
  }

  /** The folder names of this split, preferred first. */
  List<String> folders() {
    return folders;
  }

  /** Whether {@code name} is the folder name of a split. */
  static boolean isSplitFolder(String name) {
    String n = name.toLowerCase(Locale.ROOT);
    return TRAIN.folders.contains(n) || VAL.folders.contains(n);
  }

  /** Whether {@code name} is a folder name of the training split. */
  static boolean isTrainFolder(String name) {
    return TRAIN.folders.contains(name.toLowerCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
