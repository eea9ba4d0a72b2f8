package dev.fovea.data.image;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The same computation as {@link Resampler}, pixel by pixel and in memory that does not grow with
 * the number of weights: for pictures thousands of pixels long that become a few.
 */
final class WideResampler {
  private WideResampler() {}

  /** Interleaved rows; parameters as those of {@link Resampler}. */
  static byte[] resample(
      Pixels in,
      int rows,
      int width,
      @Nullable FilterWeights across,
      @Nullable FilterWeights down) {
    if (across == null) {
      return down == null ? copy(in, rows, width) : rows(in, width, down);
    }
    byte[] resized = columns(in, rows, across);
    return down == null
        ? resized
        : rows(new Pixels(resized, 0, width * Image.CHANNELS), width, down);
  }

  private static byte[] copy(Pixels in, int rows, int width) {
    int length = width * Image.CHANNELS;
    byte[] out = new byte[Math.multiplyExact(rows, length)];
    for (int y = 0; y < rows; y++) {
      System.arraycopy(in.rgb(), in.start() + y * in.stride(), out, y * length, length);
    }
    return out;
  }

  private static byte[] columns(Pixels pixels, int rows, FilterWeights w) {
    byte[] in = pixels.rgb();
    int width = w.places();
    byte[] out = new byte[Math.multiplyExact(Math.multiplyExact(rows, width), Image.CHANNELS)];
    for (int y = 0; y < rows; y++) {
      int row = pixels.start() + y * pixels.stride();
      int o = y * width * 3;
      for (int x = 0; x < width; x++, o += 3) {
        int at = row + w.first()[x] * 3;
        int k = x * w.size();
        int r = FilterWeights.HALF;
        int g = r;
        int b = r;
        for (int end = k + w.count()[x]; k < end; k++, at += 3) {
          int v = w.weights()[k];
          r += (in[at] & 255) * v;
          g += (in[at + 1] & 255) * v;
          b += (in[at + 2] & 255) * v;
        }
        out[o] = clip(r);
        out[o + 1] = clip(g);
        out[o + 2] = clip(b);
      }
    }
    return out;
  }

  private static byte[] rows(Pixels pixels, int width, FilterWeights w) {
    byte[] in = pixels.rgb();
    int length = width * Image.CHANNELS;
    byte[] out = new byte[Math.multiplyExact(w.places(), length)];
    int[] sums = new int[length];
    for (int y = 0; y < w.places(); y++) {
      Arrays.fill(sums, FilterWeights.HALF);
      for (int k = 0; k < w.count()[y]; k++) {
        int v = w.weights()[y * w.size() + k];
        int row = pixels.start() + (w.first()[y] + k) * pixels.stride();
        for (int i = 0; i < length; i++) {
          sums[i] += (in[row + i] & 255) * v;
        }
      }
      int o = y * length;
      for (int i = 0; i < length; i++) {
        out[o + i] = clip(sums[i]);
      }
    }
    return out;
  }

  private static byte clip(int v) {
    int p = v >> FilterWeights.PRECISION;
    return (byte) (p < 0 ? 0 : Math.min(p, 255));
  }
}
