package dev.fovea.train;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.eval.Evaluation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The model file of a run: which epoch's weights it holds, and what it says of them. */
record BestModel(TrainingSetup setup) {

  /**
   * Whether an evaluation is better than that of the model file.
   *
   * @param at with the best epoch so far
   * @param history with its row
   */
  boolean isBeatenBy(Evaluation val, Position at, List<EpochRow> history) {
    // A held-back part is small, so that epochs often agree in top-1: then the lower loss decides.
    boolean tie = setup.config().data().holdBack() > 0 && val.top1() == at.bestTop1();
    return val.top1() > at.bestTop1()
        || tie
            && history.stream()
                .filter(row -> row.epoch() == at.bestEpoch())
                .anyMatch(row -> val.loss() < row.evaluated().loss());
  }

  /**
   * Describes the weights of an epoch.
   *
   * @param epoch counted from 1
   */
  ModelCard card(int epoch, Evaluation val) {
    Map<String, Double> metrics = new HashMap<>(val.metrics());
    metrics.put("epoch", (double) epoch);
    metrics.put("top1", val.top1());
    metrics.put("top5", val.top5());
    metrics.put("loss", val.loss());
    // So that the model finds its data from any working directory.
    String source = setup.config().withAbsolutePaths().data().source();
    return new ModelCard(
        setup.graph().name(),
        setup.graph().inputShape(),
        setup.classes(),
        setup.preprocessing(),
        setup.config().identity(),
        metrics,
        new ModelCard.Origin(source, setup.data().fingerprint()));
  }
}
