package dev.fovea.program;

import dev.fovea.tensor.SplitMix64;

/**
 * Decides which elements a dropout node keeps: a pure function of seed, node name and element, so
 * that every engine, thread count and memory layout draws the same mask and none needs to be
 * stored.
 *
 * <p>Element i is the i-th of the node's output in row-major (N, C, H, W) or (N, F) order, batch
 * included, whatever the engine's memory layout. The hash is {@link SplitMix64} in counter mode:
 *
 * <pre>
 *   key     = mix(seed + 0x9E3779B97F4A7C15 · (FNV-1a hash of the name's UTF-16 units))
 *   bits(i) = mix(key + 0x9E3779B97F4A7C15 · (i + 1)) &gt;&gt;&gt; 40         24 bits
 *   kept(i) = bits(i) ≥ threshold(p),   threshold(p) = round(p · 2^24)
 * </pre>
 *
 * <p>Stochastic depth makes one decision per image: element i is then the i-th image of the batch.
 *
 * <p>Only additions, multiplications and shifts are used, so that a loop over i vectorizes. An
 * element is kept with probability 1 - threshold(p)/2^24; kept elements are scaled by 1/(1-p).
 */
public final class DropoutMask {
  private static final int BITS = 24;

  private DropoutMask() {}

  /**
   * Whether element {@code element} of node {@code node} survives dropout with probability {@code
   * p}.
   */
  public static boolean keep(long seed, String node, long element, double p) {
    return keep(key(seed, node), element, threshold(p));
  }

  /** The part of the hash shared by all elements of a node in one step. */
  public static long key(long seed, String node) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < node.length(); i++) {
      hash = (hash ^ node.charAt(i)) * 0x100000001B3L;
    }
    return SplitMix64.mix(seed + SplitMix64.GAMMA * hash);
  }

  /**
   * The value that an element's 24 bits must reach for it to be kept, given dropout probability
   * {@code p}.
   */
  public static long threshold(double p) {
    return Math.round(p * (1 << BITS));
  }

  /** The decision for one element, given {@link #key} and {@link #threshold}; for loops. */
  public static boolean keep(long key, long element, long threshold) {
    return SplitMix64.number(key, element) >>> (64 - BITS) >= threshold;
  }
}
