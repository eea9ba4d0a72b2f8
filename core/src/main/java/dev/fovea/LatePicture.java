package dev.fovea;

import dev.fovea.data.image.Picture;

/** A picture that is read when its turn comes. */
@FunctionalInterface
interface LatePicture {
  /**
   * Reads it.
   *
   * @throws dev.fovea.data.image.DataException if it cannot be read
   */
  Picture open();
}
