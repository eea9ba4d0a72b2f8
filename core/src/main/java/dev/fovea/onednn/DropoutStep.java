package dev.fovea.onednn;

import dev.fovea.program.DropoutMask;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Draws the mask of one dropout node: 0 or 1/(1-p) for each element, in order.
 *
 * @param node the node's name, on which the mask depends
 * @param mask row-major
 */
record DropoutStep(String node, double p, Tensor mask, int elements, DType type)
    implements Instruction.Kernel {

  @Override
  public Instruction.Call bind(ProgramMemory memory) {
    if (type == DType.BF16) {
      ShortBuffer to = memory.bytes(mask).asShortBuffer();
      return step -> drawBf16(step.dropoutSeed(), to);
    }
    FloatBuffer to = memory.floats(mask);
    return step -> draw(step.dropoutSeed(), to);
  }

  private float kept() {
    return (float) (1 / (1 - p));
  }

  private void drawBf16(long seed, ShortBuffer to) {
    long key = DropoutMask.key(seed, node);
    long threshold = DropoutMask.threshold(p);
    short[] values = new short[elements];
    short one = DType.toBf16(kept());
    for (int i = 0; i < elements; i++) {
      values[i] = DropoutMask.keep(key, i, threshold) ? one : 0;
    }
    to.put(0, values);
  }

  private void draw(long seed, FloatBuffer to) {
    long key = DropoutMask.key(seed, node);
    long threshold = DropoutMask.threshold(p);
    float[] values = new float[elements];
    float kept = kept();
    for (int i = 0; i < elements; i++) {
      values[i] = DropoutMask.keep(key, i, threshold) ? kept : 0;
    }
    to.put(0, values);
  }
}
