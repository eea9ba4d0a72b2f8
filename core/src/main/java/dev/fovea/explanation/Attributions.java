package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A value for every number of the network's input, (C, H, W) in row-major order, channels as the
 * network expects them. The array is not copied; nobody writes to it.
 *
 * <pre>{@code
 * Attributions values = new Attributions(3, 1, 2, new float[6]);
 * System.out.println(values.summed().width());
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public record Attributions(int channels, int height, int width, float[] values) {
  /** Checks that the values fill the shape. */
  public Attributions {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "attributions need at least one value, got " + channels + "x" + height + "x" + width);
    }
    if (values.length != (long) channels * height * width) {
      throw new IllegalArgumentException(
          "attributions of "
              + channels
              + "x"
              + height
              + "x"
              + width
              + " need as many values, got "
              + values.length);
    }
  }

  /** The sum over the channels, which keeps signs and the total. */
  public HeatMap summed() {
    float[] map = new float[height * width];
    for (int i = 0; i < map.length; i++) {
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += values[c * map.length + i];
      }
      map[i] = (float) sum;
    }
    return new HeatMap(height, width, map);
  }

  /** The values as a file of NumPy, format 1.0, float32, shape (C, H, W). */
  public byte[] npy() {
    return NpyFile.of(values, channels, height, width);
  }

  /** Equal if shape and all values are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Attributions a
        && a.channels == channels
        && a.height == height
        && a.width == width
        && Arrays.equals(a.values, values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values) * 31 + height;
  }

  /** For example {@code attributions 3x224x224}. */
  @Override
  public String toString() {
    return "attributions " + channels + "x" + height + "x" + width;
  }
}
