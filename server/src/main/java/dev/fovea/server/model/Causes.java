package dev.fovea.server.model;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Finds what went wrong in what a future failed with. */
public final class Causes {
  private Causes() {}

  /** The failure itself, without what wraps it. */
  public static Throwable of(Throwable failure) {
    Throwable e = failure;
    while ((e instanceof CompletionException || e instanceof ExecutionException)
        && e.getCause() != null) {
      e = e.getCause();
    }
    return e;
  }
}
