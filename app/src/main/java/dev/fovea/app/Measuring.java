package dev.fovea.app;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.BatchFormat;
import dev.fovea.data.Dataset;
import dev.fovea.data.Image;
import dev.fovea.data.Loader;
import dev.fovea.data.LoaderOptions;
import dev.fovea.eval.Classifier;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Evaluator;
import dev.fovea.eval.Tally;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Evaluates one model with its loader, or several by the mean of their probabilities. */
final class Measuring {
  private static final int PREFETCH = 3;

  private Measuring() {}

  static Evaluation of(
      List<Classifier> models, Dataset set, int batch, int threads, Terminal terminal) {
    return models.size() == 1
        ? single(models.get(0), set, batch, threads, terminal)
        : together(models, set, batch);
  }

  private static Evaluation single(
      Classifier model, Dataset set, int batch, int threads, Terminal terminal) {
    Shape in = model.graph().inputShape();
    BatchFormat format =
        new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), model.program().inputType());
    LoaderOptions options =
        new LoaderOptions(
            0,
            threads,
            PREFETCH,
            false,
            LoaderOptions.STANDARD.badFraction(),
            bad ->
                terminal.note(
                    "warning: left out " + Human.visible(bad.name()) + ": " + bad.reason()));
    try (Loader loader = Loader.evaluation(set, model.card().preprocessing(), format, options)) {
      return Evaluator.evaluate(model.program(), loader);
    }
  }

  private static Evaluation together(List<Classifier> models, Dataset set, int batch) {
    ModelCard first = models.get(0).card();
    for (Classifier m : models) {
      if (!m.card().classes().equals(first.classes())) {
        throw new CommandException(
            "the models do not have the same classes; only such models can be evaluated together");
      }
    }
    Tally tally = new Tally(first.classes());
    for (int from = 0; from < set.size(); from += batch) {
      int begin = from;
      int n = Math.min(batch, set.size() - from);
      List<Image> images =
          IntStream.range(0, n).parallel().mapToObj(i -> set.image(begin + i)).toList();
      double[][] mean = new double[n][first.classes().size()];
      for (Classifier m : models) {
        List<double[]> p = m.probabilities(images);
        for (int i = 0; i < n; i++) {
          for (int k = 0; k < mean[i].length; k++) {
            mean[i][k] += p.get(i)[k] / models.size();
          }
        }
      }
      for (int i = 0; i < n; i++) {
        tally.add(mean[i], set.label(from + i));
      }
    }
    return tally.result();
  }
}
