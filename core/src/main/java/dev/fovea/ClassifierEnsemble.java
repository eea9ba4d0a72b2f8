package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Metric;
import dev.fovea.eval.Prediction;
import dev.fovea.eval.Softmax;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Several models that answer together: the mean of their probabilities. Safe for any number of
 * threads; owns its classifiers.
 *
 * <pre>{@code
 * List<Path> models = List.of(Path.of("one.safetensors"), Path.of("two.safetensors"));
 * try (ClassifierEnsemble ensemble = ClassifierEnsemble.open(models)) {
 *   System.out.println(ensemble.evaluate(LabeledImages.in(Path.of("photos"))).top1());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class ClassifierEnsemble implements AutoCloseable {
  private final List<Classifier> members;

  private ClassifierEnsemble(List<Classifier> members) {
    this.members = members;
  }

  /**
   * Opens model files or folders of runs.
   *
   * @throws IllegalArgumentException if there are none, or their classes differ
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static ClassifierEnsemble open(List<Path> models) {
    return open(models, ClassifierOptions.standard());
  }

  /** Does the same with options, which all models share. */
  public static ClassifierEnsemble open(List<Path> models, ClassifierOptions options) {
    if (models.isEmpty()) {
      throw new IllegalArgumentException("an ensemble needs at least one model, got none");
    }
    List<Classifier> opened = new ArrayList<>();
    boolean complete = false;
    try {
      for (Path model : models) {
        Classifier next = Classifier.open(model, options);
        opened.add(next);
        if (!next.classes().equals(opened.get(0).classes())) {
          throw new IllegalArgumentException(
              "the models "
                  + models.get(0)
                  + " and "
                  + model
                  + " have different classes; an ensemble needs the same ones in the same order");
        }
      }
      complete = true;
      return new ClassifierEnsemble(List.copyOf(opened));
    } finally {
      if (!complete) {
        opened.forEach(Classifier::close);
      }
    }
  }

  /** The names of the classes. */
  public List<String> classes() {
    return members.get(0).classes();
  }

  /**
   * Classifies the image in a file.
   *
   * @throws DataException if it cannot be read, naming it
   */
  public Prediction predict(Path file) {
    return predict(List.of(file)).get(0);
  }

  /** Classifies an encoded image. */
  public Prediction predict(byte[] file) {
    return predict(List.of(file)).get(0);
  }

  /** Classifies an image of AWT. */
  public Prediction predict(BufferedImage image) {
    return predict(List.of(image)).get(0);
  }

  /** Classifies a picture. */
  public Prediction predict(Picture picture) {
    return predict(List.of(picture)).get(0);
  }

  /**
   * Classifies images together.
   *
   * @param images as in {@link Classifier#predict(List)}, but no streams, which can be read only
   *     once
   * @throws DataException if one cannot be read, naming it by its path or its place in the list
   */
  public List<Prediction> predict(List<?> images) {
    double[][] sums = new double[images.size()][];
    for (Classifier member : members) {
      List<double[]> answers = member.logProbabilities(images);
      for (int i = 0; i < sums.length; i++) {
        sums[i] = sums[i] == null ? answers.get(i) : sum(sums[i], answers.get(i));
      }
    }
    return Arrays.stream(sums).map(s -> Prediction.of(classes(), mean(s))).toList();
  }

  /**
   * Measures how well the models do together.
   *
   * @param images with classes that the models have; unreadable ones are left out
   * @param metrics further figures to compute
   * @throws DataException if a class is unknown to the models, or no image can be read
   */
  public Evaluation evaluate(LabeledImages images, Metric... metrics) {
    return Evaluations.of(
        classes(),
        images,
        List.of(metrics),
        pictures -> {
          List<Optional<double[]>> sums = members.get(0).scored(pictures);
          for (Classifier member : members.subList(1, members.size())) {
            List<Optional<double[]>> more = member.scored(pictures);
            List<Optional<double[]>> both = new ArrayList<>();
            for (int i = 0; i < sums.size(); i++) {
              Optional<double[]> other = more.get(i);
              both.add(sums.get(i).flatMap(a -> other.map(b -> sum(a, b))));
            }
            sums = both;
          }
          return sums.stream().map(s -> s.map(this::mean)).toList();
        });
  }

  private static double[] sum(double[] a, double[] b) {
    double[] sum = new double[a.length];
    Arrays.setAll(sum, k -> Softmax.logAdd(a[k], b[k]));
    return sum;
  }

  private double[] mean(double[] sums) {
    double share = StrictMath.log(members.size());
    double[] mean = new double[sums.length];
    Arrays.setAll(mean, k -> sums[k] - share);
    return mean;
  }

  /** Closes all classifiers; closing again has no effect. */
  @Override
  public void close() {
    members.forEach(Classifier::close);
  }
}
