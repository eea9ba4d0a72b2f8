package dev.fovea.convolution;

import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;

/**
 * Emits the transform of tiles of an activation into the rows of one matrix per point: element
 * [point][tile][channel].
 *
 * <p>Rows and columns of a tile that lie outside the activation are zero and are not read.
 */
final class GatherCode {
  private static final int TOTAL = Code.SPARE + 1;

  private final Code code;
  private final Activation source;
  private final Tiling.Pair matrices;
  private final Matrices to;
  private final PlaneCode plane;
  private final Mem rowMasks;
  private final Mem low;
  private final boolean inBoth;
  private final boolean totals;

  /**
   * Creates the code; must not be called inside {@link Code#withConstants}.
   *
   * @param totals whether the sum of all elements of each channel is added to a vector; for tiles
   *     that do not overlap
   */
  GatherCode(Code code, Activation source, Tiling.Pair matrices, Matrices to, boolean totals) {
    this.code = code;
    this.source = source;
    this.matrices = matrices;
    this.to = to;
    this.totals = totals;
    this.plane = new PlaneCode(code, matrices);
    int points = matrices.rowsOut() * matrices.columnsOut();
    this.low = code.vectors(to.pairsOfTiles() ? points : 0);
    this.inBoth = matrices.vertical().isPresent() && matrices.horizontal().isPresent();
    boolean selects = inBoth && code.width() == VectorWidth.YMM;
    this.rowMasks = code.vectors(selects ? matrices.rowsIn() : 0);
  }

  /**
   * Emits the loop over blocks of channels and tiles, in this order, since neighboring tiles share
   * pages and cache lines.
   *
   * <p>R13 holds the number of tiles, at least 1; R14 points to the first one's entry in the tile
   * table, R12 to its row in the first matrix (if it is stored in panels: in the first panel), R10
   * to the vector of totals if there is one. All registers but RSP and RBP are overwritten.
   */
  void emit() {
    code.asm().move(Reg.R8, Reg.R14);
    code.asm().move(Reg.R9, Reg.R13);
    code.asm().move(Reg.R11, source.address());
    code.withConstants(
        () -> {
          if (to.order() == Matrices.Order.ROWS) {
            blocks(source.channels() / code.width().floats(), to.rowStride());
          } else {
            panels();
          }
        });
  }

  private void panels() {
    int blocks = source.channels() / code.width().floats();
    int perPanel = ProductCode.panelColumns(code.width()) / code.width().floats();
    if (blocks >= perPanel) {
      code.asm().move(Reg.R15, blocks / perPanel);
      code.repeat(
          Reg.R15,
          () -> {
            blocks(perPanel, to.rowStride());
            code.asm().add(Reg.R12, Math.toIntExact((to.storedRows() - 1) * to.rowStride()));
          });
    }
    if (blocks % perPanel > 0) {
      blocks(blocks % perPanel, to.rowStride());
    }
  }

  private int blockBytes() {
    return code.width().floats() * to.format().bytes();
  }

  private void blocks(int count, long rowStride) {
    code.asm().move(Reg.RCX, count);
    code.repeat(Reg.RCX, () -> block(rowStride));
  }

  private void block(long rowStride) {
    code.asm().move(Reg.R14, Reg.R8);
    code.asm().move(Reg.R13, Reg.R9);
    code.asm().move(Reg.RDI, Reg.R12);
    if (totals) {
      code.asm().zero(TOTAL);
    }
    code.repeat(
        Reg.R13,
        () -> {
          tiles();
          code.asm().add(Reg.RDI, Math.toIntExact(rowStride));
        });
    if (totals) {
      code.asm().add(TOTAL, TOTAL, Reg.R10.at(0));
      code.asm().store(Reg.R10.at(0), TOTAL);
      code.asm().add(Reg.R10, code.width().bytes());
    }
    code.asm().add(Reg.R11, Math.toIntExact(source.blockStride()));
    code.asm().add(Reg.R12, blockBytes());
  }

  // One tile, or two whose elements are stored as pairs; the last may lack its second.
  private void tiles() {
    enterTile();
    code.asm().add(Reg.R14, TileTable.ENTRY);
    if (!to.pairsOfTiles()) {
      plane.emit(new Pixels(), (row, column, register) -> store(row, column, register));
      return;
    }
    plane.emit(
        new Pixels(), (row, column, register) -> code.asm().store(low(row, column), register));
    code.asm().compare(Reg.R13, 1);
    Label single = code.asm().label();
    Label end = code.asm().label();
    code.asm().jumpIfZero(single);
    enterTile();
    code.asm().add(Reg.R14, TileTable.ENTRY);
    code.asm().add(Reg.R13, -1);
    plane.emit(new Pixels(), this::storePair);
    code.asm().jump(end);
    code.asm().place(single);
    for (int r = 0; r < matrices.rowsOut(); r++) {
      for (int c = 0; c < matrices.columnsOut(); c++) {
        code.asm().zero(0);
        storePair(r, c, 0);
      }
    }
    code.asm().place(end);
  }

  private void storePair(int row, int column, int register) {
    int free = Code.SPARE + 2;
    int permutation = Code.SPARE;
    code.asm().load(free, low(row, column));
    code.asm().load(permutation, code.pairOrder());
    code.asm().storeBf16Pairs(at(row, column), free, register, permutation);
  }

  private Mem low(int row, int column) {
    return low.plus((long) (row * matrices.columnsOut() + column) * code.width().bytes());
  }

  private void enterTile() {
    code.asm().move(Reg.RSI, Reg.R14.at(0));
    code.asm().add(Reg.RSI, Reg.R11);
    boolean byRows = matrices.horizontal().isEmpty();
    code.asm().move32(Reg.RBX, Reg.R14.at(byRows ? TileTable.ROWS : TileTable.COLUMNS));
    if (inBoth) {
      for (int r = 0; r < matrices.rowsIn(); r++) {
        prepareRow(r);
      }
    }
  }

  private void prepareRow(int row) {
    code.asm().move32(Reg.RAX, Reg.R14.at(TileTable.ROW_MASKS + 2 * row));
    if (code.width() == VectorWidth.ZMM) {
      code.asm().moveMask(1 + row, Reg.RAX);
    } else {
      code.asm().spread(0, Reg.RAX);
      code.asm().store(rowMask(row), 0);
    }
  }

  private Mem rowMask(int row) {
    return rowMasks.plus((long) row * code.width().bytes());
  }

  private Mem at(int row, int column) {
    return Reg.RDI.at((row * matrices.columnsOut() + column) * to.stride());
  }

  private void store(int row, int column, int register) {
    Mem at = at(row, column);
    if (to.format() == Format.BF16) {
      code.asm().storeBf16(at, register);
    } else {
      code.asm().store(at, register);
    }
  }

  private final class Pixels implements PlaneCode.Source {
    @Override
    public void load(int register, int row, int column) {
      int block = code.width().floats();
      Mem at =
          Reg.RSI.at(
              (long) row * source.rowStride(block) + (long) column * source.pixelStride(block));
      if (inBoth) {
        loadIfInside(register, row, at);
      } else {
        int place = Math.max(row, column);
        code.ifAny(Reg.RBX, 1 << place, () -> load(register, at), () -> zero(register));
      }
      if (totals) {
        code.asm().add(TOTAL, TOTAL, register);
      }
    }

    private void load(int register, Mem at) {
      if (source.format() == Format.BF16) {
        code.asm().loadBf16(register, at);
      } else {
        code.asm().load(register, at);
      }
    }

    private void zero(int register) {
      code.asm().zero(register);
    }

    private void loadIfInside(int register, int row, Mem at) {
      if (code.width() == VectorWidth.YMM) {
        code.asm().load(register, rowMask(row));
        code.asm().loadSelected(register, register, at);
      } else if (source.format() == Format.BF16) {
        code.asm().loadBf16Masked(register, 1 + row, at);
      } else {
        code.asm().loadMasked(register, 1 + row, at);
      }
    }

    @Override
    public void column(int column, Runnable loads, Runnable otherwise) {
      code.ifAny(Reg.RBX, 1 << column, loads, otherwise);
    }
  }
}
