package dev.fovea.data.jpeg;

import dev.fovea.data.image.Resize;

/**
 * The MCUs that are transformed for a rectangle of the shrunk image: those that it touches, and
 * those that the interpolation of their chroma needs.
 *
 * @param left first column of MCUs
 * @param right behind the last
 * @param top first row of MCUs
 * @param bottom behind the last
 * @param box the rectangle
 */
record Window(int left, int right, int top, int bottom, Resize.Box box) {
  /** Pixels beside the rectangle that have an influence on it: two samples of chroma. */
  private static final int MARGIN = 4;

  static Window of(Layout layout, Resize.Box box) {
    return new Window(
        Math.max(0, box.left() - MARGIN) / layout.tileWidth(),
        Frame.parts(
            Math.min(layout.width(), box.left() + box.width() + MARGIN), layout.tileWidth()),
        Math.max(0, box.top() - MARGIN) / layout.tileHeight(),
        Frame.parts(
            Math.min(layout.height(), box.top() + box.height() + MARGIN), layout.tileHeight()),
        box);
  }

  /** Columns of MCUs. */
  int wide() {
    return right - left;
  }
}
