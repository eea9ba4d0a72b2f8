package dev.fovea.train;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Evaluator;
import dev.fovea.graph.ParamSpec;
import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The equal mean of the weights of several models of one network, with batch norm's statistics
 * estimated anew over training batches: those of averaged weights are not the average of theirs.
 */
public final class CheckpointAverage {
  private CheckpointAverage() {}

  /**
   * Writes the mean of {@code models} to {@code out}.
   *
   * @param source what the statistics are taken over and the result is evaluated on; empty for what
   *     the first model was trained with
   * @param batches training batches of the statistics, at most an epoch's
   * @return the figures of the averaged model on the validation set
   * @throws ConfigException if the models differ in network, classes or preprocessing
   */
  public static Evaluation write(
      List<Path> models, Path out, String source, int batches, Backend backend) {
    ModelCard card;
    Map<String, double[]> mean = new LinkedHashMap<>();
    try (ModelFile first = ModelFile.open(models.get(0))) {
      card = first.card();
    }
    for (Path path : models) {
      try (ModelFile file = ModelFile.open(path);
          ParameterSet weights = backend.parameters(file.graph())) {
        requireAlike(models.get(0), card, file);
        file.loadInto(weights);
        for (ParamSpec p : weights.specs()) {
          add(mean, p.name(), weights.read(p.name()), models.size());
        }
      }
    }
    RunConfig config = config(card, source.isEmpty() ? card.data().source() : source, batches);
    try (ScratchRun scratch = ScratchRun.open(config, backend)) {
      return finished(scratch.run(), card, mean, out);
    }
  }

  private static Evaluation finished(
      PreparedRun run, ModelCard card, Map<String, double[]> mean, Path out) {
    List<String> classes = run.setup().classes();
    if (!classes.equals(card.classes())) {
      throw new ConfigException(
          "the models know the classes "
              + card.classes()
              + ", the data has "
              + classes
              + "; name the data they were trained with");
    }
    CompiledPhase phase = run.phase();
    ParameterSet weights = phase.program().weights();
    mean.forEach((name, values) -> weights.write(name, floats(values)));
    run.evaluation().prepare(run.setup(), phase, Position.START, () -> false);
    Evaluation found = Evaluator.evaluate(phase.inference(), phase.validation());
    Map<String, Double> metrics =
        Map.of("epoch", 0.0, "top1", found.top1(), "top5", found.top5(), "loss", found.loss());
    ModelCard averaged =
        new ModelCard(
            card.network(),
            card.input(),
            card.classes(),
            card.preprocessing(),
            card.config(),
            metrics,
            card.data());
    ModelFile.write(out, averaged, weights);
    return found;
  }

  private static void requireAlike(Path first, ModelCard card, ModelFile file) {
    ModelCard other = file.card();
    if (!other.network().equals(card.network())
        || !other.input().equals(card.input())
        || !other.classes().equals(card.classes())
        || !other.preprocessing().equals(card.preprocessing())) {
      throw new ConfigException(
          file.path()
              + " ("
              + other.network()
              + ", "
              + other.classes().size()
              + " classes, images of "
              + other.input()
              + ") cannot be averaged with "
              + first
              + " ("
              + card.network()
              + ", "
              + card.classes().size()
              + " classes, images of "
              + card.input()
              + "); network, classes, images and preprocessing must be the same");
    }
  }

  // The run of the first model, except that weights stay and batch norms get population statistics.
  private static RunConfig config(ModelCard card, String source, int batches) {
    if (JsonTree.parse(card.config(), "the configuration in the model file").isEmpty()) {
      throw new ConfigException(
          "the model of "
              + card.network()
              + " does not say how it was trained, as imported weights do not; its batch norms'"
              + " statistics cannot be taken anew. Average models that Fovea has trained");
    }
    RunConfig c = RunConfig.ofModel(card);
    UpdateRule rule =
        UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0))
            .with(new BatchStatistics(BatchStatistics.Kind.POPULATION, batches));
    return c.with(c.data().withSource(source))
        .with(c.network().withInit("").with(ProgressiveResizing.NONE))
        .with(rule);
  }

  private static void add(Map<String, double[]> mean, String name, float[] values, int of) {
    double[] sum =
        Objects.requireNonNull(mean.computeIfAbsent(name, n -> new double[values.length]));
    for (int i = 0; i < sum.length; i++) {
      sum[i] += values[i] / (double) of;
    }
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
