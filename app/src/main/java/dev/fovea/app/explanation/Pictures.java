package dev.fovea.app.explanation;

import dev.fovea.app.report.ExplainReport.Picture;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.Image;
import dev.fovea.data.inspect.ContactSheet;

/** Encodes pictures for a page: without loss or as JPEG, whichever takes fewer bytes. */
final class Pictures {
  /** Pixels of the longer side up to which a picture is shown as squares. */
  private static final int SMALL = 96;

  /** High enough that the colors of a map are not changed visibly. */
  private static final JpegEncoder JPEG = new JpegEncoder(90, ChromaSampling.parse("4:4:4"));

  private Pictures() {}

  /**
   * Encodes a picture.
   *
   * @param squares whether a small one is enlarged without smoothing
   */
  static Picture shown(Image image, boolean squares) {
    boolean small = squares && Math.max(image.width(), image.height()) <= SMALL;
    byte[] png = ContactSheet.encode(image);
    byte[] jpeg = JPEG.encode(image);
    return small || png.length <= jpeg.length
        ? new Picture(png, "image/png", small)
        : new Picture(jpeg, "image/jpeg", small);
  }
}
