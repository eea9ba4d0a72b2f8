package dev.fovea.eval;

import dev.fovea.api.Api;
import java.util.List;

/**
 * Calibration error: how far the confidence of predictions is from their accuracy.
 *
 * <pre>{@code
 * Calibration calibration = classifier.evaluate(images).calibration();
 * for (Calibration.Bin bin : calibration.bins()) {
 *   System.out.println(bin.confidence() + " " + bin.accuracy());
 * }
 * }</pre>
 *
 * @param bins bins of equal width over [0, 1], each open below and closed above; the first includes
 *     0
 * @param expectedError expected calibration error: the mean over the images of their bin's gap
 *     between confidence and accuracy (Guo et al. 2017, equation 3)
 * @param maximumError maximum calibration error: the largest gap of a non-empty bin (equation 5)
 */
@Api(Api.Status.STABLE)
public record Calibration(List<Bin> bins, double expectedError, double maximumError) {
  /** Copies the list. */
  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * The images whose confidence falls into one bin.
   *
   * @param confidence their mean confidence; NaN if there are none
   * @param accuracy the fraction of them classified correctly; NaN if there are none
   */
  public record Bin(long images, double confidence, double accuracy) {}
}
