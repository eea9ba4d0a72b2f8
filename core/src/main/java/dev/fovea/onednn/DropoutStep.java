package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.program.DropoutMask;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Draws the mask of one dropout node: 0 or 1/(1-p) for each of its elements, in their order. */
final class DropoutStep {
  private final Node node;
  private final double p;
  private final Tensor mask;
  private final int elements;
  private final DType type;
  private final ForwardLowering.DropoutSeed seed;

  DropoutStep(
      Node node,
      double p,
      Tensor mask,
      int elements,
      DType type,
      ForwardLowering.DropoutSeed seed) {
    this.node = node;
    this.p = p;
    this.mask = mask;
    this.elements = elements;
    this.type = type;
    this.seed = seed;
  }

  void run() {
    long key = DropoutMask.key(seed.value, node.name());
    long threshold = DropoutMask.threshold(p);
    float kept = (float) (1 / (1 - p));
    if (type == DType.BF16) {
      short[] values = new short[elements];
      short one = DType.toBf16(kept);
      for (int i = 0; i < elements; i++) {
        values[i] = DropoutMask.keep(key, i, threshold) ? one : 0;
      }
      ShortBuffer to = mask.bytes().asShortBuffer();
      to.put(values);
    } else {
      float[] values = new float[elements];
      for (int i = 0; i < elements; i++) {
        values[i] = DropoutMask.keep(key, i, threshold) ? kept : 0;
      }
      FloatBuffer to = mask.floats();
      to.put(values);
    }
  }
}
