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

  /**
   * Takes the arrays of a band.
   *
   * @param lanes as long as the largest band
   */
  Band(List<Plane> planes, Lanes lanes) {
    this.planes = planes;
    this.blocks = new int[planes.size()][][];
    this.tiles = new int[planes.size()][][];
    this.work = lanes.take(InverseTransform.WORK);
    for (int c = 0; c < planes.size(); c++) {
      Plane p = planes.get(c);
      int side = p.size();
      blocks[c] = lanes.take(p.across() * p.down() * Zigzag.BLOCK);
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

  /** Sets all coefficients of the first {@code n} lanes to zero. */
  void clear(int n) {
    for (int[][] component : blocks) {
      for (int[] lanes : component) {
        Arrays.fill(lanes, 0, n, 0);
      }
    }
  }

  /** The 64 arrays of a block of an MCU. */
  int[][] block(int component, int block) {
    return Arrays.copyOfRange(blocks[component], block * Zigzag.BLOCK, (block + 1) * Zigzag.BLOCK);
  }

  /** The arrays of a block of an MCU in the order of {@link Zigzag#PLACES}. */
  int[][] zigzag(int component, int block) {
    int[][] zigzag = new int[Zigzag.PLACES.length][];
    for (int k = 0; k < zigzag.length; k++) {
      zigzag[k] = blocks[component][block * Zigzag.BLOCK + Zigzag.PLACES[k]];
    }
    return zigzag;
  }

  /**
   * Makes samples of the coefficients of a component.
   *
   * @param n number of lanes
   */
  void transform(int component, InverseTransform transform, int n) {
    for (int b = 0; b < blocks[component].length / Zigzag.BLOCK; b++) {
      transform.apply(block(component, b), work, n);
    }
  }

  /** The samples of row {@code y} and column {@code x} of all MCUs. */
  int[] samples(int component, int y, int x) {
    return tiles[component][y * planes.get(component).tileWidth() + x];
  }
}
