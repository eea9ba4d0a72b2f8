package dev.fovea.finetune;

import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Ensemble;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Judgements;
import dev.fovea.eval.Protocols;
import dev.fovea.program.Backend;
import dev.fovea.train.RunConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What a model file answers on the validation images. */
record FinalEvaluation(Evaluation evaluation, Judgements judgements) {
  private static final int BATCH = 32;

  /** Evaluates; empty if it was stopped. */
  static Optional<FinalEvaluation> of(
      Path model, Dataset val, RunConfig run, Backend backend, BooleanSupplier stop) {
    Judgements.Collector collector = new Judgements.Collector();
    LoaderOptions loading =
        LoaderOptions.STANDARD
            .withThreads(run.engine().threads(), LoaderOptions.STANDARD.prefetch())
            .withBad(run.data().badFraction(), bad -> {});
    try (CompiledModel compiled =
            CompiledModel.open(model, backend, run.engine().inferring(BATCH));
        Ensemble ensemble = Ensemble.of(List.of(compiled), Protocols.SINGLE)) {
      return ensemble
          .evaluate(val, loading, collector, stop)
          .map(e -> new FinalEvaluation(e, collector.judgements()));
    }
  }
}
