package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.tensor.Decimals;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a network sees in an image, as a vector: images that look alike have similar ones.
 * Immutable.
 *
 * <pre>{@code
 * Embedding wanted = classifier.embed(Path.of("shoe.jpg"));
 * List<Path> alike = new ArrayList<>(shelf.keySet());
 * alike.sort(Comparator.comparingDouble(file -> -shelf.get(file).similarity(wanted)));
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class Embedding {
  private final float[] values;

  private Embedding(float[] values) {
    this.values = values;
  }

  /** Makes an embedding of values that were stored, for example in a database; copies them. */
  public static Embedding of(float... values) {
    return new Embedding(values.clone());
  }

  static Embedding ofFeatures(float @Nullable [] values) {
    if (values == null) {
      throw new IllegalStateException("the network gave no features");
    }
    return new Embedding(values);
  }

  /** The number of values. */
  public int size() {
    return values.length;
  }

  /** Returns a copy of the values. */
  public float[] values() {
    return values.clone();
  }

  /**
   * The cosine of the angle between two embeddings: 1 for the same direction, 0 for nothing in
   * common; 0 if one of them is zero.
   *
   * @throws IllegalArgumentException if they differ in size, so they are of different networks
   */
  public double similarity(Embedding other) {
    if (values.length != other.values.length) {
      throw new IllegalArgumentException(
          "cannot compare an embedding of "
              + values.length
              + " values with one of "
              + other.values.length
              + "; both must come from the same network");
    }
    double product = 0;
    double mine = 0;
    double others = 0;
    for (int i = 0; i < values.length; i++) {
      product += (double) values[i] * other.values[i];
      mine += (double) values[i] * values[i];
      others += (double) other.values[i] * other.values[i];
    }
    return mine == 0 || others == 0 ? 0 : product / Math.sqrt(mine * others);
  }

  /** Equal if all values are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Embedding e && Arrays.equals(values, e.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  /** For example {@code an embedding of 512 values}. */
  @Override
  public String toString() {
    return "an embedding of " + Decimals.count(values.length, "value");
  }
}
