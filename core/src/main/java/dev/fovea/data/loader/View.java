package dev.fovea.data.loader;

import dev.fovea.data.image.Resize;

/** A part of an image, at the network's size in the end. */
sealed interface View {
  /** Whether left and right are swapped. */
  boolean mirrored();

  /** The mirror image of this view. */
  View mirror();

  /** What the preprocessing makes of the image. */
  record Fitted(boolean mirrored) implements View {
    @Override
    public View mirror() {
      return new Fitted(!mirrored);
    }
  }

  /**
   * A part of a part of the resized image, resized to the network's size if it has another.
   *
   * @param width columns of the resized image
   * @param height rows of it
   * @param region the part of the resized image that is computed
   * @param crop the part of the region that is seen
   */
  record Cut(int width, int height, Resize.Box region, Resize.Box crop, boolean mirrored)
      implements View {
    @Override
    public View mirror() {
      return new Cut(width, height, region, crop, !mirrored);
    }
  }
}
