package dev.fovea.convolution;

/**
 * One matrix per point, in scratch memory: rows are tiles, columns are channels.
 *
 * @param order how the elements of a matrix follow each other
 * @param points number of matrices
 * @param rows tiles in a block
 * @param columns channels
 * @param panelColumns columns of a panel
 */
record Matrices(Format format, Order order, int points, int rows, int columns, int panelColumns) {
  private static final int CACHE_LINE = 64;
  private static final int PAGE = 4096;

  /** How the elements of a matrix follow each other. */
  enum Order {
    /** Row by row. */
    ROWS,
    /** Panel by panel of as many columns as are multiplied at once, row by row in each. */
    PANELS
  }

  /** Matrices stored row by row. */
  static Matrices rows(Format format, int points, int rows, int columns) {
    return new Matrices(format, Order.ROWS, points, rows, columns, columns);
  }

  /** Matrices stored in panels of so many columns. */
  static Matrices panels(Format format, int points, int rows, int columns, int panelColumns) {
    return new Matrices(format, Order.PANELS, points, rows, columns, panelColumns);
  }

  /**
   * Whether each element is a pair of bfloat16: those of two tiles, which a product of pairs sums.
   */
  boolean pairsOfTiles() {
    return format == Format.BF16_PAIRS;
  }

  /** Rows in memory, of which each holds two tiles if elements are pairs. */
  int storedRows() {
    return pairsOfTiles() ? (rows + 1) / 2 : rows;
  }

  /** Bytes between rows; in panels, between those of a panel. */
  long rowStride() {
    return (long) (order == Order.ROWS ? columns : panelColumns) * format.bytes();
  }

  /** Bytes between panels. */
  long panelStride() {
    return storedRows() * rowStride();
  }

  private long size() {
    int panels = order == Order.ROWS ? 1 : (columns + panelColumns - 1) / panelColumns;
    return panels * panelStride();
  }

  /**
   * Bytes between matrices: a cache line beyond whole pages, since at whole pages the same element
   * of all matrices would compete for the same few places of the L1 cache.
   */
  long stride() {
    return (size() + PAGE - 1) / PAGE * PAGE + CACHE_LINE;
  }

  /** Bytes of all matrices. */
  long bytes() {
    return (points * stride() + PAGE - 1) / PAGE * PAGE;
  }
}
