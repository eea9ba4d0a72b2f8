package dev.fovea.explanation;

/** A network gave values or gradients for an image that are no finite numbers. */
final class NotFinite extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int image;

  NotFinite(float value, int image) {
    super("a map would hold " + value);
    this.image = image;
  }

  /** The place of the image among those of the call. */
  int image() {
    return image;
  }
}
