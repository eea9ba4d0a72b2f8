package dev.fovea.data.image;

import dev.fovea.tensor.DType;

/**
 * Converts 8-bit RGB to normalized planes (C, H, W) in F32 or BF16, using a lookup table of 256
 * entries per channel. Immutable, and safe for any number of threads.
 */
public final class Normalizer {
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
    byte[] rgb = in.rgb();
    int area = in.width() * in.height();
    for (int c = 0; c < channels; c++) {
      float[] table = tables[c];
      int o = c * area;
      if (channels == 1) {
        for (int p = 0, i = 0; p < area; p++, i += 3) {
          planes[o + p] = table[Image.gray(rgb, i)];
        }
      } else {
        for (int p = 0, i = sourceChannel[c]; p < area; p++, i += 3) {
          planes[o + p] = table[rgb[i] & 255];
        }
      }
    }
  }

  /** Writes {@code in} as BF16 planes (C, H, W). */
  public void shorts(Image in, short[] planes) {
    byte[] rgb = in.rgb();
    int area = in.width() * in.height();
    for (int c = 0; c < channels; c++) {
      short[] table = bf16[c];
      int o = c * area;
      if (channels == 1) {
        for (int p = 0, i = 0; p < area; p++, i += 3) {
          planes[o + p] = table[Image.gray(rgb, i)];
        }
      } else {
        for (int p = 0, i = sourceChannel[c]; p < area; p++, i += 3) {
          planes[o + p] = table[rgb[i] & 255];
        }
      }
    }
  }
}
