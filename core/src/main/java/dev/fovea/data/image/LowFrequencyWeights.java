package dev.fovea.data.image;

import java.util.Arrays;

/**
 * Filter weights for the samples of a picture that was decoded at a smaller scale ({@link
 * BlockScale}), such that weighing the samples comes as near as possible to weighing all pixels
 * with the filter itself.
 *
 * <p>A sample is a weighted sum of the pixels of its block, with known weights: the lowest
 * frequencies of the block's cosine transform, evaluated at the sample's place. So weights w of
 * samples are weights {@code K'w} of pixels. For pixels with covariance R the expected square of
 * the difference from weights f is {@code (K'w - f)' R (K'w - f)}, least at {@code w = inverse(K R
 * K') K R f}, which is shifted along {@code inverse(K R K') 1} so that the weights sum to one. R is
 * that of a first-order autoregressive process, which rows and columns of photographs resemble; a
 * small part is added to the diagonal for what quantization adds to a sample. Each output position
 * weighs the samples of the blocks on which its filter lies.
 *
 * <p>The pixels that an encoder adds to complete the last block repeat the last pixel, so their
 * weights count for it.
 *
 * <p>Computed in double precision in a fixed order, then rounded to fixed point. The covariance of
 * the samples of whole blocks depends on their distance alone, so the Cholesky factor of the widest
 * filter holds for all; only outputs that read a cut block have their own. Used by one thread.
 */
final class LowFrequencyWeights {
  private static final int BLOCK = BlockScale.BLOCK;

  /** Correlation of neighboring pixels in photographs. */
  private static final double CORRELATION = 0.98;

  /** Variance that quantization adds to a sample, as a part of the picture's. */
  private static final double NOISE = 1e-4;

  /** Samples for each output position above which blurring by the samples themselves is nothing. */
  private static final double WIDE = 16;

  private static final double FIXED = 1 << FilterWeights.PRECISION;

  /** Powers of {@link #CORRELATION}. */
  private static final double[] POWERS = new double[BLOCK + 1];

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = power;
      power *= CORRELATION;
    }
  }

  private final BlockScale.Axis axis;

  /** For each sample of a whole block the weights of its pixels. */
  private final double[][] kernels;

  /** The Cholesky factor for whole blocks, as many as were needed so far. */
  private double[][] whole = {};

  private LowFrequencyWeights(BlockScale.Axis axis) {
    this.axis = axis;
    this.kernels = kernels(axis.samples());
  }

  /** Weights of pixels of the file that follow each other. */
  private record Span(int start, double[] weights) {}

  /**
   * The weights of the samples of an axis.
   *
   * @param from the first pixel of the picture that is resized
   * @param length the number of pixels that are resized
   * @param outputs the number of output positions that they give
   * @param begin the first output position wanted
   * @param places the number of output positions wanted
   */
  static FilterWeights of(
      BlockScale.Axis axis,
      int from,
      int length,
      int outputs,
      int begin,
      int places,
      Interpolation filter) {
    double perPixel = (double) axis.samples() * axis.reduction() / BLOCK;
    if (length * perPixel / outputs > WIDE) {
      double shift = axis.fromEnd() ? axis.length() - pixels(axis) * perPixel : 0;
      return FilterWeights.of(
          axis.length(),
          (float) Math.max(0, shift + from * perPixel),
          (float) Math.min(axis.length(), shift + (from + length) * perPixel),
          outputs,
          begin,
          places,
          filter);
    }
    FilterWeights exact =
        FilterWeights.of(length, 0, length, outputs, begin, places, filter).startingAt(-from);
    return new LowFrequencyWeights(axis).like(exact);
  }

  /** Weights of samples that are nearest to these of pixels. */
  private FilterWeights like(FilterWeights exact) {
    int places = exact.places();
    int[] first = new int[places];
    double[][] weights = new double[places][];
    int size = 0;
    for (int i = 0; i < places; i++) {
      Span span = inFile(exact, i);
      int block = span.start / BLOCK;
      int last = span.start + span.weights.length - 1;
      int end = Math.min(axis.pixels(), (last / BLOCK + 1) * BLOCK);
      double[] filter = new double[end - block * BLOCK];
      System.arraycopy(span.weights, 0, filter, span.start - block * BLOCK, span.weights.length);
      double[] w = solve(filter);
      first[i] = block * axis.samples();
      if (axis.fromEnd()) {
        reverse(w);
        first[i] = axis.length() - first[i] - w.length;
      }
      weights[i] = w;
      size = Math.max(size, w.length);
    }
    int[] count = new int[places];
    int[] rounded = new int[places * size];
    for (int i = 0; i < places; i++) {
      count[i] = weights[i].length;
      for (int k = 0; k < count[i]; k++) {
        rounded[i * size + k] = (int) Math.rint(weights[i][k] * FIXED);
      }
    }
    return new FilterWeights(first, count, rounded, size);
  }

  /** The number of pixels of the picture along an axis. */
  private static int pixels(BlockScale.Axis axis) {
    return (axis.pixels() + axis.reduction() - 1) / axis.reduction();
  }

  /** The weights of an output position in the file, in its order. */
  private Span inFile(FilterWeights exact, int i) {
    int each = axis.reduction();
    int count = exact.count()[i];
    int first = exact.first()[i];
    int start = each * (axis.fromEnd() ? pixels(axis) - first - count : first);
    double[] weights = new double[Math.min(axis.pixels(), start + count * each) - start];
    for (int k = 0; k < count; k++) {
      int to = Math.min(weights.length, (k + 1) * each);
      int place = axis.fromEnd() ? count - 1 - k : k;
      double weight = exact.weights()[i * exact.size() + place] / FIXED;
      Arrays.fill(weights, k * each, to, weight / (to - k * each));
    }
    return new Span(start, weights);
  }

  private static void reverse(double[] w) {
    for (int i = 0, j = w.length - 1; i < j; i++, j--) {
      double kept = w[i];
      w[i] = w[j];
      w[j] = kept;
    }
  }

  /**
   * The weights of the samples of some blocks.
   *
   * @param f the weights of their pixels; of the last block those that are in the image
   */
  private double[] solve(double[] f) {
    int blocks = (f.length + BLOCK - 1) / BLOCK;
    int cut = f.length % BLOCK;
    double[][] last = cut == 0 ? kernels : cut(cut);
    int n = (blocks - 1) * axis.samples() + last.length;
    double[][] factor = cut == 0 ? whole(blocks) : factor(blocks, last);
    double[] right = correlate(f);
    double[] w = new double[n];
    for (int i = 0; i < n; i++) {
      int b = i / axis.samples();
      double[] kernel = (b == blocks - 1 ? last : kernels)[i % axis.samples()];
      for (int x = 0; x < kernel.length; x++) {
        w[i] += kernel[x] * right[b * BLOCK + x];
      }
    }
    double[] shift = new double[n];
    Arrays.fill(shift, 1);
    substitute(factor, w);
    substitute(factor, shift);
    double sum = Arrays.stream(f).sum();
    double step = (sum - Arrays.stream(w).sum()) / Arrays.stream(shift).sum();
    for (int i = 0; i < n; i++) {
      w[i] += step * shift[i];
    }
    return w;
  }

  /** The product of R and {@code f}, by one pass in each direction. */
  private static double[] correlate(double[] f) {
    double[] sums = new double[f.length];
    double sum = 0;
    for (int x = 0; x < f.length; x++) {
      sum = sum * CORRELATION + f[x];
      sums[x] = sum;
    }
    sum = 0;
    for (int x = f.length - 1; x >= 0; x--) {
      sums[x] += sum * CORRELATION;
      sum = sum * CORRELATION + f[x];
    }
    return sums;
  }

  /** The weights of a block's pixels in each of its samples. */
  private static double[][] kernels(int samples) {
    double[][] kernels = new double[samples][BLOCK];
    for (int i = 0; i < samples; i++) {
      for (int x = 0; x < BLOCK; x++) {
        double sum = 1;
        for (int k = 1; k < samples; k++) {
          sum +=
              2
                  * StrictMath.cos(Math.PI * k * (2 * x + 1) / (2 * BLOCK))
                  * StrictMath.cos(Math.PI * k * (2 * i + 1) / (2 * samples));
        }
        kernels[i][x] = sum / BLOCK;
      }
    }
    return kernels;
  }

  /** The same for the last block, of which so many pixels are in the image. */
  private double[][] cut(int pixels) {
    double[][] cut = new double[(pixels * axis.samples() + BLOCK - 1) / BLOCK][pixels];
    for (int i = 0; i < cut.length; i++) {
      for (int x = 0; x < BLOCK; x++) {
        cut[i][Math.min(x, pixels - 1)] += kernels[i][x];
      }
    }
    return cut;
  }

  /** The factor for whole blocks, at least so many. */
  private double[][] whole(int blocks) {
    if (whole.length < blocks * axis.samples()) {
      whole = factor(blocks, kernels);
    }
    return whole;
  }

  /** The Cholesky factor of the covariance of the samples of some blocks. */
  private double[][] factor(int blocks, double[][] last) {
    int per = axis.samples();
    int n = (blocks - 1) * per + last.length;
    double[] far = new double[blocks];
    Arrays.fill(far, 1);
    for (int b = 2; b < blocks; b++) {
      far[b] = far[b - 1] * POWERS[BLOCK];
    }
    double[][] a = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] kernel = (i / per == blocks - 1 ? last : kernels)[i % per];
      a[i] = new double[i + 1];
      for (int j = 0; j <= i; j++) {
        int apart = i / per - j / per;
        double sum =
            apart == 0
                ? covariance(kernel, (i / per == blocks - 1 ? last : kernels)[j % per])
                : far[apart] * covarianceBefore(kernels[j % per]) * covarianceBehind(kernel);
        sum += i == j ? NOISE : 0;
        for (int k = 0; k < j; k++) {
          sum -= a[i][k] * a[j][k];
        }
        a[i][j] = i == j ? Math.sqrt(sum) : sum / a[j][j];
      }
    }
    return a;
  }

  /** The covariance of two samples of a block. */
  private static double covariance(double[] first, double[] second) {
    double sum = 0;
    for (int x = 0; x < first.length; x++) {
      for (int y = 0; y < second.length; y++) {
        sum += first[x] * second[y] * POWERS[Math.abs(x - y)];
      }
    }
    return sum;
  }

  /** The covariance of a sample and the first pixel of the next block. */
  private static double covarianceBefore(double[] kernel) {
    double sum = 0;
    for (int x = 0; x < BLOCK; x++) {
      sum += kernel[x] * POWERS[BLOCK - x];
    }
    return sum;
  }

  /** The covariance of a sample and the first pixel of its block. */
  private static double covarianceBehind(double[] kernel) {
    double sum = 0;
    for (int y = 0; y < kernel.length; y++) {
      sum += kernel[y] * POWERS[y];
    }
    return sum;
  }

  /** Solves the system of a Cholesky factor, of which the first rows are used, in place. */
  private static void substitute(double[][] factor, double[] b) {
    for (int i = 0; i < b.length; i++) {
      double sum = b[i];
      for (int k = 0; k < i; k++) {
        sum -= factor[i][k] * b[k];
      }
      b[i] = sum / factor[i][i];
    }
    for (int i = b.length - 1; i >= 0; i--) {
      double sum = b[i];
      for (int k = i + 1; k < b.length; k++) {
        sum -= factor[k][i] * b[k];
      }
      b[i] = sum / factor[i][i];
    }
  }
}
