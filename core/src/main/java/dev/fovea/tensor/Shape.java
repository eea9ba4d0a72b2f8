package dev.fovea.tensor;

import dev.fovea.api.Api;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The shape of a tensor: its dimensions, outermost first. Immutable.
 *
 * <p>Images are (C, H, W) or (N, C, H, W); every dimension is at least 1 and the number of elements
 * fits in a {@code long}.
 *
 * <pre>{@code
 * Shape images = Shape.of(3, 224, 224);
 * System.out.println(images.elements());
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class Shape {
  private final int[] dims;

  private Shape(int[] dims) {
    this.dims = dims;
  }

  /**
   * The shape with these dimensions.
   *
   * @throws IllegalArgumentException if a dimension is below 1 or the element count overflows
   */
  public static Shape of(int... dims) {
    long elements = 1;
    for (int d : dims) {
      if (d < 1) {
        throw new IllegalArgumentException(
            "every dimension must be at least 1, got " + Arrays.toString(dims));
      }
      try {
        elements = Math.multiplyExact(elements, (long) d);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("too many elements in " + Arrays.toString(dims), e);
      }
    }
    return new Shape(dims.clone());
  }

  /** The number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** The size of dimension {@code i}, counted from the outermost. */
  public int dim(int i) {
    return dims[i];
  }

  /** The product of all dimensions; 1 for a scalar. */
  public long elements() {
    long n = 1;
    for (int d : dims) {
      n *= d;
    }
    return n;
  }

  /** A copy of the dimensions. */
  public int[] dims() {
    return dims.clone();
  }

  /** This shape with a new outermost dimension {@code n}. */
  public Shape batched(int n) {
    int[] all = new int[dims.length + 1];
    all[0] = n;
    System.arraycopy(dims, 0, all, 1, dims.length);
    return of(all);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** For example {@code 64x56x56}. */
  @Override
  public String toString() {
    return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining("x"));
  }
}
