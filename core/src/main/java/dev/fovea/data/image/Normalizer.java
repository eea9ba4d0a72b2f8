package dev.fovea.data.image;

import dev.fovea.tensor.DType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Converts 8-bit RGB to normalized planes (C, H, W) in F32 or BF16, using a lookup table of 256
 * entries per channel. Immutable, and safe for any number of threads.
 */
public final class Normalizer {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final int channels;
  private final float[][] tables;
  private final short[][] bf16;
  private final int[] sourceChannel;
  private final byte[] mean = new byte[3];
  private final float[] deviation = new float[3];

  /** Builds the lookup tables for {@code p}. */
  public Normalizer(Preprocessing p) {
    channels = p.channels();
    tables = new float[channels][256];
    bf16 = new short[channels][256];
    sourceChannel = new int[channels];
    boolean unit = p.range() == Preprocessing.ValueRange.UNIT;
    for (int c = 0; c < channels; c++) {
      float mu = p.mean().get(c).floatValue();
      float sigma = p.std().get(c).floatValue();
      for (int v = 0; v < 256; v++) {
        tables[c][v] = ((unit ? v / 255f : v) - mu) / sigma;
        bf16[c][v] = DType.toBf16(tables[c][v]);
      }
      sourceChannel[c] = p.order() == Preprocessing.ChannelOrder.RGB ? c : channels - 1 - c;
    }
    for (int c = 0; c < 3; c++) {
      int plane = channels == 1 ? 0 : p.order() == Preprocessing.ChannelOrder.RGB ? c : 2 - c;
      double level = p.mean().get(plane) * (unit ? 255 : 1);
      mean[c] = (byte) Math.max(0, Math.min(255, Math.round(level)));
      deviation[c] = (float) (p.std().get(plane) * (unit ? 255 : 1));
    }
  }

  /** The RGB color that normalization maps closest to zero. */
  public byte[] meanColor() {
    return mean.clone();
  }

  /** The standard deviation of red, green and blue on the scale 0..255. */
  public float[] deviation() {
    return deviation.clone();
  }

  /** The inverse of {@link #floats}, rounded to bytes. */
  public Image image(float[] planes, int width, int height) {
    Image out = Image.black(width, height);
    int area = width * height;
    for (int c = 0; c < 3; c++) {
      int plane = channels == 1 ? 0 : sourceChannel[c];
      float zero = tables[plane][0];
      float scale = 255 / (tables[plane][255] - zero);
      for (int p = 0; p < area; p++) {
        out.rgb()[p * 3 + c] = Image.clip(Math.round((planes[plane * area + p] - zero) * scale));
      }
    }
    return out;
  }

  /** Writes {@code in} as F32 planes (C, H, W). */
  public void floats(Image in, float[] planes) {
    floats(in, false, planes);
  }

  /**
   * Writes {@code in}, or its mirror image, as F32 planes (C, H, W).
   *
   * @param mirrored whether left and right are swapped
   */
  public void floats(Image in, boolean mirrored, float[] planes) {
    int width = in.width();
    int area = width * in.height();
    for (int y = 0; y < in.height(); y++) {
      int to = y * width + (mirrored ? width - 1 : 0);
      if (channels == 1) {
        gray(in.rgb(), y * width, width, tables[0], planes, to, mirrored ? -1 : 1);
      } else {
        color(in.rgb(), y * width, width, planes, area, to, mirrored ? -1 : 1);
      }
    }
  }

  private static void gray(
      byte[] rgb, int first, int width, float[] table, float[] planes, int start, int step) {
    int to = start;
    for (int i = first * 3, end = i + width * 3; i < end; i += 3, to += step) {
      planes[to] = table[Image.gray(rgb, i)];
    }
  }

  /** Four pixels at a time, whose bytes are read together. */
  private void color(
      byte[] rgb, int first, int width, float[] planes, int area, int start, int step) {
    float[] red = tables[sourceChannel[0]];
    float[] green = tables[1];
    float[] blue = tables[sourceChannel[2]];
    int r = sourceChannel[0] * area + start;
    int g = area + start;
    int b = sourceChannel[2] * area + start;
    int i = first * 3;
    int end = i + width * 3;
    for (; i <= end - 12; i += 12, r += 4 * step, g += 4 * step, b += 4 * step) {
      int v = (int) INTS.get(rgb, i);
      planes[r] = red[v & 255];
      planes[g] = green[v >>> 8 & 255];
      planes[b] = blue[v >>> 16 & 255];
      planes[r + step] = red[v >>> 24];
      v = (int) INTS.get(rgb, i + 4);
      planes[g + step] = green[v & 255];
      planes[b + step] = blue[v >>> 8 & 255];
      planes[r + 2 * step] = red[v >>> 16 & 255];
      planes[g + 2 * step] = green[v >>> 24];
      v = (int) INTS.get(rgb, i + 8);
      planes[b + 2 * step] = blue[v & 255];
      planes[r + 3 * step] = red[v >>> 8 & 255];
      planes[g + 3 * step] = green[v >>> 16 & 255];
      planes[b + 3 * step] = blue[v >>> 24];
    }
    for (; i < end; i += 3, r += step, g += step, b += step) {
      planes[r] = red[rgb[i] & 255];
      planes[g] = green[rgb[i + 1] & 255];
      planes[b] = blue[rgb[i + 2] & 255];
    }
  }

  /** Writes {@code in} as BF16 planes (C, H, W). */
  public void shorts(Image in, short[] planes) {
    shorts(in, false, planes);
  }

  /**
   * Writes {@code in}, or its mirror image, as BF16 planes (C, H, W).
   *
   * @param mirrored whether left and right are swapped
   */
  public void shorts(Image in, boolean mirrored, short[] planes) {
    int width = in.width();
    int area = width * in.height();
    for (int y = 0; y < in.height(); y++) {
      int to = y * width + (mirrored ? width - 1 : 0);
      if (channels == 1) {
        gray(in.rgb(), y * width, width, bf16[0], planes, to, mirrored ? -1 : 1);
      } else {
        color(in.rgb(), y * width, width, planes, area, to, mirrored ? -1 : 1);
      }
    }
  }

  private static void gray(
      byte[] rgb, int first, int width, short[] table, short[] planes, int start, int step) {
    int to = start;
    for (int i = first * 3, end = i + width * 3; i < end; i += 3, to += step) {
      planes[to] = table[Image.gray(rgb, i)];
    }
  }

  /** Four pixels at a time, whose bytes are read together. */
  private void color(
      byte[] rgb, int first, int width, short[] planes, int area, int start, int step) {
    short[] red = bf16[sourceChannel[0]];
    short[] green = bf16[1];
    short[] blue = bf16[sourceChannel[2]];
    int r = sourceChannel[0] * area + start;
    int g = area + start;
    int b = sourceChannel[2] * area + start;
    int i = first * 3;
    int end = i + width * 3;
    for (; i <= end - 12; i += 12, r += 4 * step, g += 4 * step, b += 4 * step) {
      int v = (int) INTS.get(rgb, i);
      planes[r] = red[v & 255];
      planes[g] = green[v >>> 8 & 255];
      planes[b] = blue[v >>> 16 & 255];
      planes[r + step] = red[v >>> 24];
      v = (int) INTS.get(rgb, i + 4);
      planes[g + step] = green[v & 255];
      planes[b + step] = blue[v >>> 8 & 255];
      planes[r + 2 * step] = red[v >>> 16 & 255];
      planes[g + 2 * step] = green[v >>> 24];
      v = (int) INTS.get(rgb, i + 8);
      planes[b + 2 * step] = blue[v & 255];
      planes[r + 3 * step] = red[v >>> 8 & 255];
      planes[g + 3 * step] = green[v >>> 16 & 255];
      planes[b + 3 * step] = blue[v >>> 24];
    }
    for (; i < end; i += 3, r += step, g += step, b += step) {
      planes[r] = red[rgb[i] & 255];
      planes[g] = green[rgb[i + 1] & 255];
      planes[b] = blue[rgb[i + 2] & 255];
    }
  }
}
