package dev.fovea.interop;

/** A file that holds several sets of weights, or not the one that was asked for: names them. */
public final class EntryException extends InteropException {
  private static final long serialVersionUID = 1L;

  EntryException(String message) {
    super(message);
  }
}
