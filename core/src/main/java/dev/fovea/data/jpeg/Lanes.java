package dev.fovea.data.jpeg;

import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;

/**
 * Arrays of one element per MCU of a band, kept by a thread from image to image, since a small
 * image would take as long to clear new ones as to decode. Their contents are arbitrary.
 *
 * <p>Used by one thread.
 */
final class Lanes {
  /** The most elements of arrays that are kept; a row of a very wide image has more MCUs. */
  private static final int MOST_KEPT = 512;

  /** The least elements, so that an image rarely needs longer arrays than the one before. */
  private static final int LEAST = 256;

  private static final ThreadLocal<SoftReference<Lanes>> KEPT = new ThreadLocal<>();

  private final int length;
  private final List<int[]> arrays = new ArrayList<>();
  private int taken;

  private Lanes(int length) {
    this.length = length;
  }

  /** Arrays of at least so many elements; all that the thread took before are free again. */
  static Lanes of(int length) {
    SoftReference<Lanes> reference = KEPT.get();
    Lanes kept = reference == null ? null : reference.get();
    if (kept == null || kept.length < length) {
      kept = new Lanes(Math.max(length, LEAST));
      if (length <= MOST_KEPT) {
        KEPT.set(new SoftReference<>(kept));
      }
    }
    kept.taken = 0;
    return kept;
  }

  /** An array. */
  int[] take() {
    if (taken == arrays.size()) {
      arrays.add(new int[length]);
    }
    return arrays.get(taken++);
  }

  /** Several arrays. */
  int[][] take(int count) {
    int[][] some = new int[count][];
    for (int i = 0; i < count; i++) {
      some[i] = take();
    }
    return some;
  }
}
