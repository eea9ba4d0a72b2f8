package dev.fovea.convolution;

import dev.fovea.convolution.TileTable.Grid;
import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;
import java.util.List;

/**
 * The gradient of the weights of a convolution of stride 1 as machine code for every thread of a
 * team: Gᵀ [Σ (Bᵀ d B) ⊙ (A dy Aᵀ)] G, summed over all tiles.
 *
 * <p>All threads transform the tiles of a block together and divide its points among them. Every
 * sum runs over the tiles in the same order for any number of threads, so the result does not
 * depend on that number; the gradient of the bias, which is summed per thread, does in its last
 * bits.
 */
public final class WeightGradientCode {
  private final VectorWidth width;
  private final Tiling tiling;
  private final Activation source;
  private final Activation gradient;
  private final Grid sourceGrid;
  private final Grid gradientGrid;
  private final int tiles;
  private final Matrices v;
  private final Matrices d;
  private final Matrices sums;

  /**
   * How the work is divided.
   *
   * @param tilesPerBlock tiles that are transformed before they are multiplied
   * @param products the format of the factors of the products
   */
  public record Plan(int tilesPerBlock, Format products) {}

  /**
   * Describes the gradient.
   *
   * @param plan how the work is divided
   * @param source the source of the convolution; its address is not needed yet
   * @param gradient the gradient of the result
   */
  public WeightGradientCode(
      VectorWidth vectors,
      Tiling tiling,
      Plan plan,
      Activation source,
      Activation gradient,
      int padTop,
      int padLeft) {
    this.width = vectors;
    this.tiling = tiling;
    this.source = source;
    this.gradient = gradient;
    int h = tiling.outputH();
    int w = tiling.outputW();
    int down = (gradient.height() + h - 1) / h;
    int across = (gradient.width() + w - 1) / w;
    this.tiles = gradient.images() * down * across;
    this.sourceGrid =
        new Grid(down, across, h, w, tiling.inputH(), tiling.inputW(), -padTop, -padLeft);
    this.gradientGrid = new Grid(down, across, h, w, h, w, 0, 0);
    Format products = plan.products();
    int rows = Math.min(plan.tilesPerBlock(), tiles);
    Format stored = products == Format.BF16 ? Format.BF16_PAIRS : products;
    int panel = ProductCode.panelColumns(vectors);
    this.v = Matrices.rows(stored, tiling.points(), rows, source.channels());
    this.d = Matrices.panels(stored, tiling.points(), rows, gradient.channels(), panel);
    this.sums = Matrices.rows(Format.F32, tiling.points(), source.channels(), gradient.channels());
  }

  /** Bytes of scratch memory for a team of so many threads. */
  public long scratchBytes(int threads) {
    return totalsOffset() + threads * totalsBytes();
  }

  // Two of each, so that one barrier per block is enough: while one thread still multiplies, others
  // may transform the next block.
  private long sumsOffset() {
    return 2 * (v.bytes() + d.bytes());
  }

  private long totalsOffset() {
    return sumsOffset() + sums.bytes();
  }

  private long totalsBytes() {
    return (long) gradient.channels() * Float.BYTES;
  }

  /** The tiles of the source. */
  public TileTable sourceTiles() {
    return TileTable.of(source, sourceGrid, width.floats());
  }

  /** The tiles of the result's gradient. */
  public TileTable gradientTiles() {
    return TileTable.of(gradient, gradientGrid, width.floats());
  }

  /**
   * Where everything lies.
   *
   * @param sourceTiles the written {@link TileTable} of the source
   * @param gradientTiles the written {@link TileTable} of the result's gradient
   * @param scratch {@link #scratchBytes}, aligned to a cache line
   * @param weights the gradient of the weights, in the order of {@link WeightsCode}'s source
   * @param bias the gradient of the bias, one binary32 per channel in whole vectors; 0 for none
   */
  public record Addresses(
      long sourceTiles, long gradientTiles, long scratch, long weights, long bias) {}

  /** Assembles the code; every thread of a team runs it once. */
  public byte[] assemble(Addresses at, TeamFunctions team) {
    return new Assembly(at, team).assemble();
  }

  private final class Assembly {
    private final Code code = new Code(width);
    private final Addresses at;
    private final TeamFunctions team;
    private final GatherCode gatherSource;
    private final GatherCode gatherGradient;
    private final ProductCode product;
    private final PlaneCode plane;
    private final BlockLoop loop;
    private final Mem groups = code.slot();
    private final Mem steps = code.slot();
    private final Mem scratch = code.slot();
    private final Mem totals = code.slot();
    private final Mem tilesOfThread = code.slot();

    Assembly(Addresses at, TeamFunctions team) {
      this.at = at;
      this.team = team;
      this.gatherSource = new GatherCode(code, source, tiling.input(), v, false);
      this.gatherGradient =
          new GatherCode(code, gradient, tiling.outputGradient(), d, at.bias() != 0);
      this.plane = new PlaneCode(code, tiling.filterGradient());
      this.loop = new BlockLoop(code, team, tiles, v.rows());
      this.product =
          new ProductCode(
              code,
              new ProductCode.Layout(
                  v.pairsOfTiles(),
                  Float.BYTES,
                  v.rowStride(),
                  (long) ProductCode.rowsAtOnce() * Float.BYTES,
                  v.stride(),
                  gradient.channels(),
                  d.rowStride(),
                  d.panelStride(),
                  d.stride(),
                  sums.rowStride(),
                  width.bytes(),
                  ProductCode.rowsAtOnce() * sums.rowStride(),
                  sums.stride(),
                  true,
                  List.of(ProductCode.rowsAtOnce()),
                  source.channels() % ProductCode.rowsAtOnce(),
                  1));
    }

    byte[] assemble() {
      loop.enter();
      code.asm().move(Reg.RAX, source.channels() / ProductCode.rowsAtOnce());
      code.asm().move(groups, Reg.RAX);
      code.asm().move(Reg.RAX, at.scratch());
      code.asm().move(scratch, Reg.RAX);
      if (at.bias() != 0) {
        clearTotals();
      }
      loop.together(this::block);
      code.call(team.barrier());
      finish();
      if (at.bias() != 0) {
        addTotals();
      }
      return code.toBytes();
    }

    private void block() {
      code.asm().move(Reg.RAX, loop.count());
      if (v.pairsOfTiles()) {
        code.asm().add(Reg.RAX, 1);
        code.asm().move(Reg.RCX, 2);
        code.asm().divide(Reg.RCX);
      }
      code.asm().move(steps, Reg.RAX);
      loop.part(steps);
      loop.ifNotEmpty(
          () -> {
            Mem first = loop.free();
            code.asm().move(first, Reg.R12);
            countTiles();
            code.asm().move(tilesOfThread, Reg.R13);
            gather(gatherSource, at.sourceTiles(), first, v, 0);
            code.asm().move(Reg.R13, tilesOfThread);
            code.asm().move(Reg.R10, totals);
            gather(gatherGradient, at.gradientTiles(), first, d, v.bytes());
          });
      code.call(team.barrier());
      loop.part(tiling.points());
      loop.ifNotEmpty(
          () -> {
            pointTo(Reg.RSI, v.stride(), 0);
            pointTo(Reg.RDI, d.stride(), v.bytes());
            code.asm().multiply(Reg.R15, Reg.R12, Math.toIntExact(sums.stride()));
            code.asm().move(Reg.RAX, at.scratch() + sumsOffset());
            code.asm().add(Reg.R15, Reg.RAX);
            product.emit(groups, steps, loop.start());
          });
      swapScratch();
    }

    private void clearTotals() {
      code.asm().move(Reg.RAX, loop.thread());
      code.asm().multiply(Reg.RAX, Reg.RAX, Math.toIntExact(totalsBytes()));
      code.asm().move(Reg.RCX, at.scratch() + totalsOffset());
      code.asm().add(Reg.RAX, Reg.RCX);
      code.asm().move(totals, Reg.RAX);
      code.asm().zero(0);
      code.asm().move(Reg.RCX, gradient.channels() / width.floats());
      code.repeat(
          Reg.RCX,
          () -> {
            code.asm().store(Reg.RAX.at(0), 0);
            code.asm().add(Reg.RAX, width.bytes());
          });
    }

    // The sums of the threads that take part, in the order of their numbers.
    private void addTotals() {
      loop.part(gradient.channels() / width.floats());
      loop.ifNotEmpty(
          () -> {
            code.asm().multiply(Reg.R12, Reg.R12, width.bytes());
            code.asm().move(Reg.RDI, at.bias());
            code.asm().add(Reg.RDI, Reg.R12);
            code.asm().move(Reg.RSI, at.scratch() + totalsOffset());
            code.asm().add(Reg.RSI, Reg.R12);
            code.repeat(
                Reg.R13,
                () -> {
                  code.asm().move(Reg.RAX, Reg.RSI);
                  code.asm().move(Reg.RCX, loop.threads());
                  code.asm().zero(0);
                  code.repeat(
                      Reg.RCX,
                      () -> {
                        code.asm().add(0, 0, Reg.RAX.at(0));
                        code.asm().add(Reg.RAX, Math.toIntExact(totalsBytes()));
                      });
                  code.asm().store(Reg.RDI.at(0), 0);
                  code.asm().add(Reg.RDI, width.bytes());
                  code.asm().add(Reg.RSI, width.bytes());
                });
          });
    }

    private void gather(GatherCode gather, long table, Mem first, Matrices to, long offset) {
      code.asm().move(Reg.R12, first);
      code.asm().multiply(Reg.RAX, Reg.R12, v.pairsOfTiles() ? 2 : 1);
      code.asm().move(Reg.RCX, loop.start());
      code.asm().add(Reg.RAX, Reg.RCX);
      code.asm().multiply(Reg.RAX, Reg.RAX, TileTable.ENTRY);
      code.asm().move(Reg.R14, table);
      code.asm().add(Reg.R14, Reg.RAX);
      pointTo(Reg.R12, to.rowStride(), offset);
      gather.emit();
    }

    // R13 = the tiles of R13 rows from R12 on; the last pair of a block may have only one.
    private void countTiles() {
      if (!v.pairsOfTiles()) {
        return;
      }
      code.asm().multiply(Reg.R13, Reg.R13, 2);
      code.asm().multiply(Reg.RAX, Reg.R12, 2);
      code.asm().move(Reg.RCX, loop.count());
      code.asm().subtract(Reg.RCX, Reg.RAX);
      Label enough = code.asm().label();
      code.asm().compare(Reg.RCX, Reg.R13);
      code.asm().jumpIfAtLeast(enough);
      code.asm().move(Reg.R13, Reg.RCX);
      code.asm().place(enough);
    }

    // register = the half of the scratch memory that is in use + offset + R12 * stride.
    private void pointTo(Reg register, long stride, long offset) {
      code.asm().multiply(register, Reg.R12, Math.toIntExact(stride));
      code.asm().move(Reg.RAX, scratch);
      code.asm().add(Reg.RAX, Math.toIntExact(offset));
      code.asm().add(register, Reg.RAX);
    }

    private void swapScratch() {
      code.asm().move(Reg.RAX, 2 * at.scratch() + v.bytes() + d.bytes());
      code.asm().move(Reg.RCX, scratch);
      code.asm().subtract(Reg.RAX, Reg.RCX);
      code.asm().move(scratch, Reg.RAX);
    }

    // Blocks of weights in the order of the destination, [columns / block][depth / block].
    private void finish() {
      int block = width.floats();
      int taps = tiling.kernelH() * tiling.kernelW();
      int depth = source.channels() / block;
      Mem item = loop.start();
      loop.part(depth * (gradient.channels() / block));
      code.asm().move(item, Reg.R12);
      loop.ifNotEmpty(
          () ->
              code.withConstants(
                  () ->
                      code.repeat(
                          Reg.R13,
                          () -> {
                            code.asm().move(Reg.RAX, item);
                            code.asm().multiply(Reg.RDI, Reg.RAX, taps * block * width.bytes());
                            code.asm().move(Reg.RCX, at.weights());
                            code.asm().add(Reg.RDI, Reg.RCX);
                            code.asm().move(Reg.RCX, depth);
                            code.asm().divide(Reg.RCX);
                            code.asm().multiply(Reg.RSI, Reg.RAX, width.bytes());
                            code.asm()
                                .multiply(
                                    Reg.RDX, Reg.RDX, Math.toIntExact(block * sums.rowStride()));
                            code.asm().add(Reg.RSI, Reg.RDX);
                            code.asm().move(Reg.RAX, at.scratch() + sumsOffset());
                            code.asm().add(Reg.RSI, Reg.RAX);
                            code.asm().move(Reg.RCX, block);
                            code.repeat(Reg.RCX, this::row);
                            code.asm().move(Reg.RAX, item);
                            code.asm().add(Reg.RAX, 1);
                            code.asm().move(item, Reg.RAX);
                          })));
    }

    private void row() {
      int tapBytes = width.floats() * width.bytes();
      plane.emit(
          (register, r, c) ->
              code.asm().load(register, Reg.RSI.at((r * tiling.inputW() + c) * sums.stride())),
          (r, c, register) ->
              code.asm().store(Reg.RDI.at((long) (r * tiling.kernelW() + c) * tapBytes), register));
      code.asm().add(Reg.RSI, Math.toIntExact(sums.rowStride()));
      code.asm().add(Reg.RDI, width.bytes());
    }
  }
}
