package dev.fovea.tensor;

import static dev.fovea.tensor.SplitMix64.GAMMA;
import static dev.fovea.tensor.SplitMix64.mix;

/**
 * Random numbers that are a function of a key, not of history: {@link dev.fovea.tensor.SplitMix64}
 * started from a hash of (seed, epoch, index).
 *
 * <p>The sequence is part of the contract that resumed runs rely on and never changes. Belongs to
 * one thread.
 */
public final class Rng {
  private long state;

  private Rng(long state) {
    this.state = state;
  }

  /** The generator of one key; equal keys give equal sequences. */
  public static Rng of(long seed, long epoch, long index) {
    return new Rng(mix(mix(mix(seed + GAMMA) + epoch * GAMMA + 1) + index * GAMMA + 2));
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** An integer in 0..bound-1; the bias of the multiplication is below 2^-31. */
  public int nextInt(int bound) {
    return (int) ((nextLong() >>> 32) * bound >>> 32);
  }

  /** A number in [0, 1) with 53 bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** A number in [low, high). */
  public double nextDouble(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /** A coin. */
  public boolean nextBoolean() {
    return nextLong() < 0;
  }

  /** A number of the normal distribution, by Box and Muller. */
  public double nextGaussian() {
    double u = 1 - nextDouble();
    return Math.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /** The numbers 0..n-1 in an order that depends on the key only (Fisher and Yates). */
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
