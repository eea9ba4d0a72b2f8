package dev.fovea.normalization;

import dev.fovea.tensor.DType;
import dev.fovea.x86.Assembler;
import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;

/**
 * Sums over the pixels of every channel as machine code for every thread of a team, for activations
 * in blocks of as many channels as a vector holds.
 *
 * <p>A batch is cut into parts that fit into a cache: a part is a piece of one block of channels of
 * one image. Threads take parts from a common counter. For each part three vectors are written: p,
 * the mean of its values as far as binary32 holds it; Σ(x - p); and Σ(x - p)². As p is near the
 * mean, none of the sums cancels. The results do not depend on the number of threads, since each
 * part is summed by one of them.
 *
 * @param type of the activations: binary32, or bfloat16 with ZMM
 * @param images in the batch
 * @param blocks of channels
 * @param pixels of one image, one after the other in memory
 * @param imageStride bytes between images
 * @param blockStride bytes between blocks of channels
 */
public record MomentsCode(
    VectorWidth width,
    DType type,
    int images,
    int blocks,
    int pixels,
    long imageStride,
    long blockStride) {
  /** Vectors that are written for each part. */
  public static final int VECTORS = 3;

  // A part is read twice, the second time from the L2 cache at worst.
  private static final int MOST_PIXELS = 1024;
  // As many sums as overlap the latency of an addition.
  private static final int SUMS = 4;
  // Vector registers: sums of distances, of squares, values, and p.
  private static final int SQUARES = SUMS;
  private static final int VALUES = 2 * SUMS;
  private static final int CENTER = 3 * SUMS;

  private static final Mem BELOW_STACK = Reg.RSP.at(-Long.BYTES);

  /** Pixels in a part: the most that divide those of an image. */
  public int pixelsPerPart() {
    int parts = (pixels + MOST_PIXELS - 1) / MOST_PIXELS;
    while (pixels % parts != 0) {
      parts++;
    }
    return pixels / parts;
  }

  /** Parts of the batch: by image, then by block of channels, then by piece. */
  public int parts() {
    return images * blocks * pieces();
  }

  /** Pieces of a block of one image. */
  public int pieces() {
    return pixels / pixelsPerPart();
  }

  /** Bytes of all results. */
  public long resultBytes() {
    return (long) parts() * VECTORS * width.bytes();
  }

  /**
   * Assembles a function of System V's calling convention without arguments; every thread of a team
   * runs it once.
   *
   * @param source address of the first pixel of the first block
   * @param results address of {@link #resultBytes}
   * @param counter address of eight bytes that are 0 before the team runs
   */
  public byte[] assemble(long source, long results, long counter) {
    Assembler asm = new Assembler(width);
    Label next = asm.label();
    Label end = asm.label();
    asm.place(next);
    asm.move(Reg.RCX, counter);
    asm.move(Reg.RAX, 1);
    asm.exchangeAndAdd(Reg.RCX.at(0), Reg.RAX);
    asm.compare(Reg.RAX, parts());
    asm.jumpIfAtLeast(end);
    addresses(asm, source, results);
    center(asm);
    distances(asm);
    asm.jump(next);
    asm.place(end);
    asm.zeroUpper();
    asm.ret();
    return asm.toBytes();
  }

  private int pixelBytes() {
    return width.floats() * type.bytes();
  }

  // RAX holds the number of the part. RSI = its first pixel, R8 = its results.
  private void addresses(Assembler asm, long source, long results) {
    asm.multiply(Reg.R9, Reg.RAX, VECTORS * width.bytes());
    asm.move(Reg.R8, results);
    asm.add(Reg.R8, Reg.R9);
    asm.move(Reg.RSI, source);
    asm.move(Reg.RCX, pieces());
    asm.divide(Reg.RCX);
    asm.multiply(Reg.RDX, Reg.RDX, pixelsPerPart() * pixelBytes());
    asm.add(Reg.RSI, Reg.RDX);
    asm.move(Reg.RCX, blocks);
    asm.divide(Reg.RCX);
    asm.move(Reg.RCX, blockStride);
    asm.multiply(Reg.RDX, Reg.RCX);
    asm.add(Reg.RSI, Reg.RDX);
    asm.move(Reg.RCX, imageStride);
    asm.multiply(Reg.RAX, Reg.RCX);
    asm.add(Reg.RSI, Reg.RAX);
  }

  // p = Σx / pixels.
  private void center(Assembler asm) {
    clear(asm, 0, SUMS);
    overPixels(
        asm,
        (i, at) -> {
          load(asm, VALUES + i, at);
          asm.add(i, i, VALUES + i);
        });
    total(asm, 0);
    asm.move(Reg.RAX, Float.floatToRawIntBits(1f / pixelsPerPart()));
    // Nothing else writes to the 128 bytes below the stack of a function that calls none.
    asm.move(BELOW_STACK, Reg.RAX);
    asm.broadcast(CENTER, BELOW_STACK);
    asm.multiply(CENTER, CENTER, 0);
    asm.store(Reg.R8.at(0), CENTER);
  }

  private void distances(Assembler asm) {
    clear(asm, 0, 2 * SUMS);
    overPixels(
        asm,
        (i, at) -> {
          load(asm, VALUES + i, at);
          asm.subtract(VALUES + i, VALUES + i, CENTER);
          asm.add(i, i, VALUES + i);
          asm.addProduct(SQUARES + i, VALUES + i, VALUES + i);
        });
    total(asm, 0);
    total(asm, SQUARES);
    asm.store(Reg.R8.at(width.bytes()), 0);
    asm.store(Reg.R8.at(2L * width.bytes()), SQUARES);
  }

  private static void clear(Assembler asm, int first, int count) {
    for (int i = first; i < first + count; i++) {
      asm.zero(i);
    }
  }

  private static void total(Assembler asm, int first) {
    asm.add(first, first, first + 1);
    asm.add(first + 2, first + 2, first + 3);
    asm.add(first, first, first + 2);
  }

  private interface Pixel {
    void emit(int sum, Mem at);
  }

  private void overPixels(Assembler asm, Pixel body) {
    int rounds = pixelsPerPart() / SUMS;
    asm.move(Reg.RDI, Reg.RSI);
    if (rounds > 0) {
      asm.move(Reg.RCX, rounds);
      asm.countDown(
          Reg.RCX,
          () -> {
            pixels(body, SUMS);
            asm.add(Reg.RDI, SUMS * pixelBytes());
          });
    }
    pixels(body, pixelsPerPart() % SUMS);
  }

  private void pixels(Pixel body, int count) {
    for (int i = 0; i < count; i++) {
      body.emit(i, Reg.RDI.at((long) i * pixelBytes()));
    }
  }

  private void load(Assembler asm, int register, Mem from) {
    if (type == DType.BF16) {
      asm.loadBf16(register, from);
    } else {
      asm.load(register, from);
    }
  }
}
