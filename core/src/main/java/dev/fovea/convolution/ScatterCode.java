package dev.fovea.convolution;

import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;

/**
 * Emits the transform of products, element [point][tile][channel], to tiles of an activation,
 * followed by what is fused with the convolution. Pixels outside the activation are not written.
 */
final class ScatterCode {
  private final Code code;
  private final Matrices from;
  private final Activation destination;
  private final Tiling.Pair matrices;
  private final Epilogue epilogue;
  private final PlaneCode plane;

  ScatterCode(
      Code code, Matrices from, Activation destination, Tiling.Pair matrices, Epilogue epilogue) {
    this.code = code;
    this.from = from;
    this.destination = destination;
    this.matrices = matrices;
    this.epilogue = epilogue;
    this.plane = new PlaneCode(code, matrices);
  }

  /**
   * Emits the loop over blocks of channels and tiles, in this order as in {@link GatherCode}.
   *
   * <p>R13 holds the number of tiles, at least 1; R14 points to the first one's entry in the tile
   * table, R12 to its row in the first matrix. All registers but RSP and R15 are overwritten.
   */
  void emit() {
    code.asm().move(Reg.R8, Reg.R14);
    code.asm().move(Reg.R9, Reg.R13);
    code.asm().move(Reg.R11, destination.address());
    code.asm().move(Reg.RDX, epilogue.bias());
    code.asm().move(Reg.RCX, destination.channels() / code.width().floats());
    code.withConstants(() -> code.repeat(Reg.RCX, this::block));
  }

  private void block() {
    code.asm().move(Reg.R14, Reg.R8);
    code.asm().move(Reg.R13, Reg.R9);
    code.asm().move(Reg.RSI, Reg.R12);
    code.repeat(
        Reg.R13,
        () -> {
          code.asm().move(Reg.RDI, Reg.R14.at(0));
          code.asm().add(Reg.RDI, Reg.R11);
          code.asm().move32(Reg.RBX, Reg.R14.at(TileTable.COLUMNS));
          code.asm().move32(Reg.RBP, Reg.R14.at(TileTable.ROWS));
          plane.emit(
              (register, row, column) -> code.asm().load(register, product(row, column)),
              new Pixels());
          code.asm().add(Reg.RSI, Math.toIntExact(from.rowStride()));
          code.asm().add(Reg.R14, TileTable.ENTRY);
        });
    code.asm().add(Reg.R12, code.width().bytes());
    code.asm().add(Reg.RDX, code.width().bytes());
    code.asm().add(Reg.R11, Math.toIntExact(destination.blockStride()));
  }

  private Mem product(int row, int column) {
    return Reg.RSI.at((row * matrices.columnsIn() + column) * from.stride());
  }

  private final class Pixels implements PlaneCode.Target {
    @Override
    public void take(int row, int column, int register) {
      code.ifAny(Reg.RBX, 1 << column, () -> finish(row, column, register));
    }

    private void finish(int row, int column, int register) {
      int block = code.width().floats();
      Mem at =
          Reg.RDI.at(
              (long) row * destination.rowStride(block)
                  + (long) column * destination.pixelStride(block));
      boolean bf16 = destination.format() == Format.BF16;
      int free = Code.SPARE;
      if (epilogue.bias() != 0) {
        code.asm().add(register, register, Reg.RDX.at(0));
      }
      if (epilogue.add()) {
        if (bf16) {
          code.asm().loadBf16(free, at);
          code.asm().add(register, register, free);
        } else {
          code.asm().add(register, register, at);
        }
      }
      if (epilogue.relu()) {
        code.asm().zero(free);
        // In this order a result that is not a number stays one.
        code.asm().max(register, free, register);
      }
      if (bf16) {
        code.asm().storeBf16(at, register);
      } else {
        code.asm().store(at, register);
      }
    }

    @Override
    public void row(int row, Runnable results) {
      Label end = code.asm().label();
      code.asm().test(Reg.RBP, 1 << row);
      code.asm().jumpIfZero(end);
      results.run();
      code.asm().place(end);
    }
  }
}
