package dev.fovea.winograd;

/**
 * One matrix per point, in scratch memory: rows are tiles, columns are channels.
 *
 * @param rows tiles in a block
 * @param columns channels
 * @param points number of matrices
 */
record Matrices(Format format, int points, int rows, int columns) {
  private static final int CACHE_LINE = 64;
  private static final int PAGE = 4096;

  /**
   * Bytes between rows: an odd number of cache lines, so that a column does not compete for few
   * places of the L1 cache.
   */
  long rowStride() {
    long lines = ((long) columns * format.bytes() + CACHE_LINE - 1) / CACHE_LINE;
    return lines * CACHE_LINE;
  }

  /**
   * Bytes between matrices: an odd number of cache lines beyond whole pages, since at whole pages
   * the same element of all matrices would compete for the same few places of the L1 cache.
   */
  long stride() {
    long size = rows * rowStride();
    return (size + PAGE - 1) / PAGE * PAGE + CACHE_LINE;
  }

  /** Bytes of all matrices. */
  long bytes() {
    return (points * stride() + PAGE - 1) / PAGE * PAGE;
  }
}
