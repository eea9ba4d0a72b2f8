package dev.fovea.convolution;

import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;
import java.util.List;

/**
 * The gradient of the weights of a 1x1 convolution of stride 1 on bfloat16 as machine code for
 * every thread of a team: the product of the source and the result's gradient, summed over all
 * pixels.
 *
 * <p>Products of bfloat16 are summed in pairs, so that neighboring pixels are interleaved first, a
 * block of pixels at a time. All threads interleave a block together and divide the channels of the
 * source among them. Every sum runs over the pixels in the same order for any number of threads, so
 * the result does not depend on that number.
 */
public final class PointwiseGradientCode {
  private static final int BLOCK = VectorWidth.ZMM.floats();
  private static final int PAIR = 4;

  /** Bytes of a pair of pixels in a block of channels. */
  private static final int PAIR_OF_PIXELS = BLOCK * PAIR;

  private static final int FLOATS = BLOCK * BLOCK * Float.BYTES;
  private static final int PAGE = 4096;

  // A block of channels has sixteen rows; a tile of six by four vectors fits the registers.
  private static final List<Integer> ROWS = List.of(6, 6, 4);

  private final Activation source;
  private final Activation gradient;
  private final int pairs;
  private final int pairsAtOnce;
  private final int imagesAtOnce;

  /**
   * Describes the gradient.
   *
   * @param pairsPerBlock pairs of pixels that are interleaved before they are multiplied, at least
   *     as many as make a block useful
   * @param source the source of the convolution; its address is not needed yet
   * @param gradient the gradient of the result
   */
  public PointwiseGradientCode(int pairsPerBlock, Activation source, Activation gradient) {
    this.source = source;
    this.gradient = gradient;
    this.pairs = (source.height() * source.width() + 1) / 2;
    int parts = (pairs + pairsPerBlock - 1) / pairsPerBlock;
    this.pairsAtOnce = (pairs + parts - 1) / parts;
    this.imagesAtOnce = Math.min(source.images(), Math.max(1, pairsPerBlock / pairs));
  }

  private int steps() {
    return imagesAtOnce * pairsAtOnce;
  }

  // Of the source in blocks of sixteen channels, of the gradient in the panels of the product.
  private int sourceStride() {
    return steps() * PAIR_OF_PIXELS;
  }

  private int panelStride() {
    return steps() * ProductCode.panelColumns(VectorWidth.ZMM) * PAIR;
  }

  private int vectorsInPanel() {
    return ProductCode.panelColumns(VectorWidth.ZMM) / BLOCK;
  }

  private long sourceBytes() {
    return pages((long) source.channels() / BLOCK * sourceStride());
  }

  private long gradientBytes() {
    int panels = (gradient.channels() / BLOCK + vectorsInPanel() - 1) / vectorsInPanel();
    return pages((long) panels * panelStride());
  }

  private static long pages(long bytes) {
    return (bytes + PAGE - 1) / PAGE * PAGE;
  }

  /** Bytes of scratch memory for a team of any number of threads. */
  public long scratchBytes() {
    // Two of each, so that one barrier per block is enough: while one thread still multiplies,
    // others may interleave the next block.
    return 2 * (sourceBytes() + gradientBytes());
  }

  /**
   * Where everything lies.
   *
   * @param scratch {@link #scratchBytes}, aligned to a cache line
   * @param weights the gradient of the weights, in the order of {@link WeightsCode}'s source
   * @param bias the gradient of the bias, one binary32 per channel in whole vectors; 0 for none
   */
  public record Addresses(long scratch, long weights, long bias) {}

  /** Assembles the code; every thread of a team runs it once. */
  public byte[] assemble(Addresses at, TeamFunctions team) {
    return new Assembly(at, team).assemble();
  }

  private final class Assembly {
    private static final int DATA = 0;
    private static final int ORDER = 1;
    private static final int ONES = 2;
    private static final int TOTAL = 3;
    private static final int LOW_HALF = 1;

    private final Code code = new Code(VectorWidth.ZMM);
    private final Addresses at;
    private final TeamFunctions team;
    private final BlockLoop loop;
    private final ProductCode product;
    private final Mem scratch = code.slot();
    private final Mem firstPair = code.slot();
    private final Mem count = code.slot();
    private final Mem whole = code.slot();
    private final Mem steps = code.slot();
    private final Mem earlier = code.slot();
    private final Mem groups = code.slot();
    private final Mem ones = code.slot();

    Assembly(Addresses at, TeamFunctions team) {
      this.at = at;
      this.team = team;
      this.loop = new BlockLoop(code, team, source.images(), imagesAtOnce);
      int depthBlocks = source.channels() / BLOCK;
      this.product =
          new ProductCode(
              code,
              new ProductCode.Layout(
                  true,
                  PAIR,
                  PAIR_OF_PIXELS,
                  sourceStride(),
                  0,
                  gradient.channels(),
                  (long) ProductCode.panelColumns(VectorWidth.ZMM) * PAIR,
                  panelStride(),
                  0,
                  (long) BLOCK * Float.BYTES,
                  (long) depthBlocks * FLOATS,
                  FLOATS,
                  0,
                  true,
                  ROWS,
                  0,
                  1));
    }

    byte[] assemble() {
      loop.enter();
      code.asm().move(Reg.RAX, at.scratch());
      code.asm().move(scratch, Reg.RAX);
      code.asm().move(Reg.RAX, 0x3F803F80L);
      code.asm().move(ones, Reg.RAX);
      loop.together(this::images);
      return code.toBytes();
    }

    // The pairs of the images of a block, in parts.
    private void images() {
      Label next = code.asm().label();
      code.asm().move(Reg.RAX, 0);
      code.asm().place(next);
      code.asm().move(firstPair, Reg.RAX);
      count();
      part();
      code.asm().move(Reg.RAX, firstPair);
      code.asm().add(Reg.RAX, pairsAtOnce);
      code.asm().compare(Reg.RAX, pairs);
      code.asm().jumpIfLess(next);
    }

    // RAX = the first pair. In the last part, the second pixel of the last pair may be missing.
    private void count() {
      Label inside = code.asm().label();
      Label known = code.asm().label();
      boolean odd = source.height() * source.width() % 2 == 1;
      code.asm().move(earlier, Reg.RAX);
      code.asm().move(Reg.RCX, pairs);
      code.asm().subtract(Reg.RCX, Reg.RAX);
      code.asm().move(Reg.RDX, Reg.RCX);
      code.asm().compare(Reg.RCX, pairsAtOnce + 1);
      code.asm().jumpIfAtLeast(inside);
      if (odd) {
        code.asm().add(Reg.RDX, -1);
      }
      code.asm().jump(known);
      code.asm().place(inside);
      code.asm().move(Reg.RCX, pairsAtOnce);
      code.asm().move(Reg.RDX, Reg.RCX);
      code.asm().place(known);
      code.asm().move(count, Reg.RCX);
      code.asm().move(whole, Reg.RDX);
      code.asm().move(Reg.RAX, loop.count());
      code.asm().multiply(Reg.RAX, Reg.RCX);
      code.asm().move(steps, Reg.RAX);
      code.asm().move(Reg.RAX, earlier);
      code.asm().move(Reg.RCX, loop.start());
      code.asm().add(Reg.RAX, Reg.RCX);
      code.asm().move(earlier, Reg.RAX);
    }

    private void part() {
      code.asm().load(ORDER, code.pairOrder());
      code.asm().broadcastPair(ONES, ones);
      code.asm().move(Reg.RAX, 0xFF);
      code.asm().moveMask(LOW_HALF, Reg.RAX);
      loop.part(source.channels() / BLOCK);
      loop.ifNotEmpty(
          () -> {
            code.asm().multiply(Reg.RDI, Reg.R12, sourceStride());
            code.asm().move(Reg.RAX, scratch);
            code.asm().add(Reg.RDI, Reg.RAX);
            enter(source);
            code.repeat(
                Reg.R13,
                () -> {
                  interleave(source, PAIR_OF_PIXELS, false);
                  code.asm().add(Reg.RDI, sourceStride());
                });
          });
      loop.part(gradient.channels() / BLOCK);
      loop.ifNotEmpty(this::gradient);
      code.call(team.barrier());
      loop.part(source.channels() / BLOCK);
      loop.ifNotEmpty(
          () -> {
            code.asm().move(groups, Reg.R13);
            code.asm().multiply(Reg.RSI, Reg.R12, sourceStride());
            code.asm().move(Reg.RAX, scratch);
            code.asm().add(Reg.RSI, Reg.RAX);
            code.asm().move(Reg.RDI, sourceBytes());
            code.asm().add(Reg.RDI, Reg.RAX);
            code.asm().multiply(Reg.R15, Reg.R12, FLOATS);
            code.asm().move(Reg.RAX, at.weights());
            code.asm().add(Reg.R15, Reg.RAX);
            code.asm().move(Reg.R13, 1);
            product.emit(groups, steps, earlier);
          });
      code.asm().move(Reg.RAX, 2 * at.scratch() + sourceBytes() + gradientBytes());
      code.asm().move(Reg.RCX, scratch);
      code.asm().subtract(Reg.RAX, Reg.RCX);
      code.asm().move(scratch, Reg.RAX);
    }

    // Blocks of channels from R12 on, of which so many follow each other in a panel.
    private void gradient() {
      enter(gradient);
      code.asm().multiply(Reg.R10, Reg.R12, VectorWidth.ZMM.bytes());
      code.asm().move(Reg.RAX, at.bias());
      code.asm().add(Reg.R10, Reg.RAX);
      code.asm().move(Reg.RAX, Reg.R12);
      code.asm().move(Reg.RCX, vectorsInPanel());
      code.asm().divide(Reg.RCX);
      code.asm().move(Reg.R15, Reg.RDX);
      code.asm().multiply(Reg.RDI, Reg.RAX, panelStride());
      code.asm().multiply(Reg.RDX, Reg.RDX, PAIR_OF_PIXELS);
      code.asm().add(Reg.RDI, Reg.RDX);
      code.asm().move(Reg.RAX, scratch);
      code.asm().add(Reg.RDI, Reg.RAX);
      code.asm().move(Reg.RAX, sourceBytes());
      code.asm().add(Reg.RDI, Reg.RAX);
      code.repeat(
          Reg.R13,
          () -> {
            Label next = code.asm().label();
            interleave(gradient, vectorsInPanel() * PAIR_OF_PIXELS, at.bias() != 0);
            code.asm().add(Reg.RDI, PAIR_OF_PIXELS);
            code.asm().add(Reg.R15, 1);
            code.asm().compare(Reg.R15, vectorsInPanel());
            code.asm().jumpIfLess(next);
            code.asm().move(Reg.R15, 0);
            code.asm().add(Reg.RDI, panelStride() - vectorsInPanel() * PAIR_OF_PIXELS);
            code.asm().place(next);
          });
    }

    // RSI = the first pair of block R12 in the first image.
    private void enter(Activation from) {
      code.asm().move(Reg.RSI, from.blockStride());
      code.asm().multiply(Reg.RSI, Reg.R12);
      code.asm().move(Reg.RAX, loop.start());
      code.asm().move(Reg.RCX, from.imageStride());
      code.asm().multiply(Reg.RAX, Reg.RCX);
      code.asm().add(Reg.RSI, Reg.RAX);
      code.asm().move(Reg.RAX, firstPair);
      code.asm().multiply(Reg.RAX, Reg.RAX, PAIR_OF_PIXELS);
      code.asm().add(Reg.RSI, Reg.RAX);
      code.asm().move(Reg.RAX, from.address());
      code.asm().add(Reg.RSI, Reg.RAX);
    }

    // One block of channels of all images from RSI, which moves on to the next, to RDI.
    private void interleave(Activation from, int distance, boolean total) {
      if (total) {
        Label first = code.asm().label();
        code.asm().zero(TOTAL);
        code.asm().move(Reg.RAX, earlier);
        code.asm().compare(Reg.RAX, 0);
        code.asm().jumpIfZero(first);
        code.asm().load(TOTAL, Reg.R10.at(0));
        code.asm().place(first);
      }
      code.asm().move(Reg.R8, Reg.RSI);
      code.asm().move(Reg.R9, Reg.RDI);
      code.asm().move(Reg.R11, loop.count());
      code.repeat(Reg.R11, () -> image(from, distance, total));
      if (total) {
        code.asm().store(Reg.R10.at(0), TOTAL);
        code.asm().add(Reg.R10, VectorWidth.ZMM.bytes());
      }
      code.asm().move(Reg.RAX, from.blockStride());
      code.asm().add(Reg.RSI, Reg.RAX);
    }

    private void image(Activation from, int distance, boolean total) {
      Label single = code.asm().label();
      Label end = code.asm().label();
      code.asm().move(Reg.RBX, Reg.R8);
      code.asm().move(Reg.RCX, whole);
      code.asm().compare(Reg.RCX, 0);
      code.asm().jumpIfZero(single);
      code.repeat(
          Reg.RCX,
          () -> {
            code.asm().load(DATA, Reg.RBX.at(0));
            store(total);
            code.asm().add(Reg.RBX, PAIR_OF_PIXELS);
            code.asm().add(Reg.R9, distance);
          });
      code.asm().place(single);
      code.asm().move(Reg.RCX, whole);
      code.asm().move(Reg.RAX, count);
      code.asm().compare(Reg.RAX, Reg.RCX);
      code.asm().jumpIfZero(end);
      code.asm().loadMasked(DATA, LOW_HALF, Reg.RBX.at(0));
      store(total);
      code.asm().add(Reg.R9, distance);
      code.asm().place(end);
      code.asm().move(Reg.RAX, from.imageStride());
      code.asm().add(Reg.R8, Reg.RAX);
    }

    private void store(boolean total) {
      code.asm().permuteWords(DATA, ORDER, DATA);
      code.asm().store(Reg.R9.at(0), DATA);
      if (total) {
        code.asm().addPairProducts(TOTAL, DATA, ONES);
      }
    }
  }
}
