package dev.fovea.eval;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.loader.LoaderTurns;
import dev.fovea.data.loader.LoadingTime;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.ReadAhead;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;

/**
 * Classifies whole data sets: background threads decode and preprocess images while the network
 * runs on earlier ones.
 *
 * <p>Memory use is bounded by the prefetched batches, regardless of the number of images.
 */
public final class Predictor {
  /** Batches that may be prefetched while the network runs on one. */
  private static final int AHEAD = 3;

  /**
   * Multiply-adds of a batch beyond which its fixed cost is negligible: sixteen images of ResNet-50
   * at 224 pixels.
   */
  private static final double STEP_WORK = 66e9;

  private static final int LARGEST_BATCH = 128;
  private static final int SMALLEST_BATCH = 8;

  private Predictor() {}

  /**
   * Timing of a prediction run.
   *
   * @param images the number of images, predicted or unreadable
   * @param seconds total wall time
   * @param waiting seconds during which the network waited for images
   * @param network seconds during which the network ran
   * @param loading where the time of the threads that make images went
   */
  public record Effort(
      int images, double seconds, double waiting, double network, LoadingTime loading) {
    /** Images per second. */
    public double rate() {
      return images / seconds;
    }
  }

  /**
   * Chooses a batch size for a network and a number of images: larger for smaller networks, and
   * such that the last batch is nearly full.
   *
   * @param graph the network; auxiliary classifiers are ignored
   */
  public static int batch(Graph graph, int images) {
    int wanted = Cost.of(graph.withoutAuxiliary()).images(STEP_WORK, SMALLEST_BATCH, LARGEST_BATCH);
    int steps = Math.max(1, (images + wanted - 1) / wanted);
    return Math.max(1, (images + steps - 1) / steps);
  }

  /**
   * Classifies all images of {@code set}, in order. Images are made between the steps of the
   * network, while files are read at any time (decision 0125).
   *
   * @param threads the number of threads that make images
   * @param to receives every result once, in order, and may stop the run after each batch
   */
  public static Effort predict(CompiledModel classifier, Dataset set, int threads, Listener to) {
    try (Dataset ahead = new ReadAhead(set)) {
      return predict(classifier, ahead, threads, LoaderTurns.BETWEEN_STEPS, to);
    }
  }

  /**
   * Classifies all images of {@code set}, in order.
   *
   * @param threads the number of threads that make images
   * @param turns when they work
   * @param to receives every result once, in order, and may stop the run after each batch
   */
  public static Effort predict(
      CompiledModel classifier, Dataset set, int threads, LoaderTurns turns, Listener to) {
    int batch = classifier.batch();
    Shape in = classifier.graph().inputShape();
    BatchFormat format =
        new BatchFormat(batch, in.dim(0), in.dim(1), in.dim(2), classifier.program().inputType());
    Telling telling = new Telling(classifier, set, to);
    LoaderOptions options =
        LoaderOptions.STANDARD
            .withThreads(threads, AHEAD)
            .withTurns(turns)
            .withDropLast(false)
            .withBad(1, telling::leaveOut);
    float[] logits = new float[batch * classifier.card().classes().size()];
    long start = System.nanoTime();
    long waited = 0;
    long worked = 0;
    LoadingTime loading;
    try (Loader loader =
        Loader.evaluation(set, classifier.card().preprocessing().unscored(), format, options)) {
      try (Loader.Batches batches = loader.epoch(0)) {
        while (batches.hasNext() && !telling.stops()) {
          long asked = System.nanoTime();
          try (Batch b = batches.next()) {
            long came = System.nanoTime();
            if (b.count() > 0) {
              classifier.run(b.pixels(), logits);
            }
            waited += came - asked;
            worked += System.nanoTime() - came;
            telling.tell(b.number(), b.count(), b::item, logits);
          }
        }
      }
      loading = loader.time();
    }
    return new Effort(
        telling.next, (System.nanoTime() - start) / 1e9, waited / 1e9, worked / 1e9, loading);
  }

  /** Hands the results to the listener in the order of the images, each once. */
  private static final class Telling {
    private final Dataset set;
    private final int batch;
    private final List<String> classes;
    private final Listener to;
    private final Map<Integer, String> bad = new ConcurrentHashMap<>();
    private int next;

    Telling(CompiledModel classifier, Dataset set, Listener to) {
      this.set = set;
      this.batch = classifier.batch();
      this.classes = classifier.card().classes();
      this.to = to;
    }

    boolean stops() {
      return to.stops();
    }

    void leaveOut(BadImage image) {
      bad.put(image.index(), image.reason());
    }

    /** Tells the results of the images of a batch, of which {@code count} could be read. */
    void tell(int number, int count, IntUnaryOperator item, float[] logits) {
      int end = Math.min(set.size(), (number + 1) * batch);
      for (int i = 0; next < end; next++) {
        if (i < count && item.applyAsInt(i) == next) {
          double[] p = Softmax.log(logits, i++ * classes.size(), classes.size());
          to.on(new Outcome.Seen(next, set.name(next), Prediction.of(classes, p)));
        } else {
          String why = bad.remove(next);
          to.on(new Outcome.Unreadable(next, set.name(next), String.valueOf(why)));
        }
      }
    }
  }

  /** Receives predictions as they complete. */
  public interface Listener {
    /** Called for each image, on the thread that called {@link #predict}. */
    void on(Outcome outcome);

    /** Whether to stop now. */
    boolean stops();
  }
}
