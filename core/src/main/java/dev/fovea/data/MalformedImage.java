package dev.fovea.data;

/**
 * A decoder's complaint about the bytes it was given; becomes a {@link DataException} once the
 * file's name is known.
 */
final class MalformedImage extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedImage(String message) {
    super(message);
  }
}
