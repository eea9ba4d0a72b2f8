package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.optim.LearningRates;
import dev.fovea.optim.OptimException;
import dev.fovea.optim.RunLength;
import dev.fovea.program.StepExchange;
import dev.fovea.program.StepResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The optimizer steps of a phase: each is over several batches, if gradients are accumulated, and
 * over all ranks. Used by the training thread.
 */
final class TrainingSteps {
  private final TrainingSetup setup;
  private final RunLength length;
  private final LearningRates rates;
  private final Ranks ranks;
  private final CompiledPhase phase;
  private final Optional<GradientExchange> exchange;
  private final float[] targets;
  private Supplier<List<String>> lastBatch = List::of;
  private double lastRate;

  TrainingSteps(PreparedRun run, CompiledPhase phase, Ranks ranks) {
    this.setup = run.setup();
    this.length = run.length();
    this.rates = run.rates();
    this.ranks = ranks;
    this.phase = phase;
    this.exchange =
        ranks
            .exchange()
            .map(thread -> new GradientExchange(thread, phase.program(), setup.accumulate()));
    this.targets = new float[setup.rankBatch() * setup.classes().size()];
  }

  /**
   * A completed step.
   *
   * @param totals over all ranks
   * @param gradientNorm before clipping, if it is clipped by norm
   */
  record Done(StepTotals totals, double rate, OptionalDouble gradientNorm) {}

  /**
   * Makes the next step.
   *
   * @param step the number of those before it
   * @param unloaded told of a failure to load images before it is thrown; everything is then as
   *     after the last step
   * @throws DivergedException if the loss of a rank or the gradients are not finite, on all ranks
   */
  Done make(
      long step, SharedBatches batches, StepClock clock, Consumer<RuntimeException> unloaded) {
    int parts = setup.accumulate();
    StepTotals totals = StepTotals.ZERO;
    OptionalDouble norm = OptionalDouble.empty();
    lastRate = rates.at(step);
    Map<String, float[]> before = parts > 1 ? phase.statistics() : Map.of();
    for (int part = 0; part < parts; part++) {
      try (Batch batch = next(batches, before, clock, unloaded)) {
        totals = add(batch, step, part, totals);
        if (part == parts - 1) {
          exchange.ifPresent(GradientExchange::complete);
          totals = overRanks(step, totals);
          norm = update(step, totals.loss());
        }
        clock.ends(batch.count());
      }
    }
    return new Done(totals, lastRate, norm);
  }

  private Batch next(
      SharedBatches batches,
      Map<String, float[]> before,
      StepClock clock,
      Consumer<RuntimeException> unloaded) {
    clock.waits();
    try {
      Batch batch = batches.next();
      clock.computes();
      return batch;
    } catch (RuntimeException e) {
      // Earlier batches of this step have changed the running statistics.
      phase.restore(before);
      unloaded.accept(e);
      throw e;
    }
  }

  private StepTotals add(Batch batch, long step, int part, StepTotals before) {
    if (Double.isFinite(before.loss())) {
      lastBatch = () -> names(batch);
    }
    int parts = setup.accumulate();
    long seed = setup.dropoutSeed(step * parts + part);
    batch.targets(setup.classes().size(), targets);
    StepExchange with = exchange.isPresent() ? exchange.get() : StepExchange.NONE;
    StepResult result = phase.program().run(batch.pixels(), targets, seed, with);
    phase.updater().accumulate(part);
    return before.plus(result.loss(), result.correct(), batch.count(), parts);
  }

  private StepTotals overRanks(long step, StepTotals own) {
    List<StepTotals> all = ranks.gather(own::bytes).stream().map(StepTotals::read).toList();
    for (int r = 0; r < all.size(); r++) {
      if (!Double.isFinite(all.get(r).loss())) {
        throw diverged(step + 1, all.get(r).loss(), OptionalInt.of(r));
      }
    }
    return StepTotals.over(all);
  }

  private OptionalDouble update(long step, double loss) {
    try {
      return phase.updater().step(step, lastRate, length);
    } catch (OptimException e) {
      throw diverged(step + 1, loss);
    }
  }

  /**
   * Returns an exception that names the images of the last step; all ranks ask for it together.
   *
   * @param step counted from 1
   * @param loss finite if weights or gradients are not
   */
  DivergedException diverged(long step, double loss) {
    return diverged(step, loss, OptionalInt.empty());
  }

  private DivergedException diverged(long step, double loss, OptionalInt rank) {
    List<String> names = ranks.texts(() -> String.join("\n", lastBatch.get()));
    List<String> of = rank.isPresent() ? List.of(names.get(rank.getAsInt())) : names;
    return ranks.shared(
        new DivergedException(
            step,
            loss,
            lastRate,
            phase.program().gradientNorm(),
            rank.isPresent() && ranks.areSeveral() ? " on rank " + rank.getAsInt() : "",
            of.stream().flatMap(String::lines).toList()));
  }

  private static List<String> names(Batch batch) {
    return IntStream.range(0, batch.count()).mapToObj(batch::name).toList();
  }
}
