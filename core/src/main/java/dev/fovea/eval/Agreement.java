package dev.fovea.eval;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.InferenceProgram;
import java.util.function.IntConsumer;

/**
 * How alike two networks answer on the same images.
 *
 * @param images how many were seen
 * @param correctBefore how many the first network puts into their labeled class
 * @param correctAfter how many the second does
 * @param same how many both put into the same class
 * @param divergence the mean Kullback-Leibler divergence of the second network's probabilities from
 *     the first's, in nats
 */
public record Agreement(
    int images, int correctBefore, int correctAfter, int same, double divergence) {

  /** The share of images that the first network gets right. */
  public double before() {
    return (double) correctBefore / images;
  }

  /** The share of images that the second network gets right. */
  public double after() {
    return (double) correctAfter / images;
  }

  /** The share of images with the same answer. */
  public double agreement() {
    return (double) same / images;
  }

  /**
   * Runs two programs of one batch size and input type over all images of {@code loader}.
   *
   * @param classes the number of classes
   * @param progress receives the number of images seen, after every batch
   */
  public static Agreement measure(
      InferenceProgram before,
      InferenceProgram after,
      int classes,
      Loader loader,
      IntConsumer progress) {
    if (before.inputType() != after.inputType()) {
      throw new IllegalArgumentException(
          "the programs read "
              + before.inputType()
              + " and "
              + after.inputType()
              + "; compile both for one type");
    }
    float[] first = new float[loader.format().batch() * classes];
    float[] second = new float[first.length];
    int[] counts = new int[4];
    double divergence = 0;
    try (Loader.Batches batches = loader.epoch(0)) {
      while (batches.hasNext()) {
        try (Batch batch = batches.next()) {
          before.run(batch.pixels(), first);
          after.run(batch.pixels(), second);
          for (int i = 0; i < batch.count(); i++) {
            double[] p = Softmax.log(first, i * classes, classes);
            double[] q = Softmax.log(second, i * classes, classes);
            int a = largest(p);
            int b = largest(q);
            counts[0]++;
            counts[1] += a == batch.labels()[i] ? 1 : 0;
            counts[2] += b == batch.labels()[i] ? 1 : 0;
            counts[3] += a == b ? 1 : 0;
            divergence += divergence(p, q);
          }
          progress.accept(counts[0]);
        }
      }
    }
    return new Agreement(
        counts[0], counts[1], counts[2], counts[3], divergence / Math.max(1, counts[0]));
  }

  private static double divergence(double[] p, double[] q) {
    double sum = 0;
    for (int k = 0; k < p.length; k++) {
      double share = StrictMath.exp(p[k]);
      sum += share > 0 ? share * (p[k] - q[k]) : 0;
    }
    return sum;
  }

  private static int largest(double[] values) {
    int best = 0;
    for (int k = 1; k < values.length; k++) {
      best = values[k] > values[best] ? k : best;
    }
    return best;
  }
}
