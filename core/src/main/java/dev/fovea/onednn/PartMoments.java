package dev.fovea.onednn;

import dev.fovea.normalization.MomentsCode;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Joins the moments of the parts of a batch, which machine code computes, to the mean and variance
 * of the batch: the formula of Chan et al. 1979 in float64, part by part in a fixed order. Some
 * additions per channel and part, on the calling thread.
 */
final class PartMoments {
  private final MomentsCode code;
  private final int channels;
  private final int lanes;
  private final float[] part;
  private final double[] means;
  private final double[] squares;

  PartMoments(MomentsCode code, int channels) {
    this.code = code;
    this.channels = channels;
    this.lanes = code.width().floats();
    this.part = new float[MomentsCode.VECTORS * lanes];
    this.means = new double[code.blocks() * lanes];
    this.squares = new double[code.blocks() * lanes];
  }

  /** The values of a channel in a part, as far as they are known before their mean is. */
  private interface Lane {
    void add(int channel, double center, double distances, double squaredDistances);
  }

  /** Computes one mean and one variance, that of the values themselves, per channel. */
  void join(FloatBuffer parts, FloatBuffer mean, FloatBuffer variance) {
    double n = code.pixelsPerPart();
    double all = (double) code.images() * code.pixels();
    Arrays.fill(means, 0);
    Arrays.fill(squares, 0);
    overParts(parts, (c, center, distances, ignored) -> means[c] += n * center + distances);
    for (int c = 0; c < channels; c++) {
      means[c] /= all;
      mean.put(c, (float) means[c]);
    }
    overParts(
        parts,
        (c, center, distances, squaredDistances) -> {
          double off = distances / n;
          double apart = center + off - means[c];
          squares[c] += squaredDistances - n * off * off + n * apart * apart;
        });
    for (int c = 0; c < channels; c++) {
      // Rounding may leave less than 0 of values that are all equal.
      variance.put(c, (float) Math.max(0, squares[c] / all));
    }
  }

  private void overParts(FloatBuffer parts, Lane lane) {
    for (int p = 0; p < code.parts(); p++) {
      int first = p / code.pieces() % code.blocks() * lanes;
      parts.get(p * part.length, part);
      for (int i = 0; i < lanes; i++) {
        lane.add(first + i, part[i], part[lanes + i], part[2 * lanes + i]);
      }
    }
  }
}
