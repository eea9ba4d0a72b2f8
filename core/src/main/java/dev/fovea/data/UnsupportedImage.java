package dev.fovea.data;

/** A file that may well be whole, of a kind that no decoder here reads. */
final class UnsupportedImage extends MalformedImage {
  private static final long serialVersionUID = 1L;

  UnsupportedImage(String message) {
    super(message);
  }
}
