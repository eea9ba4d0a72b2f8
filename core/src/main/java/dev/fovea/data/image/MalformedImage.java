package dev.fovea.data.image;

/**
 * A decoder's complaint about the bytes it was given; becomes a {@link DataException} once the
 * file's name is known.
 */
public sealed class MalformedImage extends Exception permits UnsupportedImage {
  private static final long serialVersionUID = 1L;

  public MalformedImage(String message) {
    super(message);
  }

  /** What was expected and what to do; never to delete a file that may be whole. */
  public String advice() {
    return this instanceof UnsupportedImage
        ? "expected another kind of file; convert it to PNG or JPEG"
        : "expected an intact file; replace or delete it";
  }
}
