package dev.fovea.server.http;

import dev.fovea.data.image.Image;
import dev.fovea.explanation.HeatMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

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

  /** A picture as PNG: 8-bit RGB, rows without a filter. */
  static byte[] png(Image image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(image.width()).putInt(image.height());
    chunk(out, "IHDR", header.put((byte) 8).put((byte) 2).array());
    chunk(out, "IDAT", deflated(image));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  private static byte[] deflated(Image image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int row = image.width() * Image.CHANNELS;
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
      for (int y = 0; y < image.height(); y++) {
        deflater.write(0);
        deflater.write(image.rgb(), y * row, row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
