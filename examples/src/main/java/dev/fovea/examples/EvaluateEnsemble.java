package dev.fovea.examples;

import dev.fovea.ClassifierEnsemble;
import dev.fovea.LabeledImages;
import dev.fovea.eval.Evaluation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Measures models that answer together: {@code EvaluateEnsemble PHOTOS MODEL...}. */
public final class EvaluateEnsemble {
  private EvaluateEnsemble() {}

  /** Runs the program. */
  public static void main(String[] args) {
    List<Path> models = Arrays.stream(args).skip(1).map(Path::of).toList();
    try (ClassifierEnsemble ensemble = ClassifierEnsemble.open(models)) {
      Evaluation all = ensemble.evaluate(LabeledImages.in(Path.of(args[0])));
      System.out.println(all.images() + " images, top-1 " + all.top1() + ", loss " + all.loss());
    }
  }
}
