package dev.fovea.onednn;

import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds sums of gradients in which pointwise convolutions can add their results to an earlier
 * gradient as they compute them: at the start of every bottleneck block, where two gradients meet,
 * and of every Inception module, where four do.
 */
final class Accumulation {
  private Accumulation() {}

  /** Maps each gradient that is computed later to the one it can be added to. */
  static Map<Grad, Grad> find(List<BackwardStep> steps) {
    Map<Grad, Integer> madeAt = new HashMap<>();
    Map<Grad, Integer> readBeforeSum = new HashMap<>();
    Map<Grad, Grad> found = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof BackwardStep.LossGradient l) {
        madeAt.put(l.logits(), i);
      } else if (steps.get(i) instanceof BackwardStep.ScoreGradient s) {
        madeAt.put(s.logits(), i);
      } else if (steps.get(i) instanceof BackwardStep.Keep k) {
        readBeforeSum.put(k.gradient(), i);
      } else if (steps.get(i) instanceof BackwardStep.Backward b) {
        readBeforeSum.put(b.dy(), i);
        for (Grad dx : b.dx()) {
          if (dx != null) {
            madeAt.put(dx, i);
          }
        }
      } else if (steps.get(i) instanceof BackwardStep.Sum s) {
        madeAt.put(s.total(), i);
        // All gradients that qualify are added to the one that is computed first.
        List<Grad> parts = new ArrayList<>(s.parts());
        parts.sort(Comparator.comparing(g -> madeAt.getOrDefault(g, -1)));
        for (int first = 0; first < parts.size(); first++) {
          Grad base = parts.get(first);
          int at = i;
          List<Grad> later =
              parts.subList(first + 1, parts.size()).stream()
                  .filter(g -> canBeAdded(g, base, at, steps, madeAt, readBeforeSum))
                  .toList();
          later.forEach(g -> found.put(g, base));
          if (!later.isEmpty()) {
            break;
          }
        }
      }
    }
    return found;
  }

  private static boolean canBeAdded(
      Grad later,
      Grad earlier,
      int sum,
      List<BackwardStep> steps,
      Map<Grad, Integer> madeAt,
      Map<Grad, Integer> readAt) {
    int at = madeAt.getOrDefault(later, -1);
    boolean pointwise =
        at >= 0 && steps.get(at) instanceof BackwardStep.Backward b && isPointwise(b.node());
    boolean there = madeAt.getOrDefault(earlier, sum) < at && readAt.getOrDefault(earlier, -1) < at;
    return pointwise && there && !readAfter(earlier, sum, steps);
  }

  private static boolean readAfter(Grad grad, int sum, List<BackwardStep> steps) {
    for (BackwardStep step : steps.subList(sum + 1, steps.size())) {
      if (step instanceof BackwardStep.Backward b && b.dy().equals(grad)
          || step instanceof BackwardStep.Keep k && k.gradient().equals(grad)
          || step instanceof BackwardStep.Sum s && s.parts().contains(grad)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPointwise(Node n) {
    return n.op() instanceof Op.Conv2d c
        && c.groups() == 1
        && c.window().equals(Window.square(1))
        && n.input().shape().rank() == 3;
  }
}
