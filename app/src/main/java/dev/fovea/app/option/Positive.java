package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import org.jspecify.annotations.Nullable;

/** Checks numbers of the command line that must be at least 1. */
public final class Positive {
  private Positive() {}

  public static void check(String option, @Nullable Number value) {
    if (value != null && !(value.doubleValue() >= 1)) {
      throw new UsageException(option + " is " + value + "; it must be at least 1");
    }
  }
}
