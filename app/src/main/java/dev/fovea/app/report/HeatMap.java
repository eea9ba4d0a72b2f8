package dev.fovea.app.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * A large confusion matrix as an image with a transparent background, for light and dark pages.
 *
 * <p>Each cell is a square of whole pixels; with more than {@value #SIDE} classes, adjacent classes
 * share a pixel.
 */
final class HeatMap {
  /** Largest height and width of the image in pixels. */
  static final int SIDE = 600;

  private static final int RIGHT = 0x1f6feb;
  private static final int WRONG = 0xd9480f;

  private HeatMap() {}

  /** The bytes of a PNG file; counts.get(t).get(a) images of class t were predicted as class a. */
  static byte[] png(List<List<Long>> counts) {
    int classes = counts.size();
    int together = (classes + SIDE - 1) / SIDE;
    int cells = (classes + together - 1) / together;
    int scale = Math.max(1, SIDE / cells);
    BufferedImage image =
        new BufferedImage(cells * scale, cells * scale, BufferedImage.TYPE_INT_ARGB);
    for (int row = 0; row < cells; row++) {
      double[] right = new double[cells];
      double[] wrong = new double[cells];
      double all = 0;
      for (int t = row * together; t < Math.min(classes, (row + 1) * together); t++) {
        for (int a = 0; a < classes; a++) {
          (t == a ? right : wrong)[a / together] += counts.get(t).get(a);
          all += counts.get(t).get(a);
        }
      }
      for (int column = 0; column < cells && all > 0; column++) {
        boolean hit = right[column] >= wrong[column] && right[column] > 0;
        // The square root makes rare mistakes visible.
        double strength = Math.sqrt((hit ? right[column] : wrong[column]) / all);
        int argb = (int) Math.round(255 * strength) << 24 | (hit ? RIGHT : WRONG);
        for (int i = 0; i < scale * scale; i++) {
          image.setRGB(column * scale + i % scale, row * scale + i / scale, argb);
        }
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
