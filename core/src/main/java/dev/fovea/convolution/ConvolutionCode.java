package dev.fovea.convolution;

import dev.fovea.convolution.TileTable.Grid;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;
import java.util.List;

/**
 * A convolution of stride 1 as machine code for every thread of a team: block by block of tiles,
 * transform the source, multiply with the transformed weights, transform back.
 *
 * <p>A value of the result is computed by the same operations in the same order whichever thread
 * computes it and whichever block it is in, so the result does not depend on the number of threads.
 */
public final class ConvolutionCode {
  private final VectorWidth width;
  private final Tiling tiling;
  private final Plan plan;
  private final int tiles;
  private final int down;
  private final int across;

  /**
   * How the work is divided.
   *
   * @param tilesPerBlock tiles that are transformed before they are multiplied; a multiple of 6
   * @param shared whether all threads work on one block and divide its points among them, else each
   *     has its own block. Large weights are read once per block, so fewer and larger blocks are
   *     better; one for all threads fits into the cache.
   * @param products the format of the factors of the products
   */
  public record Plan(int tilesPerBlock, boolean shared, Format products) {}

  /** Describes a convolution of {@code height} x {@code width} outputs. */
  public ConvolutionCode(
      VectorWidth vectors, Tiling tiling, Plan plan, int images, int height, int width) {
    this.width = vectors;
    this.tiling = tiling;
    this.plan = plan;
    this.down = (height + tiling.outputH() - 1) / tiling.outputH();
    this.across = (width + tiling.outputW() - 1) / tiling.outputW();
    this.tiles = images * down * across;
  }

  /** Bytes of scratch memory for a team of so many threads. */
  public long scratchBytes(int threads, int channelsIn, int channelsOut) {
    return (plan.shared() ? 1 : threads)
        * (transformed(channelsIn).bytes() + products(channelsOut).bytes());
  }

  private Matrices transformed(int channels) {
    return rows(plan.products(), channels);
  }

  private Matrices products(int channels) {
    return rows(Format.F32, channels);
  }

  private Matrices rows(Format format, int channels) {
    return Matrices.rows(format, tiling.points(), plan.tilesPerBlock(), channels);
  }

  /** The tiles that are read, for padding before the first row and column of the source. */
  public TileTable sourceTiles(Activation source, int padTop, int padLeft) {
    return TileTable.of(
        source,
        new Grid(
            down,
            across,
            tiling.outputH(),
            tiling.outputW(),
            tiling.inputH(),
            tiling.inputW(),
            -padTop,
            -padLeft),
        width.floats());
  }

  /** The tiles that are written. */
  public TileTable destinationTiles(Activation destination) {
    return TileTable.of(
        destination,
        new Grid(
            down,
            across,
            tiling.outputH(),
            tiling.outputW(),
            tiling.outputH(),
            tiling.outputW(),
            0,
            0),
        width.floats());
  }

  /**
   * Where everything lies.
   *
   * @param sourceTiles the written {@link TileTable} of the source
   * @param destinationTiles the written {@link TileTable} of the destination
   * @param weights transformed weights, by {@link WeightsCode}
   * @param scratch {@link #scratchBytes}, aligned to a cache line
   * @param counter eight bytes that are 0 when the team starts
   */
  public record Addresses(
      long sourceTiles, long destinationTiles, long weights, long scratch, long counter) {}

  /** Assembles the code; every thread of a team runs it once. */
  public byte[] assemble(
      Activation source,
      Activation destination,
      Epilogue epilogue,
      Addresses at,
      TeamFunctions team) {
    return new Assembly(source, destination, epilogue, at, team).assemble();
  }

  private final class Assembly {
    private final Code code = new Code(width);
    private final Addresses at;
    private final TeamFunctions team;
    private final Matrices v;
    private final Matrices m;
    private final GatherCode gather;
    private final ScatterCode scatter;
    private final ProductCode product;
    private final BlockLoop loop;
    private final Mem groups = code.slot();
    private final Mem steps = code.slot();
    private final int depth;

    Assembly(
        Activation source,
        Activation destination,
        Epilogue epilogue,
        Addresses at,
        TeamFunctions team) {
      this.at = at;
      this.team = team;
      this.v = transformed(source.channels());
      this.m = products(destination.channels());
      this.gather = new GatherCode(code, source, tiling.input(), v, false);
      this.scatter = new ScatterCode(code, m, destination, tiling.output(), epilogue);
      boolean pairs = plan.products() == Format.BF16;
      this.depth = pairs ? source.channels() / 2 : source.channels();
      this.product =
          new ProductCode(
              code,
              new ProductCode.Layout(
                  pairs,
                  v.rowStride(),
                  Float.BYTES,
                  ProductCode.rowsAtOnce() * v.rowStride(),
                  v.stride(),
                  destination.channels(),
                  0,
                  (long) depth * ProductCode.panelColumns(width) * Float.BYTES,
                  weightsPlane(),
                  m.rowStride(),
                  width.bytes(),
                  ProductCode.rowsAtOnce() * m.rowStride(),
                  m.stride(),
                  false,
                  List.of(ProductCode.rowsAtOnce()),
                  0,
                  4));
      this.loop = new BlockLoop(code, team, tiles, plan.tilesPerBlock());
    }

    private long weightsPlane() {
      return (long) v.columns() * m.columns() * plan.products().bytes();
    }

    byte[] assemble() {
      loop.enter();
      code.asm().move(Reg.RAX, depth / 4);
      code.asm().move(steps, Reg.RAX);
      if (plan.shared()) {
        loop.together(this::together);
      } else {
        loop.apart(at.counter(), this::apart);
      }
      return code.toBytes();
    }

    private void apart() {
      long each = v.bytes() + m.bytes();
      Mem scratch = loop.free();
      code.asm().move(Reg.RAX, loop.thread());
      code.asm().multiply(Reg.RAX, Reg.RAX, Math.toIntExact(each));
      code.asm().move(Reg.RCX, at.scratch());
      code.asm().add(Reg.RAX, Reg.RCX);
      code.asm().move(scratch, Reg.RAX);

      tilesOf(at.sourceTiles(), loop.start());
      code.asm().move(Reg.R12, scratch);
      code.asm().move(Reg.R13, loop.count());
      gather.emit();

      countGroups();
      code.asm().move(Reg.RSI, scratch);
      code.asm().move(Reg.RDI, at.weights());
      code.asm().address(Reg.R15, Reg.RSI.at(v.bytes()));
      code.asm().move(Reg.R13, tiling.points());
      product.emit(groups, steps, loop.start());

      tilesOf(at.destinationTiles(), loop.start());
      code.asm().move(Reg.R12, scratch);
      code.asm().add(Reg.R12, Math.toIntExact(v.bytes()));
      code.asm().move(Reg.R13, loop.count());
      scatter.emit();
    }

    private void together() {
      loop.part(loop.count());
      loop.ifNotEmpty(
          () -> {
            firstTile(at.sourceTiles());
            code.asm().multiply(Reg.R12, Reg.R12, Math.toIntExact(v.rowStride()));
            code.asm().move(Reg.RAX, at.scratch());
            code.asm().add(Reg.R12, Reg.RAX);
            gather.emit();
          });
      code.call(team.barrier());
      countGroups();
      loop.part(tiling.points());
      loop.ifNotEmpty(
          () -> {
            code.asm().multiply(Reg.RSI, Reg.R12, Math.toIntExact(v.stride()));
            code.asm().move(Reg.RAX, at.scratch());
            code.asm().add(Reg.RSI, Reg.RAX);
            code.asm().multiply(Reg.R15, Reg.R12, Math.toIntExact(m.stride()));
            code.asm().add(Reg.RAX, Math.toIntExact(v.bytes()));
            code.asm().add(Reg.R15, Reg.RAX);
            code.asm().multiply(Reg.RDI, Reg.R12, Math.toIntExact(weightsPlane()));
            code.asm().move(Reg.RAX, at.weights());
            code.asm().add(Reg.RDI, Reg.RAX);
            product.emit(groups, steps, loop.start());
          });
      code.call(team.barrier());
      loop.part(loop.count());
      loop.ifNotEmpty(
          () -> {
            firstTile(at.destinationTiles());
            code.asm().multiply(Reg.R12, Reg.R12, Math.toIntExact(m.rowStride()));
            code.asm().move(Reg.RAX, at.scratch() + v.bytes());
            code.asm().add(Reg.R12, Reg.RAX);
            scatter.emit();
          });
    }

    // R14 = the entry of the first tile of this thread's part, which starts at R12 in the block.
    private void firstTile(long table) {
      code.asm().move(Reg.RAX, loop.start());
      code.asm().add(Reg.RAX, Reg.R12);
      tileAt(table);
    }

    private void tilesOf(long table, Mem first) {
      code.asm().move(Reg.RAX, first);
      tileAt(table);
    }

    private void tileAt(long table) {
      code.asm().multiply(Reg.RAX, Reg.RAX, TileTable.ENTRY);
      code.asm().move(Reg.R14, table);
      code.asm().add(Reg.R14, Reg.RAX);
    }

    private void countGroups() {
      code.asm().move(Reg.RAX, loop.count());
      code.asm().add(Reg.RAX, ProductCode.rowsAtOnce() - 1);
      code.asm().move(Reg.RCX, ProductCode.rowsAtOnce());
      code.asm().divide(Reg.RCX);
      code.asm().move(groups, Reg.RAX);
    }
  }
}
