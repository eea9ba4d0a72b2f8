package dev.fovea.train;

import dev.fovea.optim.Span;
import dev.fovea.program.ProgramReport;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A look at all sizes of pictures that a run will train on, before its first step: one that cannot
 * be compiled, or for which there is no memory, must not show after hours.
 */
final class Preflight {
  private final CompiledPhase.Common common;
  private final boolean timed;
  private final Map<Integer, Double> seconds = new HashMap<>();
  private @Nullable ProgramReport largest;

  /**
   * A look that has yet to be taken.
   *
   * @param timed whether {@link #fitted} will be asked
   */
  Preflight(CompiledPhase.Common common, boolean timed) {
    this.common = common;
    this.timed = timed;
  }

  /** Opens a stage of each size but {@code first}, one after the other, and looks at it. */
  void lookBeyond(int first) {
    RunConfig.Network network = common.config().network();
    for (int side : network.progressive().sides(common.preprocessing().width())) {
      if (side != first) {
        try (CompiledPhase stage = CompiledPhase.open(common, side)) {
          look(stage);
        }
      }
    }
  }

  /** Looks at an open stage; the step that takes the most memory of all looked at so far. */
  ProgramReport look(CompiledPhase stage) {
    int side = stage.side();
    if (timed) {
      StepTimer pace = new StepTimer(common.graph(side).inputShape(), common.train().classes().size());
      double step = pace.training(stage.program(), common.config().learning().batch());
      seconds.put(side, step + StepTimer.loading(stage.training()));
    }
    ProgramReport report = stage.program().report();
    if (largest == null || report.arenaBytes() > largest.arenaBytes()) {
      largest = report;
    }
    return largest;
  }

  /**
   * The configuration with as many epochs as fit into the minutes that it has; all sizes must have
   * been looked at.
   *
   * @param evaluationBatches of one evaluation
   * @param notes told how many epochs they are
   */
  RunConfig fitted(CompiledPhase stage, int evaluationBatches, Consumer<String> notes) {
    RunConfig c = common.config();
    RunConfig.Learning l = c.learning();
    int full = common.preprocessing().width();
    StepTimer pace = new StepTimer(common.graph().inputShape(), common.train().classes().size());
    double evaluation =
        evaluationBatches * pace.inference(stage.inference(), c.engine().evalBatch());
    LongToDoubleFunction time =
        n ->
            c.network().progressive().cost(0, n, full, this::seconds)
                    * stage.training().batchesPerEpoch()
                + Math.ceil((double) n / c.output().evaluateEvery()) * evaluation;
    Span epochs = StepTimer.epochs(l.length(), time);
    notes.accept(
        String.format(
            Locale.ROOT,
            "%s fit into %s: one takes about %.0f s here",
            epochs.words(),
            l.length().words(),
            time.applyAsDouble((long) epochs.count()) / epochs.count()));
    return new RunConfig(
        c.recipe(),
        c.data(),
        c.network(),
        new RunConfig.Learning(epochs, l.batch(), l.smoothing(), l.rate(), l.update()),
        c.engine(),
        c.output());
  }

  private double seconds(int side) {
    return Objects.requireNonNull(seconds.get(side));
  }
}
