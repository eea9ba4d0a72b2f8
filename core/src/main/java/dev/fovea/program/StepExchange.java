package dev.fovea.program;

import java.nio.FloatBuffer;

/**
 * What a training step exchanges with the same step of other ranks while it runs. All ranks see the
 * same calls in the same order, because their programs are the same.
 */
public interface StepExchange {
  /** A step that is computed on one rank alone. */
  StepExchange NONE =
      new StepExchange() {
        @Override
        public void sum(FloatBuffer values) {
          // One summand is its own sum.
        }

        @Override
        public void ready(int bucket) {
          // Nobody waits for gradients.
        }
      };

  /**
   * Replaces values by their sums over all ranks before it returns; called where the step itself
   * needs them, as in synchronized batch normalization.
   */
  void sum(FloatBuffer values);

  /**
   * Says that the gradients of a bucket are complete; called once per bucket, in ascending order.
   * It may return at once and sum them while the step goes on: the step does not touch them again.
   */
  void ready(int bucket);
}
