package dev.fovea.data.jpeg;

import java.util.Arrays;
import java.util.List;

/**
 * Some rows of MCUs, or the middle of them: first their coefficients, then their samples. Lane
 * {@code i} of every array belongs to MCU {@code i}, counted by rows.
 *
 * <p>Used by one thread.
 */
final class Band {
  private final List<Plane> planes;

  /** For each component 64 arrays for each block of an MCU. */
  private final int[][][] blocks;

  /** For each component the samples of an MCU, row-major; parts of {@link #blocks}. */
  private final int[][][] tiles;

  private final int[][] work;

  /** Component, block and lane of blocks that {@link InverseTransform} cannot transform. */
  private int[] wide = new int[3];

  private int wideCount;

  /**
   * Allocates a band.
   *
   * @param lanes MCUs of the largest band
   */
  Band(List<Plane> planes, int lanes) {
    this.planes = planes;
    this.blocks = new int[planes.size()][][];
    this.tiles = new int[planes.size()][][];
    this.work = new int[Zigzag.BLOCK][lanes];
    for (int c = 0; c < planes.size(); c++) {
      Plane p = planes.get(c);
      int side = p.size();
      blocks[c] = new int[p.across() * p.down() * Zigzag.BLOCK][lanes];
      tiles[c] = new int[p.tileHeight() * p.tileWidth()][];
      for (int y = 0; y < p.tileHeight(); y++) {
        for (int x = 0; x < p.tileWidth(); x++) {
          int block = y / side * p.across() + x / side;
          tiles[c][y * p.tileWidth() + x] =
              blocks[c][block * Zigzag.BLOCK + y % side * 8 + x % side];
        }
      }
    }
  }

  /** Sets all coefficients to zero. */
  void clear() {
    for (int[][] component : blocks) {
      for (int[] lanes : component) {
        Arrays.fill(lanes, 0);
      }
    }
    wideCount = 0;
  }

  /** The 64 arrays of a block of an MCU. */
  int[][] block(int component, int block) {
    return Arrays.copyOfRange(blocks[component], block * Zigzag.BLOCK, (block + 1) * Zigzag.BLOCK);
  }

  /** Notes the sum of absolute values of a block's coefficients. */
  void note(int component, int block, int lane, long sum) {
    if (sum > InverseTransform.of(planes.get(component).size()).limit()) {
      if (3 * wideCount == wide.length) {
        wide = Arrays.copyOf(wide, 2 * wide.length);
      }
      wide[3 * wideCount] = component;
      wide[3 * wideCount + 1] = block;
      wide[3 * wideCount + 2] = lane;
      wideCount++;
    }
  }

  /**
   * Makes samples of the coefficients of a component.
   *
   * @param dcFactor the quantization table's factor of DC coefficients
   * @param n number of lanes
   */
  void transform(int component, int dcFactor, int n) {
    int side = planes.get(component).size();
    InverseTransform transform = InverseTransform.of(side);
    int[][] exact = exact(component, side, dcFactor);
    for (int b = 0; b < blocks[component].length / Zigzag.BLOCK; b++) {
      transform.apply(block(component, b), work, n);
    }
    for (int i = 0; i < wideCount; i++) {
      if (wide[3 * i] == component) {
        int[][] block = block(component, wide[3 * i + 1]);
        for (int p = 0; p < Zigzag.BLOCK; p++) {
          if (p / 8 < side && p % 8 < side) {
            block[p][wide[3 * i + 2]] = exact[i][p];
          }
        }
      }
    }
  }

  private int[][] exact(int component, int side, int dcFactor) {
    int[][] exact = new int[wideCount][];
    int[] in = new int[Zigzag.BLOCK];
    for (int i = 0; i < wideCount; i++) {
      if (wide[3 * i] == component) {
        int[][] block = block(component, wide[3 * i + 1]);
        for (int p = 0; p < Zigzag.BLOCK; p++) {
          in[p] = block[p][wide[3 * i + 2]];
        }
        exact[i] = new int[Zigzag.BLOCK];
        ShortTransform.apply(side, in, dcFactor, exact[i]);
      }
    }
    return exact;
  }

  /** The samples of row {@code y} and column {@code x} of all MCUs. */
  int[] samples(int component, int y, int x) {
    return tiles[component][y * planes.get(component).tileWidth() + x];
  }
}
