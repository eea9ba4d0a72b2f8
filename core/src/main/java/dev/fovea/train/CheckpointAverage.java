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
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Averages the weights of several models of the same network and re-estimates batch-norm statistics
 * over training batches, because the statistics of averaged weights are not the average of the
 * models' statistics.
 */
public final class CheckpointAverage {
  private CheckpointAverage() {}

  /**
   * Writes the average of {@code models} to {@code out} and evaluates it.
   *
   * @param source the data for statistics and evaluation; empty for the data of the first model
   * @param batches training batches that statistics are estimated over, at most one epoch
   * @param convolution how convolutions are computed; empty for how the first model was trained
   * @return the metrics of the averaged model on the validation set
   * @throws ConfigException if the models differ in network, classes or preprocessing
   */
  public static Evaluation write(
      List<Path> models,
      Path out,
      String source,
      int batches,
      Optional<ConvolutionAlgorithm> convolution,
      Backend backend) {
    ModelCard card;
    Map<String, double[]> mean = new LinkedHashMap<>();
    try (ModelFile first = ModelFile.open(models.get(0))) {
      card = first.card();
    }
    for (Path path : models) {
      try (ModelFile file = ModelFile.open(path);
          ParameterSet weights = backend.parameters(file.graph())) {
        file.requireFullPrecision("an average is taken of");
        requireSame(models.get(0), card, file);
        file.loadInto(weights);
        for (ParamSpec p : weights.specs()) {
          add(mean, p.name(), weights.read(p.name()), models.size());
        }
      }
    }
    RunConfig trained = config(card, source.isEmpty() ? card.data().source() : source, batches);
    RunConfig.Engine engine = trained.engine();
    RunConfig config = trained.with(engine.with(convolution.orElse(engine.convolution())));
    try (ScratchRun scratch = ScratchRun.open(config, backend)) {
      return evaluateAndWrite(scratch.run(), card, mean, out);
    }
  }

  private static Evaluation evaluateAndWrite(
      PreparedRun run, ModelCard card, Map<String, double[]> mean, Path out) {
    List<String> classes = run.setup().classes();
    if (!classes.equals(card.classes())) {
      throw new ConfigException(
          "the models have the classes "
              + card.classes()
              + ", but the data has "
              + classes
              + "; name the data that the models were trained on");
    }
    CompiledPhase phase = run.phase();
    ParameterSet weights = phase.program().weights();
    mean.forEach((name, values) -> weights.write(name, floats(values)));
    run.evaluation().prepare(run.setup(), phase, Position.START, Ranks.alone());
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

  private static void requireSame(Path first, ModelCard card, ModelFile file) {
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
              + "); network, classes, image size and preprocessing must be the same");
    }
  }

  // The configuration of the first model, but with population statistics and without weight
  // updates.
  private static RunConfig config(ModelCard card, String source, int batches) {
    if (JsonTree.parse(card.config(), "the configuration in the model file").isEmpty()) {
      throw new ConfigException(
          "the model of "
              + card.network()
              + " does not contain its training configuration (imported models never do), so its"
              + " batch-norm statistics cannot be re-estimated. Average models that Fovea has"
              + " trained");
    }
    RunConfig c = RunConfig.ofModel(card);
    UpdateRule rule =
        UpdateRule.of(new Sgd(0, 0, false), ParameterGroups.decayAll(0))
            .with(new BatchStatistics(BatchStatistics.Kind.POPULATION, batches));
    return c.with(c.data().withSource(source))
        .with(c.network().withInit("").with(ProgressiveResizing.NONE))
        .with(rule);
  }

  private static void add(Map<String, double[]> mean, String name, float[] values, int count) {
    double[] sum =
        Objects.requireNonNull(mean.computeIfAbsent(name, n -> new double[values.length]));
    for (int i = 0; i < sum.length; i++) {
      sum[i] += values[i] / (double) count;
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
