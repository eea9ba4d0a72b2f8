package dev.fovea.data.jpeg;

/**
 * The samples of a component when the image is shrunk by a factor: how many there are, and how they
 * become pixels.
 *
 * <p>A tile holds the samples of one MCU.
 *
 * @param size samples of a block on each side after the inverse transform: 1, 2, 3, 4, 6 or 8
 * @param across blocks of a tile in a row
 * @param down rows of blocks of a tile
 * @param width samples per row of the image
 * @param height rows of samples of the image
 * @param stretch pixels per sample in a row
 * @param stretchDown pixels per sample in a column
 * @param smooth whether pixels of a row are interpolated; otherwise samples are repeated
 * @param smoothDown whether pixels of a column are interpolated
 */
record Plane(
    int size,
    int across,
    int down,
    int width,
    int height,
    int stretch,
    int stretchDown,
    boolean smooth,
    boolean smoothDown) {

  /** Samples per row of a tile. */
  int tileWidth() {
    return across * size;
  }

  /** Rows of a tile. */
  int tileHeight() {
    return down * size;
  }
}
