package dev.fovea.data.webp;

/**
 * The loop filters of VP8 (RFC 6386, section 15), which smooth block edges. They run after the
 * whole frame is reconstructed, because intra prediction here uses unfiltered samples.
 */
final class Vp8LoopFilter {
  private Vp8LoopFilter() {}

  /** The filter strength of a macroblock; a limit of 0 disables the filter. */
  record Strength(int limit, int interior, int highVariance) {
    /** From a level of 0..63 and the frame's sharpness of 0..7. */
    static Strength of(int level, int sharpness) {
      if (level == 0) {
        return new Strength(0, 0, 0);
      }
      int interior = level;
      if (sharpness > 0) {
        interior >>= sharpness > 4 ? 2 : 1;
        interior = Math.min(interior, 9 - sharpness);
      }
      interior = Math.max(1, interior);
      return new Strength(2 * level + interior, interior, level >= 40 ? 2 : level >= 15 ? 1 : 0);
    }
  }

  /** Applies the simple filter to a macroblock's luma. */
  static void simple(Vp8Plane luma, int mbX, int mbY, Strength s, boolean inner) {
    int at = luma.at(16 * mbX, 16 * mbY);
    int stride = luma.stride;
    for (int edge = 0; edge < 16; edge += 4) {
      if (edge == 0 ? mbX > 0 : inner) {
        simple(luma.samples, at + edge, 1, stride, s.limit + (edge == 0 ? 4 : 0));
      }
    }
    for (int edge = 0; edge < 16; edge += 4) {
      if (edge == 0 ? mbY > 0 : inner) {
        simple(luma.samples, at + edge * stride, stride, 1, s.limit + (edge == 0 ? 4 : 0));
      }
    }
  }

  /**
   * Applies the normal filter to one channel of a macroblock, {@code size} samples wide and high.
   */
  static void normal(Vp8Plane plane, int size, int mbX, int mbY, Strength s, boolean inner) {
    int at = plane.at(size * mbX, size * mbY);
    int stride = plane.stride;
    for (int edge = 0; edge < size; edge += 4) {
      if (edge == 0 ? mbX > 0 : inner) {
        normal(plane.samples, at + edge, 1, stride, size, s, edge == 0);
      }
    }
    for (int edge = 0; edge < size; edge += 4) {
      if (edge == 0 ? mbY > 0 : inner) {
        normal(plane.samples, at + edge * stride, stride, 1, size, s, edge == 0);
      }
    }
  }

  private static void simple(byte[] p, int at, int across, int along, int limit) {
    for (int i = 0; i < 16; i++) {
      int o = at + i * along;
      if (differs(p, o, across) <= 2 * limit + 1) {
        common(p, o, across);
      }
    }
  }

  private static int differs(byte[] p, int o, int across) {
    return 4 * distance(p, o - across, o) + distance(p, o - 2 * across, o + across);
  }

  private static void normal(
      byte[] p, int at, int across, int along, int size, Strength s, boolean macroblock) {
    int limit = 2 * (s.limit + (macroblock ? 4 : 0)) + 1;
    for (int i = 0; i < size; i++) {
      int o = at + i * along;
      if (differs(p, o, across) > limit || !flat(p, o, across, s.interior)) {
        continue;
      }
      if (distance(p, o - 2 * across, o - across) > s.highVariance
          || distance(p, o + across, o) > s.highVariance) {
        common(p, o, across);
      } else if (macroblock) {
        six(p, o, across);
      } else {
        four(p, o, across);
      }
    }
  }

  private static boolean flat(byte[] p, int o, int across, int most) {
    return distance(p, o - 4 * across, o - 3 * across) <= most
        && distance(p, o - 3 * across, o - 2 * across) <= most
        && distance(p, o - 2 * across, o - across) <= most
        && distance(p, o + 3 * across, o + 2 * across) <= most
        && distance(p, o + 2 * across, o + across) <= most
        && distance(p, o + across, o) <= most;
  }

  private static int distance(byte[] p, int a, int b) {
    return Math.abs((p[a] & 255) - (p[b] & 255));
  }

  private static int clip(int v) {
    return Math.max(-128, Math.min(127, v));
  }

  private static void add(byte[] p, int at, int v) {
    p[at] = (byte) Vp8Prediction.clip((p[at] & 255) + v);
  }

  /** Adjusts the two samples next to the edge. */
  private static void common(byte[] p, int o, int across) {
    int outer = clip((p[o - 2 * across] & 255) - (p[o + across] & 255));
    int a = clip(3 * ((p[o] & 255) - (p[o - across] & 255)) + outer);
    add(p, o - across, clip(a + 3) >> 3);
    add(p, o, -(clip(a + 4) >> 3));
  }

  private static void four(byte[] p, int o, int across) {
    int a = clip(3 * ((p[o] & 255) - (p[o - across] & 255)));
    int one = clip(a + 4) >> 3;
    int outer = one + 1 >> 1;
    add(p, o - 2 * across, outer);
    add(p, o - across, clip(a + 3) >> 3);
    add(p, o, -one);
    add(p, o + across, -outer);
  }

  private static void six(byte[] p, int o, int across) {
    int outer = clip((p[o - 2 * across] & 255) - (p[o + across] & 255));
    int a = clip(3 * ((p[o] & 255) - (p[o - across] & 255)) + outer);
    for (int i = 0; i < 3; i++) {
      int v = (27 - 9 * i) * a + 63 >> 7;
      add(p, o - (i + 1) * across, v);
      add(p, o + i * across, -v);
    }
  }
}
