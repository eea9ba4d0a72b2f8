package dev.fovea.pack;

import dev.fovea.data.image.DataException;
import java.util.Locale;

/** How the pictures of a pack are stored. */
public enum PackFormat {
  /** As JPEG, whatever their size. */
  JPEG,
  /** As pixels: binary PPM files. */
  RAW,
  /**
   * As pixels where the shorter side has at most 64, else as JPEG; a JPEG that needs no change
   * stays one.
   */
  AUTO;

  /**
   * The format of this name in upper or lower case.
   *
   * @throws DataException if there is no such format
   */
  public static PackFormat parse(String name) {
    for (PackFormat f : values()) {
      if (f.name().equals(name.toUpperCase(Locale.ROOT))) {
        return f;
      }
    }
    throw new DataException("unknown format '" + name + "'; expected jpeg, raw or auto");
  }

  /** The name in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
