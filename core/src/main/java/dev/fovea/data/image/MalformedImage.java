package dev.fovea.data.image;

/**
 * Thrown by a decoder that cannot decode its input. The caller, which knows the file's name, turns
 * it into a {@link DataException}.
 */
public sealed class MalformedImage extends Exception permits UnsupportedImage {
  private static final long serialVersionUID = 1L;

  public MalformedImage(String message) {
    super(message);
  }

  /** What was expected and what to do. Never advises deleting a file that may be intact. */
  public String advice() {
    return this instanceof UnsupportedImage
        ? "expected a supported format; convert it to PNG or JPEG"
        : "expected an intact file; replace or delete it";
  }
}
