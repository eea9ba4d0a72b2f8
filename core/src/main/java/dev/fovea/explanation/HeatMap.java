package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A signed value for every position of an image, (H, W) in row-major order: positive where the
 * image speaks for the target, negative where it speaks against it. All values are finite. The
 * array is not copied; nobody writes to it.
 *
 * <pre>{@code
 * HeatMap map = new HeatMap(1, 2, new float[] {-1, 3});
 * System.out.println(map.max() + " " + map.resized(2, 4).at(0, 3));
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public record HeatMap(int height, int width, float[] values) {
  /** Checks that the values fill the map and are finite. */
  public HeatMap {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "a heat map needs at least one value, got " + height + "x" + width);
    }
    if (values.length != (long) height * width) {
      throw new IllegalArgumentException(
          "a heat map of " + height + "x" + width + " needs as many values, got " + values.length);
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "a heat map needs finite values, got "
                + values[i]
                + " in row "
                + i / width
                + ", column "
                + i % width);
      }
    }
  }

  /** The value in this row and column. */
  public float at(int row, int column) {
    if (row < 0 || row >= height || column < 0 || column >= width) {
      throw new IndexOutOfBoundsException(
          "row " + row + ", column " + column + " of a map of " + height + "x" + width);
    }
    return values[row * width + column];
  }

  /** The smallest value. */
  public float min() {
    float min = values[0];
    for (float v : values) {
      min = Math.min(min, v);
    }
    return min;
  }

  /** The largest value. */
  public float max() {
    float max = values[0];
    for (float v : values) {
      max = Math.max(max, v);
    }
    return max;
  }

  /** The largest absolute value: the end of a symmetric color scale. */
  public float peak() {
    return Math.max(Math.abs(min()), Math.abs(max()));
  }

  /** The sum of all values. */
  public double sum() {
    double sum = 0;
    for (float v : values) {
      sum += v;
    }
    return sum;
  }

  /** Whether every value is negative, so that nothing is left of {@link #positive}. */
  public boolean isAllNegative() {
    return max() < 0;
  }

  /** Whether every value is zero. */
  public boolean isZero() {
    return peak() == 0;
  }

  /** The positive part: the ReLU of the papers, for display. */
  public HeatMap positive() {
    float[] kept = new float[values.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = Math.max(0, values[i]);
    }
    return new HeatMap(height, width, kept);
  }

  /**
   * The map divided by {@link #peak}, so that all values are in -1 to 1 and signs are kept; a map
   * of zeros stays one.
   */
  public HeatMap normalized() {
    float peak = peak();
    if (peak == 0) {
      return this;
    }
    float[] scaled = new float[values.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = values[i] / peak;
    }
    return new HeatMap(height, width, scaled);
  }

  /**
   * The map in another size, interpolated linearly between the centers of cells and constant beyond
   * the outermost ones: OpenCV's {@code INTER_LINEAR}, PyTorch's {@code bilinear} without aligned
   * corners.
   */
  public HeatMap resized(int toHeight, int toWidth) {
    if (toHeight == height && toWidth == width) {
      return this;
    }
    float[] out = new float[Math.multiplyExact(toHeight, toWidth)];
    for (int y = 0; y < toHeight; y++) {
      double row = (y + 0.5) * height / toHeight - 0.5;
      for (int x = 0; x < toWidth; x++) {
        out[y * toWidth + x] = (float) interpolated(row, (x + 0.5) * width / toWidth - 0.5);
      }
    }
    return new HeatMap(toHeight, toWidth, out);
  }

  /**
   * The value between cells; whole numbers are their centers, and beyond the map it is constant.
   */
  double interpolated(double row, double column) {
    double y = Math.max(0, Math.min(height - 1, row));
    double x = Math.max(0, Math.min(width - 1, column));
    int top = (int) y;
    int left = (int) x;
    int bottom = Math.min(height - 1, top + 1);
    int right = Math.min(width - 1, left + 1);
    double down = y - top;
    double across = x - left;
    double above = (1 - across) * values[top * width + left] + across * values[top * width + right];
    double below =
        (1 - across) * values[bottom * width + left] + across * values[bottom * width + right];
    return (1 - down) * above + down * below;
  }

  /** The values as a file of NumPy, format 1.0, float32, shape (H, W). */
  public byte[] npy() {
    return NpyFile.of(values, height, width);
  }

  /** Equal if size and all values are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HeatMap map
        && map.height == height
        && map.width == width
        && Arrays.equals(map.values, values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values) * 31 + height;
  }

  /** For example {@code heat map 7x7, -0.2 to 1.4}. */
  @Override
  public String toString() {
    return "heat map " + height + "x" + width + ", " + min() + " to " + max();
  }
}
