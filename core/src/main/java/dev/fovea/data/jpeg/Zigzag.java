package dev.fovea.data.jpeg;

/** The zigzag sequence (ITU-T T.81, figure A.6). */
final class Zigzag {
  /** Coefficients of a block. */
  static final int BLOCK = 64;

  /**
   * Row-major place of the coefficient at each place of the zigzag sequence. Run lengths of damaged
   * data may lead up to 15 places beyond the last coefficient; libjpeg takes what is found there
   * for the last one ({@code jpeg_natural_order} of jutils.c).
   */
  static final int[] PLACES = places();

  private Zigzag() {}

  private static int[] places() {
    int[] places = new int[BLOCK + 16];
    int k = 0;
    for (int diagonal = 0; diagonal < 15; diagonal++) {
      int most = Math.min(7, diagonal);
      for (int a = most; a >= diagonal - most; a--) {
        int b = diagonal - a;
        places[k++] = diagonal % 2 == 0 ? 8 * a + b : 8 * b + a;
      }
    }
    while (k < places.length) {
      places[k++] = BLOCK - 1;
    }
    return places;
  }
}
