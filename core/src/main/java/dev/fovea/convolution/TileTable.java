package dev.fovea.convolution;

import java.nio.ByteBuffer;

/**
 * Where the tiles of an activation lie and which of their rows and columns are inside it; computed
 * once, read by every run.
 *
 * <p>An entry has {@link #ENTRY} bytes: the offset of the tile's first pixel in bytes (8; may be
 * negative, since padding lies before the first pixel), a bit per column inside (4), a bit per row
 * (4), and for each of eight rows two bytes that are all ones if it is inside.
 */
public record TileTable(
    Grid grid,
    int images,
    int height,
    int width,
    long imageStride,
    int rowStride,
    int pixelStride) {
  /** Bytes per tile. */
  public static final int ENTRY = 32;

  static final int COLUMNS = 8;
  static final int ROWS = 12;
  static final int ROW_MASKS = 16;

  /**
   * The arrangement of tiles.
   *
   * @param down tiles from top to bottom
   * @param across tiles from left to right
   * @param stepH rows from one tile to the next
   * @param stepW columns from one tile to the next
   * @param sizeH rows of a tile
   * @param sizeW columns of a tile
   * @param startH the first row of the first tile; negative inside padding
   * @param startW the first column of the first tile
   */
  public record Grid(
      int down, int across, int stepH, int stepW, int sizeH, int sizeW, int startH, int startW) {}

  /**
   * The tiles of an activation.
   *
   * @param block channels per block
   */
  static TileTable of(Activation a, Grid grid, int block) {
    return new TileTable(
        grid,
        a.images(),
        a.height(),
        a.width(),
        a.imageStride(),
        a.rowStride(block),
        a.pixelStride(block));
  }

  /** The size in bytes. */
  public long bytes() {
    return (long) images * grid.down() * grid.across() * ENTRY;
  }

  /** Writes the entries of all tiles. */
  public void write(ByteBuffer to) {
    to.clear();
    for (int n = 0; n < images; n++) {
      for (int y = 0; y < grid.down(); y++) {
        for (int x = 0; x < grid.across(); x++) {
          int top = grid.startH() + y * grid.stepH();
          int left = grid.startW() + x * grid.stepW();
          int rows = inside(top, grid.sizeH(), height);
          to.putLong(n * imageStride + (long) top * rowStride + (long) left * pixelStride);
          to.putInt(inside(left, grid.sizeW(), width)).putInt(rows);
          for (int r = 0; r < 8; r++) {
            to.putShort((short) ((rows >> r & 1) == 1 ? 0xFFFF : 0));
          }
        }
      }
    }
  }

  private static int inside(int start, int size, int limit) {
    int bits = 0;
    for (int i = 0; i < size; i++) {
      if (start + i >= 0 && start + i < limit) {
        bits |= 1 << i;
      }
    }
    return bits;
  }
}
