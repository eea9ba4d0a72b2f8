package dev.fovea.eval;

import java.util.List;

/**
 * How far the confidence of answers is from how often they are right.
 *
 * @param bins equal parts of [0, 1], each open below and closed above; the first holds 0 too
 * @param expectedError mean over the images of their bin's gap (Guo et al. 2017, equation 3)
 * @param maximumError the largest gap of a bin that has images (equation 5)
 */
public record Calibration(List<Bin> bins, double expectedError, double maximumError) {
  /** Copies the list. */
  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * The images whose confidence lies in one part of [0, 1].
   *
   * @param confidence their mean confidence; NaN if there are none
   * @param accuracy the part of them that was right; NaN if there are none
   */
  public record Bin(long images, double confidence, double accuracy) {}
}
