package dev.fovea.data.loader;

import dev.fovea.data.image.Resize;

/** A view of an image, rendered at the network's input size. */
sealed interface View {
  /** Whether the view is flipped horizontally. */
  boolean mirrored();

  /** The horizontal flip of this view. */
  View mirror();

  /** The image as fitted by the preprocessing. */
  record Fitted(boolean mirrored) implements View {
    @Override
    public View mirror() {
      return new Fitted(!mirrored);
    }
  }

  /**
   * The image as fitted by the preprocessing, from this column and row on, with its edges mirrored;
   * flipped after that.
   */
  record Shifted(int columns, int rows, boolean mirrored) implements View {
    @Override
    public View mirror() {
      return new Shifted(columns, rows, !mirrored);
    }
  }

  /**
   * A crop from a region of the resized image, resized to the network's input size if it differs.
   *
   * @param width columns of the resized image
   * @param height rows of the resized image
   * @param region the part of the resized image that is computed
   * @param crop the crop within the region
   */
  record Cut(int width, int height, Resize.Box region, Resize.Box crop, boolean mirrored)
      implements View {
    @Override
    public View mirror() {
      return new Cut(width, height, region, crop, !mirrored);
    }
  }
}
