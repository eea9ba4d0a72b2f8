package dev.fovea.interop;

/**
 * Thrown when a file contains several sets of weights, or not the requested one; the message lists
 * those that there are.
 */
public final class EntryException extends InteropException {
  private static final long serialVersionUID = 1L;

  EntryException(String message) {
    super(message);
  }
}
