package dev.fovea.data.encode;

import dev.fovea.data.image.Image;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes images as binary Netpbm pixmaps (P6): a short header and the pixels as they are. */
public final class Ppm {
  private Ppm() {}

  /** The file of an image. */
  public static byte[] encode(Image image) {
    byte[] header =
        ("P6\n" + image.width() + " " + image.height() + "\n255\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] file = Arrays.copyOf(header, Math.addExact(header.length, image.rgb().length));
    System.arraycopy(image.rgb(), 0, file, header.length, image.rgb().length);
    return file;
  }
}
