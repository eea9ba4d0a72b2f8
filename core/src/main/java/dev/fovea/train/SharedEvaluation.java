package dev.fovea.train;

import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Evaluator;
import dev.fovea.eval.Metric;
import java.util.List;
import java.util.Optional;

/** An evaluation that the ranks of a run share; the figures do not depend on their number. */
final class SharedEvaluation {
  private SharedEvaluation() {}

  /** Evaluates; empty if a rank was interrupted. */
  static Optional<Evaluation> run(CompiledPhase phase, List<Metric> metrics, Ranks ranks) {
    if (!ranks.areSeveral()) {
      return Evaluator.evaluate(
          phase.inference(), phase.validation(), metrics, () -> ranks.wish(Ranks.Wish.INTERRUPT));
    }
    SharedBadImages bad = new SharedBadImages(phase.validation(), ranks);
    return Evaluator.evaluate(
        phase.inference(),
        phase.validation(),
        metrics,
        ranks.size(),
        own -> {
          List<byte[]> outputs = bad.gather(own);
          return ranks.wish(Ranks.Wish.INTERRUPT) ? Optional.empty() : Optional.of(outputs);
        });
  }
}
