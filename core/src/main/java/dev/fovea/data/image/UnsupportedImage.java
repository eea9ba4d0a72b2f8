package dev.fovea.data.image;

/** Thrown for a file that may be intact but uses a format or feature that is not supported. */
public final class UnsupportedImage extends MalformedImage {
  private static final long serialVersionUID = 1L;

  public UnsupportedImage(String message) {
    super(message);
  }
}
