package dev.fovea.convolution;

import java.util.Locale;

/** The number format of stored values; arithmetic on them is in binary32. */
public enum Format {
  /** binary32. */
  F32(4),
  /** bfloat16. */
  BF16(2),
  /** Two bfloat16 side by side. */
  BF16_PAIRS(4);

  private final int bytes;

  Format(int bytes) {
    this.bytes = bytes;
  }

  /** Its spelling in reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }
}
