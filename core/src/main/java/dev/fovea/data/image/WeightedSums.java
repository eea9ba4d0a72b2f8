package dev.fovea.data.image;

import java.util.Arrays;

/**
 * Weighted sums of arrays, element by element, plus one half for rounding. The arrays stand in a
 * ring: array {@code i} at place {@code i & mask}.
 *
 * <p>The loops are written for the JVM's second compiler, which turns them into vector instructions
 * under conditions that are nowhere promised: few operations in a loop; arrays indexed by the
 * loop's variable alone, without an offset; and methods that are not inlined, because within a
 * large caller it gives up once it has seen images of several sizes. So all numbers of terms share
 * a method, which is then too large to be inlined.
 *
 * <p>Used by one thread.
 */
final class WeightedSums {
  /** Terms of a sum in one loop; with more than five, the compiler no longer vectorizes it. */
  private static final int TERMS = 4;

  private final int[][] ring;
  private final int mask;
  private final FilterWeights weights;
  private final int[] half;

  /**
   * @param ring a power of two of arrays, or fewer if there are no more
   * @param mask that power of two less one
   * @param length of the arrays
   */
  WeightedSums(int[][] ring, int mask, int length, FilterWeights weights) {
    this.ring = ring;
    this.mask = mask;
    this.weights = weights;
    this.half = new int[length];
    Arrays.fill(half, FilterWeights.HALF);
  }

  /** The number of output positions. */
  int places() {
    return weights.places();
  }

  /** The array after the last one that an output position reads. */
  int end(int place) {
    return weights.first()[place] + weights.count()[place];
  }

  /** The first {@code n} sums for an output position. */
  void of(int place, int[] out, int n) {
    int first = weights.first()[place];
    int count = weights.count()[place];
    int k = place * weights.size();
    int[] base = half;
    int done = 0;
    for (; count - done > TERMS; done += TERMS) {
      add(TERMS, first + done, k + done, base, out, n);
      base = out;
    }
    add(count - done, first + done, k + done, base, out, n);
  }

  /** The same of bytes that are packed in the integers of the arrays, from bit {@code shift} on. */
  void ofPacked(int place, int shift, int[] out, int n) {
    int first = weights.first()[place];
    int count = weights.count()[place];
    int k = place * weights.size();
    int[] base = half;
    int done = 0;
    for (; count - done > TERMS; done += TERMS) {
      addPacked(TERMS, first + done, k + done, shift, base, out, n);
      base = out;
    }
    addPacked(count - done, first + done, k + done, shift, base, out, n);
  }

  private void add(int terms, int at, int k, int[] base, int[] out, int n) {
    int[] weights = this.weights.weights();
    switch (terms) {
      case 0 -> System.arraycopy(base, 0, out, 0, n);
      case 1 -> {
        int[] a = ring[at & mask];
        int wa = weights[k];
        for (int i = 0; i < n; i++) {
          out[i] = base[i] + a[i] * wa;
        }
      }
      case 2 -> {
        int[] a = ring[at & mask];
        int[] b = ring[at + 1 & mask];
        int wa = weights[k];
        int wb = weights[k + 1];
        for (int i = 0; i < n; i++) {
          out[i] = base[i] + a[i] * wa + b[i] * wb;
        }
      }
      case 3 -> {
        int[] a = ring[at & mask];
        int[] b = ring[at + 1 & mask];
        int[] c = ring[at + 2 & mask];
        int wa = weights[k];
        int wb = weights[k + 1];
        int wc = weights[k + 2];
        for (int i = 0; i < n; i++) {
          out[i] = base[i] + a[i] * wa + b[i] * wb + c[i] * wc;
        }
      }
      case 4 -> {
        int[] a = ring[at & mask];
        int[] b = ring[at + 1 & mask];
        int[] c = ring[at + 2 & mask];
        int[] d = ring[at + 3 & mask];
        int wa = weights[k];
        int wb = weights[k + 1];
        int wc = weights[k + 2];
        int wd = weights[k + 3];
        for (int i = 0; i < n; i++) {
          out[i] = base[i] + a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
        }
      }
      default -> throw new IllegalArgumentException(terms + " terms");
    }
  }

  private void addPacked(int terms, int at, int k, int shift, int[] base, int[] out, int n) {
    int[] weights = this.weights.weights();
    switch (terms) {
      case 0 -> System.arraycopy(base, 0, out, 0, n);
      case 1 -> {
        int[] a = ring[at & mask];
        int wa = weights[k];
        for (int i = 0; i < n; i++) {
          out[i] = base[i] + (a[i] >>> shift & 255) * wa;
        }
      }
      case 2 -> {
        int[] a = ring[at & mask];
        int[] b = ring[at + 1 & mask];
        int wa = weights[k];
        int wb = weights[k + 1];
        for (int i = 0; i < n; i++) {
          out[i] = base[i] + (a[i] >>> shift & 255) * wa + (b[i] >>> shift & 255) * wb;
        }
      }
      case 3 -> {
        int[] a = ring[at & mask];
        int[] b = ring[at + 1 & mask];
        int[] c = ring[at + 2 & mask];
        int wa = weights[k];
        int wb = weights[k + 1];
        int wc = weights[k + 2];
        for (int i = 0; i < n; i++) {
          out[i] =
              base[i]
                  + (a[i] >>> shift & 255) * wa
                  + (b[i] >>> shift & 255) * wb
                  + (c[i] >>> shift & 255) * wc;
        }
      }
      case 4 -> {
        int[] a = ring[at & mask];
        int[] b = ring[at + 1 & mask];
        int[] c = ring[at + 2 & mask];
        int[] d = ring[at + 3 & mask];
        int wa = weights[k];
        int wb = weights[k + 1];
        int wc = weights[k + 2];
        int wd = weights[k + 3];
        for (int i = 0; i < n; i++) {
          out[i] =
              base[i]
                  + (a[i] >>> shift & 255) * wa
                  + (b[i] >>> shift & 255) * wb
                  + (c[i] >>> shift & 255) * wc
                  + (d[i] >>> shift & 255) * wd;
        }
      }
      default -> throw new IllegalArgumentException(terms + " terms");
    }
  }
}
