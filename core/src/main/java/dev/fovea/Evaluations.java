package dev.fovea;

import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Metric;
import dev.fovea.eval.Tally;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Evaluates whatever gives probabilities for pictures. */
final class Evaluations {
  private static final int PORTION = 256;

  private Evaluations() {}

  /**
   * The figures over all images that can be read.
   *
   * @param classes of the model
   * @param answers gives the logarithms of the probabilities, nothing for unreadable pictures
   */
  static Evaluation of(
      List<String> classes,
      LabeledImages images,
      List<Metric> metrics,
      Function<List<LatePicture>, List<Optional<double[]>>> answers) {
    try (Dataset set = Datasets.withClasses(images.open(Split.ALL), classes)) {
      Tally tally = new Tally(classes, metrics);
      long seen = 0;
      for (int from = 0; from < set.size(); from += PORTION) {
        int end = Math.min(set.size(), from + PORTION);
        List<LatePicture> pictures = new ArrayList<>();
        for (int i = from; i < end; i++) {
          int item = i;
          pictures.add(() -> set.picture(item));
        }
        List<Optional<double[]>> found = answers.apply(pictures);
        for (int i = from; i < end; i++) {
          Optional<double[]> answer = found.get(i - from);
          if (answer.isPresent()) {
            tally.add(answer.get(), set.label(i));
            seen++;
          }
        }
      }
      if (seen == 0) {
        throw new DataException(
            "none of the " + set.size() + " images of " + images + " can be read");
      }
      return tally.result();
    }
  }
}
