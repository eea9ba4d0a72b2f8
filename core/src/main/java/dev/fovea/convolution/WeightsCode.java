package dev.fovea.convolution;

import dev.fovea.x86.Assembler;
import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;

/**
 * The transform of weights, G g Gᵀ, as machine code for every thread of a team: from blocks of
 * channels to the panels that {@link ConvolutionCode} multiplies with.
 *
 * <p>The source consists of blocks [taps][depth][columns] of as many channels as a vector holds in
 * both directions (oneDNN's OIhw16i16o, or OIhw8i8o): the sums run over the depth, the columns are
 * channels of the result.
 */
public final class WeightsCode {
  private final VectorWidth width;
  private final Tiling tiling;
  private final Format format;
  private final int depth;
  private final int columns;
  private final Order order;

  // Transformed weights that do not fit into an L3 cache of 32 MiB are written past it, which saves
  // reading
  // the lines that are overwritten.
  private static final long STREAMING = 16L << 20;

  /** The order of the source's blocks, and of the taps in a block. */
  public enum Order {
    /** For each block of columns all blocks of the depth: weights as they are. */
    FORWARD,
    /**
     * For each block of the depth all blocks of columns, and the taps backwards: for the gradient
     * of the source, which is a convolution with transposed and rotated weights.
     */
    ROTATED
  }

  /** Describes the transform; {@code depth} and {@code columns} are channels in whole blocks. */
  public WeightsCode(
      VectorWidth vectors, Tiling tiling, Format format, int depth, int columns, Order order) {
    this.width = vectors;
    this.tiling = tiling;
    this.format = format;
    this.depth = depth;
    this.columns = columns;
    this.order = order;
  }

  /** Bytes of the transformed weights. */
  public long bytes() {
    return (long) tiling.points() * depth * columns * format.bytes();
  }

  /** Assembles the code; every thread of a team runs it once. */
  public byte[] assemble(long source, long destination, TeamFunctions team) {
    Code code = new Code(width);
    int block = width.floats();
    int taps = tiling.kernelH() * tiling.kernelW();
    int itemBytes = taps * block * width.bytes();
    PlaneCode plane = new PlaneCode(code, tiling.filter());
    Mem low = code.vectors(format == Format.BF16 ? tiling.points() : 0);
    BlockLoop items = new BlockLoop(code, team, 0, 1);
    Mem item = items.start();
    items.enter();
    items.part(depth / block * (columns / block));
    code.asm().move(item, Reg.R12);
    items.ifNotEmpty(
        () ->
            code.withConstants(
                () ->
                    code.repeat(
                        Reg.R13,
                        () -> {
                          enter(code.asm(), item, source, itemBytes);
                          destination(code.asm(), destination);
                          int rows = format == Format.BF16 ? block / 2 : block;
                          code.asm().move(Reg.RCX, rows);
                          code.repeat(Reg.RCX, () -> row(code, plane, low));
                          code.asm().move(Reg.RAX, item);
                          code.asm().add(Reg.RAX, 1);
                          code.asm().move(item, Reg.RAX);
                        })));
    code.asm().storeFence();
    return code.toBytes();
  }

  // RSI = the item's first tap; RAX = its block of columns, RDX = its block of the depth. Blocks of
  // columns follow each other, since those of a panel share pages and cache lines.
  private void enter(Assembler asm, Mem item, long source, int itemBytes) {
    int block = width.floats();
    asm.move(Reg.RAX, item);
    asm.move(Reg.RCX, columns / block);
    asm.divide(Reg.RCX);
    asm.move(Reg.RCX, Reg.RAX);
    asm.move(Reg.RAX, Reg.RDX);
    asm.move(Reg.RDX, Reg.RCX);
    if (order == Order.FORWARD) {
      asm.multiply(Reg.RSI, Reg.RAX, depth / block);
      asm.add(Reg.RSI, Reg.RDX);
    } else {
      asm.move(Reg.RSI, item);
    }
    asm.multiply(Reg.RSI, Reg.RSI, itemBytes);
    asm.move(Reg.RCX, source);
    asm.add(Reg.RSI, Reg.RCX);
  }

  // RDI = the place of the first row, R11 = bytes between rows, which are less in the last panel.
  private void destination(Assembler asm, long destination) {
    int panel = ProductCode.panelColumns(width) / width.floats();
    int full = columns / ProductCode.panelColumns(width);
    int rest = columns % ProductCode.panelColumns(width) / width.floats();
    asm.move(Reg.R8, Reg.RDX);
    asm.move(Reg.RCX, panel);
    asm.divide(Reg.RCX);
    asm.multiply(Reg.RDI, Reg.RAX, depth * format.bytes() * ProductCode.panelColumns(width));
    asm.move(Reg.R11, rowBytes(panel));
    Label known = asm.label();
    asm.compare(Reg.RAX, full);
    asm.jumpIfLess(known);
    asm.move(Reg.R11, rowBytes(rest));
    asm.place(known);
    asm.multiply(Reg.RDX, Reg.RDX, width.bytes());
    asm.add(Reg.RDI, Reg.RDX);
    int rows = format == Format.BF16 ? width.floats() / 2 : width.floats();
    asm.multiply(Reg.R8, Reg.R8, rows);
    asm.multiply(Reg.R8, Reg.R11);
    asm.add(Reg.RDI, Reg.R8);
    asm.move(Reg.RAX, destination);
    asm.add(Reg.RDI, Reg.RAX);
  }

  private int rowBytes(int vectors) {
    return vectors * width.bytes();
  }

  private void row(Code code, PlaneCode plane, Mem low) {
    long stride = (long) depth * columns * format.bytes();
    PlaneCode.Source taps = (register, r, c) -> code.asm().load(register, tap(r, c));
    if (format == Format.F32) {
      plane.emit(
          taps, (r, c, register) -> store(code.asm(), Reg.RDI.at(point(r, c) * stride), register));
    } else {
      plane.emit(
          taps,
          (r, c, register) ->
              code.asm().store(low.plus((long) point(r, c) * width.bytes()), register));
      code.asm().add(Reg.RSI, width.bytes());
      plane.emit(
          taps,
          (r, c, register) -> {
            int free = Code.SPARE;
            int permutation = Code.SPARE + 1;
            code.asm().load(free, low.plus((long) point(r, c) * width.bytes()));
            code.asm().load(permutation, code.pairOrder());
            code.asm()
                .storeBf16Pairs(Reg.RDI.at(point(r, c) * stride), free, register, permutation);
          });
    }
    code.asm().add(Reg.RSI, width.bytes());
    code.asm().add(Reg.RDI, Reg.R11);
  }

  private void store(Assembler asm, Mem to, int register) {
    if (bytes() >= STREAMING) {
      asm.storeStreaming(to, register);
    } else {
      asm.store(to, register);
    }
  }

  private Mem tap(int row, int column) {
    int taps = tiling.kernelH() * tiling.kernelW();
    int tap = row * tiling.kernelW() + column;
    int at = order == Order.FORWARD ? tap : taps - 1 - tap;
    return Reg.RSI.at((long) at * width.floats() * width.bytes());
  }

  private int point(int row, int column) {
    return row * tiling.inputW() + column;
  }
}
