package dev.fovea.convolution;

import dev.fovea.x86.Mem;

/**
 * Emits a two-dimensional transform of vectors: first along the columns of a small matrix, then
 * along its rows, with the values in between on the stack. A transform in one dimension needs no
 * stack.
 */
final class PlaneCode {
  private final Code code;
  private final Tiling.Pair matrices;
  private final Mem between;

  /** Loads the elements of a column or row into registers 0, 1, ... */
  interface Source {
    /** Emits code that loads element (row, column) into {@code register}. */
    void load(int register, int row, int column);

    /** Emits {@code loads}, which load a whole column, or {@code otherwise} if it lies outside. */
    default void column(int column, Runnable loads, Runnable otherwise) {
      loads.run();
    }
  }

  /** Takes the results, element by element, in registers that it may overwrite. */
  interface Target {
    /** Emits code that takes element (row, column) from {@code register}. */
    void take(int row, int column, int register);

    /** Emits {@code results}, a whole row, or nothing if the row is not wanted. */
    default void row(int row, Runnable results) {
      results.run();
    }
  }

  /** Reserves the stack; must not be called inside {@link Code#withConstants}. */
  PlaneCode(Code code, Tiling.Pair matrices) {
    this.code = code;
    this.matrices = matrices;
    boolean both = matrices.vertical().isPresent() && matrices.horizontal().isPresent();
    this.between = code.vectors(both ? matrices.rowsOut() * matrices.columnsIn() : 0);
  }

  void emit(Source source, Target target) {
    if (matrices.vertical().isEmpty()) {
      alongRow(source, target);
    } else if (matrices.horizontal().isEmpty()) {
      alongColumn(source, target);
    } else {
      inBoth(source, target);
    }
  }

  private void alongRow(Source source, Target target) {
    for (int c = 0; c < matrices.columnsIn(); c++) {
      source.load(c, 0, c);
    }
    target.row(
        0,
        () ->
            new TransformCode(code, matrices.horizontal().orElseThrow())
                .emit((c, register) -> target.take(0, c, register)));
  }

  private void alongColumn(Source source, Target target) {
    for (int r = 0; r < matrices.rowsIn(); r++) {
      source.load(r, r, 0);
    }
    new TransformCode(code, matrices.vertical().orElseThrow())
        .emit((r, register) -> target.row(r, () -> target.take(r, 0, register)));
  }

  private void inBoth(Source source, Target target) {
    TransformCode vertical = new TransformCode(code, matrices.vertical().orElseThrow());
    TransformCode horizontal = new TransformCode(code, matrices.horizontal().orElseThrow());
    for (int c = 0; c < matrices.columnsIn(); c++) {
      int column = c;
      source.column(
          c,
          () -> {
            for (int r = 0; r < matrices.rowsIn(); r++) {
              source.load(r, r, column);
            }
            vertical.emit((r, register) -> code.asm().store(between(r, column), register));
          },
          () -> {
            code.asm().zero(0);
            for (int r = 0; r < matrices.rowsOut(); r++) {
              code.asm().store(between(r, column), 0);
            }
          });
    }
    for (int r = 0; r < matrices.rowsOut(); r++) {
      int row = r;
      target.row(
          r,
          () -> {
            for (int c = 0; c < matrices.columnsIn(); c++) {
              code.asm().load(c, between(row, c));
            }
            horizontal.emit((c, register) -> target.take(row, c, register));
          });
    }
  }

  private Mem between(int row, int column) {
    return between.plus((long) (row * matrices.columnsIn() + column) * code.width().bytes());
  }
}
