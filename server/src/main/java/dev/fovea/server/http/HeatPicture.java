package dev.fovea.server.http;

import dev.fovea.data.image.Image;
import dev.fovea.explanation.HeatMap;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import javax.imageio.ImageIO;

/**
 * A signed heat map over its picture in gray: red where the value is positive, blue where it is
 * negative, in the colors of ColorBrewer's RdBu, as {@code fovea explain} draws it.
 */
final class HeatPicture {
  private static final double WITHIN = 0.995;
  private static final double OPACITY = 0.85;
  private static final int[][] FOR = {{0xf4, 0xa5, 0x82}, {0xca, 0x00, 0x20}};
  private static final int[][] AGAINST = {{0x92, 0xc5, 0xde}, {0x05, 0x71, 0xb0}};

  private HeatPicture() {}

  /** A map over what the network saw, which has the same size. */
  static Image over(Image seen, HeatMap map) {
    double full = full(map);
    Image out = Image.black(seen.width(), seen.height());
    for (int i = 0; i < map.values().length; i++) {
      double value = full > 0 ? map.values()[i] / full : 0;
      double strength = Math.min(1, Math.abs(value));
      int[][] ramp = value > 0 ? FOR : AGAINST;
      int gray = Image.gray(seen.rgb(), i * Image.CHANNELS);
      for (int c = 0; c < Image.CHANNELS; c++) {
        double color = ramp[0][c] + strength * (ramp[1][c] - ramp[0][c]);
        double mixed = gray + OPACITY * strength * (color - gray);
        out.rgb()[i * Image.CHANNELS + c] = (byte) Math.rint(mixed);
      }
    }
    return out;
  }

  // One pixel of a gradient must not make all others pale.
  private static double full(HeatMap map) {
    double[] sizes = new double[map.values().length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(map.values()[i]);
    }
    Arrays.sort(sizes);
    double within = sizes[(int) Math.ceil(WITHIN * sizes.length) - 1];
    return within > 0 ? within : sizes[sizes.length - 1];
  }

  /** A picture as PNG. */
  static byte[] png(Image image) {
    BufferedImage drawn =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    drawn
        .getRaster()
        .setPixels(0, 0, image.width(), image.height(), unsigned(image.rgb()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(drawn, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static int[] unsigned(byte[] rgb) {
    int[] values = new int[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      values[i] = rgb[i] & 0xff;
    }
    return values;
  }
}
