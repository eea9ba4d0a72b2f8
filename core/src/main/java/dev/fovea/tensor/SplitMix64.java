package dev.fovea.tensor;

/**
 * The SplitMix64 generator as functions without state: every random number in Fovea is a function
 * of a key, so that runs can be resumed and repeated.
 *
 * <p>Its numbers are part of the contract that resumed runs rely on and never change. Source:
 * Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014, figure 17.
 */
public final class SplitMix64 {
  /** The increment between successive states: 2^64 divided by the golden ratio, made odd. */
  public static final long GAMMA = 0x9e3779b97f4a7c15L;

  private SplitMix64() {}

  /** The mixing function: a bijection of 64 bits after which neighboring inputs share nothing. */
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
