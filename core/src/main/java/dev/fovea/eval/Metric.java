package dev.fovea.eval;

import dev.fovea.api.Api;
import java.util.List;

/**
 * A figure of one's own about how well images are classified.
 *
 * <pre>{@code
 * record Confident() implements Metric {
 *   public Metric.Pass start(List<String> classes) {
 *     return new Metric.Pass() {
 *       private long images;
 *       private long sure;
 *
 *       public void add(int label, double[] probabilities) {
 *         images++;
 *         sure += probabilities[label] > 0.9 ? 1 : 0;
 *       }
 *
 *       public double value() {
 *         return (double) sure / images;
 *       }
 *     };
 *   }
 * }
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
@FunctionalInterface
public interface Metric {
  /** Begins a pass over the images of a data set. */
  Pass start(List<String> classes);

  /** The name under which the figure is reported; the class's name without package. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** One pass over the images, on one thread. */
  interface Pass {
    /**
     * Adds an image.
     *
     * @param label its true class
     * @param probabilities of all classes; must not be kept or changed
     */
    void add(int label, double[] probabilities);

    /** The figure over all images so far. */
    double value();
  }
}
