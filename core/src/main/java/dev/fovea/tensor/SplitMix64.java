package dev.fovea.tensor;

/**
 * The SplitMix64 generator as stateless functions. Every random number in Fovea is a function of a
 * key, so runs can be resumed and reproduced.
 *
 * <p>Resumed runs rely on its output, so it never changes. Source: Steele, Lea and Flood, Fast
 * Splittable Pseudorandom Number Generators, 2014, figure 17.
 */
public final class SplitMix64 {
  /** The increment between successive states: 2^64 divided by the golden ratio, made odd. */
  public static final long GAMMA = 0x9e3779b97f4a7c15L;

  private SplitMix64() {}

  /** The mixing function: a 64-bit bijection that decorrelates neighboring inputs. */
  public static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** The n-th number, counted from 0, of the sequence that starts at {@code seed}. */
  public static long number(long seed, long n) {
    return mix(seed + GAMMA * (n + 1));
  }
}
