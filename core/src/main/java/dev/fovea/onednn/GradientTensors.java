package dev.fovea.onednn;

import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.onednn.binding.MemoryDesc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The gradients of activations while a backward pass is lowered, and when each is read last. */
final class GradientTensors {
  private final LoweringContext ctx;
  private final Map<Grad, Tensor> tensors = new HashMap<>();
  private final Map<Grad, Integer> lastRead = new HashMap<>();

  GradientTensors(LoweringContext ctx, List<BackwardStep> steps) {
    this.ctx = ctx;
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof BackwardStep.Sum s) {
        for (Grad g : s.parts()) {
          lastRead.put(g, i);
        }
      } else if (steps.get(i) instanceof BackwardStep.Backward b) {
        lastRead.put(b.dy(), i);
      }
    }
  }

  /** A gradient that has been computed. */
  Tensor of(Grad grad) {
    return Objects.requireNonNull(tensors.get(grad), grad.toString());
  }

  /** Takes a gradient that has been computed. */
  void put(Grad grad, Tensor tensor) {
    tensors.put(grad, tensor);
  }

  /** Whether no step after the one of this index reads {@code grad}. */
  boolean isLastRead(Grad grad, int step) {
    return lastRead.getOrDefault(grad, -1) == step;
  }

  /** A new tensor for the gradient {@code dx}. */
  Tensor target(Grad dx) {
    Tensor result = fresh(dx, ctx.standard(dx.of().shape()));
    tensors.put(dx, result);
    return result;
  }

  /**
   * A tensor for the gradient {@code dx} that the step of this index computes from {@code dy}: in
   * the place of {@code dy} if nobody reads that afterwards.
   */
  Tensor targetOver(Grad dx, Grad dy, int step) {
    MemoryDesc desc = ctx.standard(dx.of().shape());
    Tensor from = of(dy);
    Tensor result = isLastRead(dy, step) && from.desc().sameAs(desc) ? from : fresh(dx, desc);
    tensors.put(dx, result);
    return result;
  }

  private Tensor fresh(Grad of, MemoryDesc desc) {
    return ctx.tensor("gradient of " + of.of().name(), desc);
  }
}
