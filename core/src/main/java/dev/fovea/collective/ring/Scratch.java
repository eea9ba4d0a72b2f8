package dev.fovea.collective.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Working memory of one ring, in blocks that stay in the L1 cache, and what is computed in it.
 *
 * <p>Sums are made over arrays, because loops over arrays become vector instructions and loops over
 * buffers do not; bfloat16 is made of the bits as integers for the same reason.
 */
final class Scratch {
  static final int BLOCK = 4096;

  private final float[] own = new float[BLOCK];
  private final float[] other = new float[BLOCK];
  private final int[] bits = new int[BLOCK];
  private final int[] pairs = new int[BLOCK / 2];
  private final FloatBuffer asFloats;
  private final IntBuffer asInts;

  Scratch() {
    ByteBuffer memory = ByteBuffer.allocateDirect(4 * BLOCK).order(ByteOrder.nativeOrder());
    this.asFloats = memory.asFloatBuffer();
    this.asInts = memory.asIntBuffer();
  }

  /** Adds {@code count} values of a payload to those from {@code start}. */
  void add(FloatBuffer payload, FloatBuffer values, int start, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int n = Math.min(BLOCK, count - done);
      payload.get(done, other, 0, n);
      addOther(values, start + done, n);
    }
  }

  private void addOther(FloatBuffer values, int start, int n) {
    values.get(start, own, 0, n);
    addInto(own, other, n);
    values.put(start, own, 0, n);
  }

  private static void addInto(float[] sums, float[] values, int n) {
    for (int i = 0; i < n; i++) {
      sums[i] += values[i];
    }
  }

  /** The number of bytes that {@code count} values take in bfloat16: pairs in 32 bits. */
  static int pairedBytes(int count) {
    return 4 * ((count + 1) / 2);
  }

  /** Rounds values to bfloat16 pairs. */
  void encode(FloatBuffer values, int start, int count, IntBuffer payload) {
    for (int done = 0; done < count; done += BLOCK) {
      int n = Math.min(BLOCK, count - done);
      loadBits(values, start + done, n);
      round(bits, n);
      pair(bits, n, pairs);
      payload.put(done / 2, pairs, 0, (n + 1) / 2);
    }
  }

  /** Puts the values of pairs in the place of those from {@code start}. */
  void decode(IntBuffer payload, FloatBuffer values, int start, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int n = Math.min(BLOCK, count - done);
      decodeBlock(payload, done, n);
      values.put(start + done, asFloats, 0, n);
    }
  }

  /** Adds the values of pairs to those from {@code start}. */
  void addPairs(IntBuffer payload, FloatBuffer values, int start, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int n = Math.min(BLOCK, count - done);
      decodeBlock(payload, done, n);
      asFloats.get(0, other, 0, n);
      addOther(values, start + done, n);
    }
  }

  /** Rounds values to what they are in bfloat16, in place. */
  void round(FloatBuffer values, int start, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int n = Math.min(BLOCK, count - done);
      loadBits(values, start + done, n);
      round(bits, n);
      asInts.put(0, bits, 0, n);
      values.put(start + done, asFloats, 0, n);
    }
  }

  private void loadBits(FloatBuffer values, int start, int n) {
    asFloats.put(0, values, start, n);
    asInts.get(0, bits, 0, n);
  }

  private void decodeBlock(IntBuffer payload, int done, int n) {
    payload.get(done / 2, pairs, 0, (n + 1) / 2);
    unpair(pairs, n, bits);
    asInts.put(0, bits, 0, n);
  }

  /**
   * Rounds to nearest even and clears the lower half. A NaN stays one: its quiet bit is set in
   * place of rounding, which could carry into the exponent.
   */
  private static void round(int[] bits, int n) {
    for (int i = 0; i < n; i++) {
      int b = bits[i];
      int nan = (0x7F800000 - (b & 0x7FFFFFFF)) >> 31;
      int up = (0x7FFF + ((b >>> 16) & 1)) & ~nan;
      bits[i] = ((b + up) | (nan & 0x00400000)) & 0xFFFF0000;
    }
  }

  // Value i and value i + half share 32 bits, so that both loops consist of whole vectors.
  private static void pair(int[] bits, int n, int[] pairs) {
    int half = (n + 1) / 2;
    int both = n - half;
    for (int i = 0; i < both; i++) {
      pairs[i] = (bits[i] >>> 16) | bits[i + half];
    }
    if (both < half) {
      pairs[both] = bits[both] >>> 16;
    }
  }

  private static void unpair(int[] pairs, int n, int[] bits) {
    int half = (n + 1) / 2;
    int both = n - half;
    for (int i = 0; i < half; i++) {
      bits[i] = pairs[i] << 16;
    }
    for (int i = 0; i < both; i++) {
      bits[i + half] = pairs[i] & 0xFFFF0000;
    }
  }
}
