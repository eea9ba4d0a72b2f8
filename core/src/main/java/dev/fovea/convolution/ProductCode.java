package dev.fovea.convolution;

import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;
import java.util.List;

/**
 * Emits matrix products C = A · B, or C += A · B, one per point. A tile of C is accumulated in
 * registers as a sum of outer products: a column of A by a row of B.
 */
final class ProductCode {
  private static final int ROWS = 6;

  private final Code code;
  private final Layout layout;
  private final int vectorBytes;

  /**
   * Distances in bytes between the elements of the operands.
   *
   * @param pairs whether an element of A and B is a pair of bfloat16, whose products are summed
   * @param aRow between rows of A, which are those of C
   * @param aStep between columns of A
   * @param aGroup between groups of rows of A
   * @param aPlane between matrices A
   * @param columns columns of B and C, a multiple of the vector's length
   * @param bStep between rows of B, which is stored in panels; 0 if those of a panel follow each
   *     other directly
   * @param bPanel between panels of B
   * @param bPlane between matrices B
   * @param cRow between rows of C
   * @param cVector between vectors of a row of C
   * @param cGroup between groups of rows of C
   * @param cPlane between matrices C
   * @param accumulate whether the product is added to C, except in the first block of tiles
   * @param group how many rows of a group are computed at once, each at most six
   * @param restRows rows of A after the last group, always computed
   * @param unroll how many steps the inner loop takes at once; must divide the depth
   */
  record Layout(
      boolean pairs,
      long aRow,
      long aStep,
      long aGroup,
      long aPlane,
      int columns,
      long bStep,
      long bPanel,
      long bPlane,
      long cRow,
      long cVector,
      long cGroup,
      long cPlane,
      boolean accumulate,
      List<Integer> group,
      int restRows,
      int unroll) {}

  ProductCode(Code code, Layout layout) {
    this.code = code;
    this.layout = layout;
    this.vectorBytes = code.width().bytes();
  }

  /** Rows of C that are computed at once. */
  static int rowsAtOnce() {
    return ROWS;
  }

  /** Columns of a panel of B, of which the last may have fewer. */
  static int panelColumns(VectorWidth width) {
    return (width == VectorWidth.ZMM ? 4 : 2) * width.floats();
  }

  /**
   * Emits the loop over points.
   *
   * <p>R13 holds the number of points, at least 1; RSI, RDI and R15 the first matrices A, B and C.
   * All registers but RSP are overwritten.
   *
   * @param groups holds the number of groups of rows, at least 1
   * @param steps holds the depth divided by {@code unroll}, at least 1
   * @param firstTile holds 0 in the first block
   */
  void emit(Mem groups, Mem steps, Mem firstTile) {
    int panel = panelColumns(code.width());
    int full = layout.columns() / panel;
    int rest = layout.columns() % panel / code.width().floats();
    code.repeat(
        Reg.R13,
        () -> {
          code.asm().move(Reg.RBX, Reg.RDI);
          code.asm().move(Reg.RDX, Reg.R15);
          if (full > 0) {
            code.asm().move(Reg.RCX, full);
            code.repeat(
                Reg.RCX, () -> panel(panel / code.width().floats(), groups, steps, firstTile));
          }
          if (rest > 0) {
            panel(rest, groups, steps, firstTile);
          }
          advance(Reg.RSI, layout.aPlane());
          advance(Reg.RDI, layout.bPlane());
          advance(Reg.R15, layout.cPlane());
        });
  }

  private void panel(int vectors, Mem groups, Mem steps, Mem firstTile) {
    code.asm().move(Reg.R14, Reg.RSI);
    code.asm().move(Reg.R12, Reg.RDX);
    code.asm().move(Reg.RBP, groups);
    code.repeat(
        Reg.RBP,
        () -> {
          int before = 0;
          for (int rows : layout.group()) {
            block(rows, vectors, steps, firstTile);
            advance(Reg.R14, rows * layout.aRow());
            advance(Reg.R12, rows * layout.cRow());
            before += rows;
          }
          advance(Reg.R14, layout.aGroup() - before * layout.aRow());
          advance(Reg.R12, layout.cGroup() - before * layout.cRow());
        });
    if (layout.restRows() > 0) {
      block(layout.restRows(), vectors, steps, firstTile);
    }
    advance(Reg.RBX, layout.bPanel());
    advance(Reg.RDX, vectors * layout.cVector());
  }

  private void block(int rows, int vectors, Mem steps, Mem firstTile) {
    int b = rows * vectors;
    int a = b + vectors;
    code.asm().move(Reg.R8, Reg.R14);
    code.asm().move(Reg.R9, Reg.RBX);
    code.asm().move(Reg.R11, steps);
    start(rows, vectors, firstTile);
    long bStep = layout.bStep() == 0 ? (long) vectors * vectorBytes : layout.bStep();
    code.repeat(
        Reg.R11,
        () -> {
          for (int u = 0; u < layout.unroll(); u++) {
            for (int j = 0; j < vectors; j++) {
              code.asm().load(b + j, Reg.R9.at(u * bStep + (long) j * vectorBytes));
            }
            for (int i = 0; i < rows; i++) {
              broadcast(a + i % 2, Reg.R8.at(u * layout.aStep() + i * layout.aRow()));
              for (int j = 0; j < vectors; j++) {
                accumulate(i * vectors + j, b + j, a + i % 2);
              }
            }
          }
          advance(Reg.R8, layout.unroll() * layout.aStep());
          advance(Reg.R9, layout.unroll() * bStep);
        });
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < vectors; j++) {
        code.asm().store(result(i, j), i * vectors + j);
      }
    }
  }

  private void start(int rows, int vectors, Mem firstTile) {
    Label first = code.asm().label();
    Label end = code.asm().label();
    if (layout.accumulate()) {
      code.asm().move(Reg.RAX, firstTile);
      code.asm().compare(Reg.RAX, 0);
      code.asm().jumpIfZero(first);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
          code.asm().load(i * vectors + j, result(i, j));
        }
      }
      code.asm().jump(end);
    }
    code.asm().place(first);
    for (int i = 0; i < rows * vectors; i++) {
      code.asm().zero(i);
    }
    code.asm().place(end);
  }

  private void broadcast(int register, Mem from) {
    if (layout.pairs()) {
      code.asm().broadcastPair(register, from);
    } else {
      code.asm().broadcast(register, from);
    }
  }

  private void accumulate(int sum, int a, int b) {
    if (layout.pairs()) {
      code.asm().addPairProducts(sum, a, b);
    } else {
      code.asm().addProduct(sum, a, b);
    }
  }

  private Mem result(int row, int vector) {
    return Reg.R12.at(row * layout.cRow() + vector * layout.cVector());
  }

  private void advance(Reg pointer, long bytes) {
    if (bytes != 0) {
      code.asm().add(pointer, Math.toIntExact(bytes));
    }
  }
}
