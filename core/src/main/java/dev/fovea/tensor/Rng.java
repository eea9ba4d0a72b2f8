package dev.fovea.tensor;

import static dev.fovea.tensor.SplitMix64.GAMMA;
import static dev.fovea.tensor.SplitMix64.mix;

/**
 * A random number generator keyed by (seed, epoch, index): {@link dev.fovea.tensor.SplitMix64}
 * seeded with a hash of the key.
 *
 * <p>Resumed runs rely on the sequence, so it never changes. Used by one thread.
 */
public final class Rng {
  private long state;

  private Rng(long state) {
    this.state = state;
  }

  /** The generator for a key; equal keys give equal sequences. */
  public static Rng of(long seed, long epoch, long index) {
    return new Rng(mix(mix(mix(seed + GAMMA) + epoch * GAMMA + 1) + index * GAMMA + 2));
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** A uniform integer in 0..bound-1, with a relative bias below bound / 2^32. */
  public int nextInt(int bound) {
    return (int) ((nextLong() >>> 32) * bound >>> 32);
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** A uniform number in [low, high). */
  public double nextDouble(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /** {@code true} or {@code false} with equal probability. */
  public boolean nextBoolean() {
    return nextLong() < 0;
  }

  /** A standard normal number (Box-Muller). */
  public double nextGaussian() {
    double u = 1 - nextDouble();
    return Math.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /** A random permutation of 0..n-1 (Fisher-Yates). */
  public int[] permutation(int n) {
    int[] p = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      p[i] = p[j];
      p[j] = i;
    }
    return p;
  }
}
