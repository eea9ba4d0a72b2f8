package dev.fovea.data.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One separable resampling: the horizontal pass, rounded to 8 bits, then the vertical pass.
 *
 * <p>Nearly all time is spent in elementwise loops over arrays of 32-bit integers, which the JVM's
 * compiler turns into vector instructions ({@link WeightedSums}); loads of bytes and gathers it
 * does not. So rows are taken in blocks, and their pixels are transposed: an array holds one
 * channel of one column, an element for each row of the block. Every weighted sum is then a loop
 * over whole columns. Results are packed, four bytes in an integer, transposed back, and the
 * vertical pass sums packed rows in the same way. Only a ring of columns and a ring of rows is
 * kept.
 *
 * <p>Used once, by one thread.
 */
final class Resampler {
  /** The largest number of weights for an output position that this way of computing is for. */
  static final int WIDEST = 256;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Pixels that are unpacked together: 12 bytes, three integers. */
  private static final int GROUP = 4;

  /** Packed columns that are transposed back together. */
  private static final int PACKED = 16;

  /** Integers of the ring of columns, which should stay in the second-level cache. */
  private static final int RING = 48 << 10;

  private static final int LONGEST_BLOCK = 512;
  private static final int SHORTEST_BLOCK = 32;

  private final byte[] in;
  private final int start;
  private final int stride;
  private final int rows;
  private final @Nullable FilterWeights across;
  private final @Nullable FilterWeights down;
  private final int rowBytes;
  private final int quads;
  private final boolean overshoots;

  /**
   * @param pixels from the first one that is read
   * @param rows that are read
   * @param width columns of the result
   * @param across weights of the horizontal pass; null if columns are taken as they are
   * @param down weights of the vertical pass; null if rows are taken as they are
   * @param overshoots whether the filter has negative weights, so that sums must be clipped
   */
  Resampler(
      Pixels pixels,
      int rows,
      int width,
      @Nullable FilterWeights across,
      @Nullable FilterWeights down,
      boolean overshoots) {
    this.in = pixels.rgb();
    this.start = pixels.start();
    this.stride = pixels.stride();
    this.rows = rows;
    this.across = across;
    this.down = down;
    this.rowBytes = width * Image.CHANNELS;
    this.quads = (rowBytes + 3) / 4;
    this.overshoots = overshoots;
  }

  /** Interleaved rows. */
  byte[] resample() {
    int reach = down == null ? 0 : down.widest();
    int longest = across == null ? SHORTEST_BLOCK : longestBlock(across);
    int blocks = (rows + longest - 1) / longest;
    int block = (rows + blocks - 1) / blocks;
    int mask = powerOfTwo(block + reach) - 1;
    int[][] ring = new int[Math.min(mask + 1, rows)][quads];
    byte[] out = new byte[Math.multiplyExact(down == null ? rows : down.places(), rowBytes)];
    Horizontal horizontal = across == null ? null : new Horizontal(across, block);
    Vertical vertical = new Vertical(down, mask, ring, out);
    for (int y = 0; y < rows; y += block) {
      int n = Math.min(block, rows - y);
      if (horizontal == null) {
        load(y, n, ring, mask);
      } else {
        horizontal.block(y, n, ring, mask);
      }
      vertical.upTo(y + n);
    }
    return out;
  }

  private static int longestBlock(FilterWeights across) {
    int columns = ringOf(across) * Image.CHANNELS;
    return Math.max(SHORTEST_BLOCK, Math.min(LONGEST_BLOCK, RING / columns));
  }

  private static int ringOf(FilterWeights across) {
    return powerOfTwo(across.widest() + GROUP - 1);
  }

  private static int powerOfTwo(int least) {
    return Math.max(GROUP, Integer.highestOneBit(Math.max(1, least - 1)) << 1);
  }

  private void load(int y, int n, int[][] ring, int mask) {
    for (int r = y; r < y + n; r++) {
      int[] row = ring[r & mask];
      int at = start + r * stride;
      int safe = Math.max(0, Math.min(quads, (in.length - at) / 4));
      for (int q = 0; q < safe; q++) {
        row[q] = (int) INTS.get(in, at + 4 * q);
      }
      for (int q = safe; q < quads; q++) {
        row[q] = atEnd(at + 4 * q);
      }
    }
  }

  /** Four bytes, of which those beyond the end of the image are 0. */
  private int atEnd(int at) {
    int v = 0;
    for (int b = 0; b < 4 && at + b < in.length; b++) {
      v |= (in[at + b] & 255) << 8 * b;
    }
    return v;
  }

  /** The horizontal pass over blocks of rows. */
  private final class Horizontal {
    private final FilterWeights w;
    private final int mask;
    private final int[][][] columns;
    private final WeightedSums[] channels = new WeightedSums[Image.CHANNELS];
    private final int[][] loaded;
    private final int[][] sums;
    private final int[][] packed = new int[PACKED][];

    Horizontal(FilterWeights w, int block) {
      this.w = w;
      int size = ringOf(w);
      this.mask = size - 1;
      this.columns = new int[Image.CHANNELS][size][block];
      this.loaded = new int[3][block];
      this.sums = new int[4][block];
      for (int q = 0; q < PACKED; q++) {
        packed[q] = new int[block];
      }
      for (int c = 0; c < Image.CHANNELS; c++) {
        channels[c] = new WeightedSums(columns[c], mask, block, w);
      }
    }

    void block(int y, int n, int[][] ring, int ringMask) {
      int next = 0;
      int width = w.places();
      for (int x = 0; x < width; x++) {
        int first = w.first()[x];
        int count = w.count()[x];
        next = Math.max(next, first & -GROUP);
        for (; next < first + count; next += GROUP) {
          unpack(next, y, n);
        }
        for (int c = 0; c < Image.CHANNELS; c++) {
          int b = x * Image.CHANNELS + c;
          channels[c].of(x, sums[b & 3], n);
          if ((b & 3) == 3) {
            pack(b >> 2, y, n, ring, ringMask);
          }
        }
      }
      if ((rowBytes & 3) != 0) {
        pack(quads - 1, y, n, ring, ringMask);
      }
      int rest = quads % PACKED;
      if (rest != 0) {
        transpose(packed, rest, quads - rest, y, n, ring, ringMask);
      }
    }

    private void pack(int q, int y, int n, int[][] ring, int ringMask) {
      Resampler.pack(sums, overshoots, packed[q % PACKED], n);
      if (q % PACKED == PACKED - 1) {
        transpose(packed, PACKED, q - PACKED + 1, y, n, ring, ringMask);
      }
    }

    private void unpack(int pixel, int y, int n) {
      int at = start + y * stride + pixel * Image.CHANNELS;
      int safe = in.length - at < 12 ? 0 : Math.min(n, (in.length - at - 12) / stride + 1);
      gather(in, at, stride, loaded[0], loaded[1], loaded[2], safe);
      for (int r = safe; r < n; r++) {
        for (int i = 0; i < 3; i++) {
          loaded[i][r] = atEnd(at + r * stride + 4 * i);
        }
      }
      int p = pixel & mask;
      int[][] red = columns[0];
      int[][] green = columns[1];
      int[][] blue = columns[2];
      spread(loaded[0], red[p], green[p], blue[p], red[p + 1], n);
      spread(loaded[1], green[p + 1], blue[p + 1], red[p + 2], green[p + 2], n);
      spread(loaded[2], blue[p + 2], red[p + 3], green[p + 3], blue[p + 3], n);
    }
  }

  /** The vertical pass, row by row of the result. */
  private final class Vertical {
    private final @Nullable WeightedSums down;
    private final int mask;
    private final int[][] ring;
    private final byte[] out;
    private final int[][] sums;
    private final int[] packed;
    private int next;

    Vertical(@Nullable FilterWeights w, int mask, int[][] ring, byte[] out) {
      this.down = w == null ? null : new WeightedSums(ring, mask, quads, w);
      this.mask = mask;
      this.ring = ring;
      this.out = out;
      this.sums = new int[4][quads];
      this.packed = new int[quads];
    }

    /** Writes the rows that need no more than the first {@code end} rows of the source. */
    void upTo(int end) {
      WeightedSums sum = down;
      if (sum == null) {
        for (; next < end; next++) {
          store(ring[next & mask], next * rowBytes);
        }
        return;
      }
      for (; next < sum.places() && sum.end(next) <= end; next++) {
        for (int b = 0; b < 4; b++) {
          sum.ofPacked(next, 8 * b, sums[b], quads);
        }
        pack(sums, overshoots, packed, quads);
        store(packed, next * rowBytes);
      }
    }

    private void store(int[] row, int at) {
      int whole = rowBytes / 4;
      for (int q = 0; q < whole; q++) {
        INTS.set(out, at + 4 * q, row[q]);
      }
      for (int b = 4 * whole; b < rowBytes; b++) {
        out[at + b] = (byte) (row[whole] >>> 8 * (b & 3));
      }
    }
  }

  private static void gather(byte[] in, int start, int stride, int[] a, int[] b, int[] c, int n) {
    int at = start;
    for (int r = 0; r < n; r++, at += stride) {
      a[r] = (int) INTS.get(in, at);
      b[r] = (int) INTS.get(in, at + 4);
      c[r] = (int) INTS.get(in, at + 8);
    }
  }

  private static void spread(int[] from, int[] a, int[] b, int[] c, int[] d, int n) {
    for (int i = 0; i < n; i++) {
      a[i] = from[i] & 255;
      b[i] = from[i] >>> 8 & 255;
    }
    for (int i = 0; i < n; i++) {
      c[i] = from[i] >>> 16 & 255;
      d[i] = from[i] >>> 24;
    }
  }

  private static void transpose(
      int[][] packed, int count, int q, int y, int n, int[][] ring, int mask) {
    if (count == PACKED) {
      transpose16(packed, q, y, n, ring, mask);
      return;
    }
    for (int r = 0; r < n; r++) {
      int[] row = ring[y + r & mask];
      for (int i = 0; i < count; i++) {
        row[q + i] = packed[i][r];
      }
    }
  }

  private static void transpose16(int[][] p, int q, int y, int n, int[][] ring, int mask) {
    int[] p0 = p[0];
    int[] p1 = p[1];
    int[] p2 = p[2];
    int[] p3 = p[3];
    int[] p4 = p[4];
    int[] p5 = p[5];
    int[] p6 = p[6];
    int[] p7 = p[7];
    int[] p8 = p[8];
    int[] p9 = p[9];
    int[] p10 = p[10];
    int[] p11 = p[11];
    int[] p12 = p[12];
    int[] p13 = p[13];
    int[] p14 = p[14];
    int[] p15 = p[15];
    for (int r = 0; r < n; r++) {
      int[] row = ring[y + r & mask];
      row[q] = p0[r];
      row[q + 1] = p1[r];
      row[q + 2] = p2[r];
      row[q + 3] = p3[r];
      row[q + 4] = p4[r];
      row[q + 5] = p5[r];
      row[q + 6] = p6[r];
      row[q + 7] = p7[r];
      row[q + 8] = p8[r];
      row[q + 9] = p9[r];
      row[q + 10] = p10[r];
      row[q + 11] = p11[r];
      row[q + 12] = p12[r];
      row[q + 13] = p13[r];
      row[q + 14] = p14[r];
      row[q + 15] = p15[r];
    }
  }

  private static void pack(int[][] sums, boolean overshoots, int[] out, int n) {
    int[] a = sums[0];
    int[] b = sums[1];
    int[] c = sums[2];
    int[] d = sums[3];
    if (overshoots) {
      clip(a, n);
      clip(b, n);
      clip(c, n);
      clip(d, n);
    }
    for (int i = 0; i < n; i++) {
      out[i] =
          a[i] >>> FilterWeights.PRECISION
              | b[i] >>> FilterWeights.PRECISION << 8
              | c[i] >>> FilterWeights.PRECISION << 16
              | d[i] >>> FilterWeights.PRECISION << 24;
    }
  }

  /** Clips the integer part of sums to 0..255 by masks, since the compiler vectorizes those. */
  private static void clip(int[] a, int n) {
    int most = (255 << FilterWeights.PRECISION) + (1 << FilterWeights.PRECISION) - 1;
    for (int i = 0; i < n; i++) {
      int v = a[i] & ~(a[i] >> 31);
      int over = most - v >> 31;
      a[i] = v & ~over | most & over;
    }
  }
}
