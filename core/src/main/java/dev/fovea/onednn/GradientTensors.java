package dev.fovea.onednn;

import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.onednn.binding.MemoryDesc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The tensors of activation gradients during lowering of the backward pass, and when each is last
 * read.
 */
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
      } else if (steps.get(i) instanceof BackwardStep.Keep k) {
        lastRead.put(k.gradient(), i);
      }
    }
  }

  /** The tensor of a gradient that has been computed. */
  Tensor of(Grad grad) {
    return Objects.requireNonNull(tensors.get(grad), grad.toString());
  }

  /** Records the tensor of a gradient that has been computed. */
  void put(Grad grad, Tensor tensor) {
    tensors.put(grad, tensor);
  }

  /** Whether no step after index {@code step} reads {@code grad}. */
  boolean isLastRead(Grad grad, int step) {
    return lastRead.getOrDefault(grad, -1) == step;
  }

  /** Allocates a tensor for the gradient {@code dx}. */
  Tensor target(Grad dx) {
    Tensor result = fresh(dx, ctx.standard(dx.of().shape()));
    tensors.put(dx, result);
    return result;
  }

  /**
   * A tensor for the gradient {@code dx}, which step {@code step} computes from {@code dy}: the
   * tensor of {@code dy} if nothing reads that afterwards, else a new one.
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
