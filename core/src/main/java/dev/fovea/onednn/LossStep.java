package dev.fovea.onednn;

import java.nio.FloatBuffer;

/**
 * Computes the softmax cross-entropy of one classifier and its gradient, in double precision on the
 * calling thread: N·K values cost little beside a convolution.
 *
 * @param weight weight of this classifier's loss
 * @param smoothing the label smoothing
 */
record LossStep(
    Tensor logits, Tensor gradient, int batch, int classes, double weight, double smoothing)
    implements Instruction.Kernel {

  @Override
  public Instruction.Call bind(ProgramMemory memory) {
    FloatBuffer z = memory.floats(logits);
    FloatBuffer dz = memory.floats(gradient);
    return step -> run(z, dz, step);
  }

  private void run(FloatBuffer logits, FloatBuffer gradient, StepRun step) {
    float[] z = new float[batch * classes];
    float[] dz = new float[batch * classes];
    float[] targets = step.targets();
    logits.get(0, z);
    double total = 0;
    int right = 0;
    for (int n = 0; n < batch; n++) {
      int row = n * classes;
      int best = largest(z, row);
      right += best == largest(targets, row) ? 1 : 0;
      total += row(z, targets, dz, row, z[row + best]);
    }
    gradient.put(0, dz);
    step.report(weight * total / batch, right);
  }

  private double row(float[] z, float[] targets, float[] dz, int row, double max) {
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(z[row + k] - max);
    }
    double logSum = max + Math.log(sum);
    double loss = 0;
    double scale = weight / batch;
    for (int k = 0; k < classes; k++) {
      double q = (1 - smoothing) * targets[row + k] + smoothing / classes;
      double logP = z[row + k] - logSum;
      // Without this check, a class with target 0 and probability 0 would give 0 · -infinity = NaN.
      loss -= q == 0 ? 0 : q * logP;
      dz[row + k] = (float) (scale * (Math.exp(logP) - q));
    }
    return loss;
  }

  private int largest(float[] values, int row) {
    int best = 0;
    for (int k = 1; k < classes; k++) {
      if (values[row + k] > values[row + best]) {
        best = k;
      }
    }
    return best;
  }
}
