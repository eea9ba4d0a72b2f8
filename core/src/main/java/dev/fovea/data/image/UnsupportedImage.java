package dev.fovea.data.image;

/** A file that may well be whole, of a kind that no decoder here reads. */
public final class UnsupportedImage extends MalformedImage {
  private static final long serialVersionUID = 1L;

  public UnsupportedImage(String message) {
    super(message);
  }
}
