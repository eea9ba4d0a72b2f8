package dev.fovea.data.source;

import java.util.List;
import java.util.Locale;

/** The part of a data set that a run asks for. */
public enum Split {
  /** What the network learns from. */
  TRAIN("train", "training"),
  /** What settings are chosen by; where a source has only a test part, that. */
  VAL("val", "valid", "validation", "eval", "evaluation", "test", "testing"),
  /** What the result is reported on; where a source has only a validation part, that. */
  TEST("test", "testing", "eval", "evaluation", "val", "valid", "validation"),
  /** Every image of the source. */
  ALL;

  private final List<String> folders;

  Split(String... folders) {
    this.folders = List.of(folders);
  }

  /** The folders that may hold this split, best first. */
  List<String> folders() {
    return folders;
  }

  /** Whether a folder of this name is a split and not a class. */
  static boolean isSplitFolder(String name) {
    String n = name.toLowerCase(Locale.ROOT);
    return TRAIN.folders.contains(n) || VAL.folders.contains(n);
  }

  /** Whether a folder of this name holds what is learnt from. */
  static boolean isTrainFolder(String name) {
    return TRAIN.folders.contains(name.toLowerCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
