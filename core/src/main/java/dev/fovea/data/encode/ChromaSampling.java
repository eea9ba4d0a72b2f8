package dev.fovea.data.encode;

import dev.fovea.data.image.DataException;

/** How many pixels share a sample of color in a JPEG. */
public enum ChromaSampling {
  /** One sample of color for two by two pixels, as in nearly all JPEGs. */
  QUARTER("4:2:0", 2),
  /** One sample of color for every pixel. */
  FULL("4:4:4", 1);

  private final String notation;

  /** Pixels for each sample of color, across and down. */
  final int pixels;

  ChromaSampling(String notation, int pixels) {
    this.notation = notation;
    this.pixels = pixels;
  }

  /**
   * The sampling of this notation.
   *
   * @throws DataException if it is neither {@code 4:2:0} nor {@code 4:4:4}
   */
  public static ChromaSampling parse(String notation) {
    for (ChromaSampling s : values()) {
      if (s.notation.equals(notation)) {
        return s;
      }
    }
    throw new DataException(
        "unknown chroma subsampling '" + notation + "'; expected 4:2:0 or 4:4:4");
  }

  /** The usual notation, for example {@code 4:2:0}. */
  @Override
  public String toString() {
    return notation;
  }
}
