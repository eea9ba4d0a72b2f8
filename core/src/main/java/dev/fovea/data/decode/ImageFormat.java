package dev.fovea.data.decode;

import java.util.List;
import java.util.Locale;

/** The supported image formats, detected by their first bytes and never by file name. */
public enum ImageFormat {
  /** JPEG: baseline and progressive, 8 bits. */
  JPEG("jpg", "jpeg", "jpe", "jfif"),
  /** Portable Network Graphics. */
  PNG("png"),
  /** GIF: the first frame. */
  GIF("gif"),
  /** Windows bitmap. */
  BMP("bmp", "dib"),
  /** WebP: lossy and lossless, the first frame. */
  WEBP("webp"),
  /** TIFF and BigTIFF: the first image. */
  TIFF("tif", "tiff"),
  /** Netpbm bitmaps, graymaps and pixmaps, text and binary. */
  PNM("ppm", "pgm", "pbm", "pnm");

  private final List<String> suffixes;

  ImageFormat(String... suffixes) {
    this.suffixes = List.of(suffixes);
  }

  /** Whether the suffix of {@code name} belongs to this format. */
  public boolean fits(String name) {
    return suffixes.contains(suffix(name));
  }

  /** Whether the suffix of {@code name} belongs to any supported format. */
  public static boolean isImageName(String name) {
    String suffix = suffix(name);
    for (ImageFormat f : values()) {
      if (f.suffixes.contains(suffix)) {
        return true;
      }
    }
    return false;
  }

  /** The suffix of the last path element without its dot, in lower case; empty if there is none. */
  public static String suffix(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    int dot = file.lastIndexOf('.');
    return dot < 0 ? "" : file.substring(dot + 1).toLowerCase(Locale.ROOT);
  }
}
