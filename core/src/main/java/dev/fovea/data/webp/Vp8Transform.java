package dev.fovea.data.webp;

/** The inverse transforms of VP8 (RFC 6386, section 14), bit-exact. */
final class Vp8Transform {
  private Vp8Transform() {}

  /**
   * Inverse Walsh-Hadamard transform: writes the DC coefficients of 16 luma blocks to every 16th
   * element.
   */
  static void walshHadamard(int[] in, int[] out) {
    int[] t = new int[16];
    for (int i = 0; i < 4; i++) {
      int a = in[i] + in[12 + i];
      int b = in[4 + i] + in[8 + i];
      int c = in[4 + i] - in[8 + i];
      int d = in[i] - in[12 + i];
      t[i] = a + b;
      t[8 + i] = a - b;
      t[4 + i] = d + c;
      t[12 + i] = d - c;
    }
    for (int i = 0; i < 4; i++) {
      int first = t[4 * i] + 3;
      int a = first + t[4 * i + 3];
      int b = t[4 * i + 1] + t[4 * i + 2];
      int c = t[4 * i + 1] - t[4 * i + 2];
      int d = first - t[4 * i + 3];
      out[64 * i] = a + b >> 3;
      out[64 * i + 16] = d + c >> 3;
      out[64 * i + 32] = a - b >> 3;
      out[64 * i + 48] = d - c >> 3;
    }
  }

  /** Adds the inverse DCT of 16 coefficients to a predicted 4x4 block. */
  static void addCosine(int[] in, int from, Vp8Plane plane, int at) {
    int[] t = new int[16];
    for (int i = 0; i < 4; i++) {
      int k = from + i;
      int a = in[k] + in[k + 8];
      int b = in[k] - in[k + 8];
      int c = sine(in[k + 4]) - cosine(in[k + 12]);
      int d = cosine(in[k + 4]) + sine(in[k + 12]);
      t[i] = a + d;
      t[4 + i] = b + c;
      t[8 + i] = b - c;
      t[12 + i] = a - d;
    }
    byte[] p = plane.samples;
    for (int y = 0; y < 4; y++) {
      int first = t[4 * y] + 4;
      int a = first + t[4 * y + 2];
      int b = first - t[4 * y + 2];
      int c = sine(t[4 * y + 1]) - cosine(t[4 * y + 3]);
      int d = cosine(t[4 * y + 1]) + sine(t[4 * y + 3]);
      int row = at + y * plane.stride;
      add(p, row, a + d);
      add(p, row + 1, b + c);
      add(p, row + 2, b - c);
      add(p, row + 3, a - d);
    }
  }

  private static void add(byte[] p, int at, int v) {
    p[at] = (byte) Vp8Prediction.clip((p[at] & 255) + (v >> 3));
  }

  /** {@code v} times sqrt(2) cos(pi/8). */
  private static int cosine(int v) {
    return (v * 20091 >> 16) + v;
  }

  /** {@code v} times sqrt(2) sin(pi/8). */
  private static int sine(int v) {
    return v * 35468 >> 16;
  }
}
