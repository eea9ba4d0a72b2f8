package dev.fovea.convolution;

/**
 * Emits y = M x for a small constant matrix on vectors in registers, with few operations: rows that
 * differ only in the signs of their odd columns share their even and odd sums, and columns that
 * differ only in signs are added and subtracted first.
 */
final class TransformCode {
  private final Code code;
  private final double[][] matrix;

  /** Receives a result in a register that may be overwritten. */
  interface Sink {
    void result(int row, int register);
  }

  TransformCode(Code code, double[][] matrix) {
    this.code = code;
    this.matrix = matrix;
  }

  int rows() {
    return matrix.length;
  }

  int columns() {
    return matrix[0].length;
  }

  /**
   * Emits the transform of registers 0 to n - 1, which it may overwrite; registers n to n + 2,
   * which must lie below {@link Code#SPARE}, are used as well.
   */
  void emit(Sink sink) {
    if (hasMirroredRows()) {
      byRows(sink);
    } else {
      byColumns(sink);
    }
  }

  // Points come as 0, p, -p, q, -q, ..., infinity: if there is a row for each, rows are paired.
  private boolean hasMirroredRows() {
    return rows() % 2 == 0 && rows() >= columns();
  }

  private void byRows(Sink sink) {
    int n = columns();
    int even = n;
    int odd = n + 1;
    int last = rows() - 1;
    sum(n, 0, 0, 1);
    sink.result(0, n);
    for (int r = 1; r < last; r += 2) {
      sum(even, r, 0, 2);
      double factor = unitSum(odd, r, 1);
      code.asm().move(n + 2, even);
      code.addScaled(even, factor, odd);
      code.addScaled(n + 2, -factor, odd);
      sink.result(r, even);
      sink.result(r + 1, n + 2);
    }
    sum(n, last, 0, 1);
    sink.result(last, n);
  }

  // dst = the sum over every `step`-th column from `first`.
  private void sum(int dst, int row, int first, int step) {
    int start = unitColumn(row, first, step);
    if (start >= 0) {
      code.asm().move(dst, start);
    } else {
      start = first;
      while (matrix[row][start] == 0) {
        start += step;
      }
      code.scale(dst, matrix[row][start], start);
    }
    for (int c = first; c < columns(); c += step) {
      if (c != start && matrix[row][c] != 0) {
        code.addScaled(dst, matrix[row][c], c);
      }
    }
  }

  private int unitColumn(int row, int first, int step) {
    for (int c = first; c < columns(); c += step) {
      if (matrix[row][c] == 1) {
        return c;
      }
    }
    return -1;
  }

  // dst = the sum over odd columns divided by the returned factor, which saves a multiplication.
  private double unitSum(int dst, int row, int first) {
    int start = first;
    while (start < columns() && matrix[row][start] == 0) {
      start += 2;
    }
    double factor = matrix[row][start];
    code.asm().move(dst, start);
    for (int c = start + 2; c < columns(); c += 2) {
      if (matrix[row][c] != 0) {
        code.addScaled(dst, matrix[row][c] / factor, c);
      }
    }
    return factor;
  }

  private void byColumns(Sink sink) {
    int n = columns();
    for (int c = 1; c + 1 < n; c += 2) {
      // Columns of p and -p: their sum and their difference.
      code.asm().move(n, c);
      code.asm().add(c, c, c + 1);
      code.asm().subtract(c + 1, n, c + 1);
    }
    for (int r = 0; r < rows(); r++) {
      int parity = r % 2;
      int start = -1;
      for (int c = 0; c < n && start < 0; c++) {
        start = isUsed(r, c, parity) && coefficient(r, c) == 1 ? c : -1;
      }
      combine(r, parity, start);
      sink.result(r, n);
    }
  }

  private void combine(int row, int parity, int unit) {
    int n = columns();
    int start = unit;
    if (unit >= 0) {
      code.asm().move(n, unit);
    } else {
      start = 0;
      while (!isUsed(row, start, parity)) {
        start++;
      }
      code.scale(n, coefficient(row, start), start);
    }
    for (int c = 0; c < n; c++) {
      if (c != start && isUsed(row, c, parity)) {
        code.addScaled(n, coefficient(row, c), c);
      }
    }
  }

  // After the sums and differences, column c holds x(p) + x(-p) and column c + 1 the difference.
  private boolean isUsed(int row, int column, int parity) {
    boolean single = column == 0 || column == columns() - 1;
    if (single) {
      return matrix[row][column] != 0;
    }
    boolean isDifference = column % 2 == 0;
    return isDifference == (parity == 1);
  }

  private double coefficient(int row, int column) {
    boolean single = column == 0 || column == columns() - 1;
    return single || column % 2 == 1 ? matrix[row][column] : matrix[row][column - 1];
  }
}
