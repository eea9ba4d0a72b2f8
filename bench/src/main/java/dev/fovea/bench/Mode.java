package dev.fovea.bench;

import java.util.Locale;

/** What a step of the benchmark does. */
public enum Mode {
  /** Forward, loss, backward and the optimizer's update. */
  TRAIN,
  /** One forward pass. */
  INFER;

  /** Parses a command-line word, {@code train} or {@code infer}. */
  public static Mode of(String word) {
    for (Mode mode : values()) {
      if (mode.word().equals(word)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("there is no mode '" + word + "'; expected train or infer");
  }

  /** The word on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
