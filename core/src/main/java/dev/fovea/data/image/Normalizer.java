package dev.fovea.data.image;

import dev.fovea.tensor.DType;

/**
 * Bytes to normalised planes (C, H, W) through one table of 256 values per channel, in F32 and
 * BF16.
 */
public final class Normalizer {
  private final int channels;
  private final float[][] tables;
  private final short[][] bf16;
  private final int[] sourceChannel;
  private final byte[] mean = new byte[3];
  private final float[] deviation = new float[3];

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

  /** The colour that normalisation maps next to zero. */
  public byte[] meanColour() {
    return mean.clone();
  }

  /** What normalisation maps to 1, in levels of a byte: red, green, blue. */
  public float[] deviation() {
    return deviation.clone();
  }

  /** The image that {@link #floats} made these planes of, as near as bytes can be. */
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

  public void floats(Image in, float[] planes) {
    byte[] rgb = in.rgb();
    int area = in.width() * in.height();
    for (int c = 0; c < channels; c++) {
      float[] table = tables[c];
      int o = c * area;
      if (channels == 1) {
        for (int p = 0, i = 0; p < area; p++, i += 3) {
          planes[o + p] = table[Image.grey(rgb, i)];
        }
      } else {
        for (int p = 0, i = sourceChannel[c]; p < area; p++, i += 3) {
          planes[o + p] = table[rgb[i] & 255];
        }
      }
    }
  }

  public void shorts(Image in, short[] planes) {
    byte[] rgb = in.rgb();
    int area = in.width() * in.height();
    for (int c = 0; c < channels; c++) {
      short[] table = bf16[c];
      int o = c * area;
      if (channels == 1) {
        for (int p = 0, i = 0; p < area; p++, i += 3) {
          planes[o + p] = table[Image.grey(rgb, i)];
        }
      } else {
        for (int p = 0, i = sourceChannel[c]; p < area; p++, i += 3) {
          planes[o + p] = table[rgb[i] & 255];
        }
      }
    }
  }
}
