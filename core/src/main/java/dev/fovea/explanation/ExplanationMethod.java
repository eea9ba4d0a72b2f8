package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.List;

/**
 * A way to compute which parts of an image speak for or against a class. All maps are signed:
 * positive values speak for the target, negative ones against it.
 *
 * <pre>{@code
 * ExplanationMethod method = new ExplanationMethod.IntegratedGradients(200);
 * System.out.println(method.label());
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public sealed interface ExplanationMethod {
  /** The names of the methods, in the order of this file: {@code grad-cam} and so on. */
  List<String> NAMES =
      List.of("grad-cam", "hires-cam", "integrated-gradients", "occlusion", "smooth-grad");

  /**
   * Gradient-weighted class activation mapping (Selvaraju et al. 2017): the sum over channels of a
   * layer's values, each channel weighted by the mean of the score's gradient over its positions.
   * The ReLU of the paper is left to whoever displays the map, see {@link HeatMap#positive}.
   */
  record GradCam() implements ExplanationMethod {}

  /**
   * HiResCAM (Draelos and Carin 2020): the sum over channels of a layer's values times the score's
   * gradient at the same position. Where only a mean over positions and linear layers follow, its
   * sum is what the layer contributes to the logit.
   */
  record HiResCam() implements ExplanationMethod {}

  /**
   * Integrated gradients (Sundararajan, Taly and Yan 2017): the input minus a baseline, times the
   * mean gradient on the straight line between them, by Gauss-Legendre quadrature as in Captum.
   *
   * @param steps points on the line
   */
  record IntegratedGradients(int steps) implements ExplanationMethod {
    /** Checks that there is at least one step. */
    public IntegratedGradients {
      positive("steps of integrated gradients", steps);
    }
  }

  /**
   * Occlusion (Zeiler and Fergus 2014), as Captum computes it: how far the score falls when a
   * square of the image is replaced by the baseline, averaged over the squares that cover a pixel.
   *
   * @param window side of the square in pixels of the network's input
   * @param stride how far apart squares are, at most the window so that no pixel is left out
   */
  record Occlusion(int window, int stride) implements ExplanationMethod {
    /** Checks that both are positive and no pixel is left out. */
    public Occlusion {
      positive("the window of occlusion", window);
      positive("the stride of occlusion", stride);
      if (stride > window) {
        throw new IllegalArgumentException(
            "the stride of occlusion must be at most its window, or pixels are left out; got window"
                + " "
                + window
                + " and stride "
                + stride);
      }
    }
  }

  /**
   * SmoothGrad (Smilkov et al. 2017): the mean of the gradients at copies of the input with normal
   * noise.
   *
   * @param samples copies
   * @param noise standard deviation of the noise, as a share of the range of the input's values
   * @param seed of the noise: equal seeds give equal maps
   */
  record SmoothGrad(int samples, double noise, long seed) implements ExplanationMethod {
    /** Checks that there is at least one sample and the noise is not negative. */
    public SmoothGrad {
      positive("samples of SmoothGrad", samples);
      if (!(noise >= 0 && noise <= 10)) {
        throw new IllegalArgumentException(
            "the noise of SmoothGrad must be a share of the input's range, from 0 to 10, got "
                + noise);
      }
    }
  }

  /**
   * The method with this name and its usual settings: 50 steps; a window of an eighth of the
   * shorter side, moved by half of that; 25 samples with noise of 0.15.
   *
   * @param name one of {@link #NAMES}
   * @param height of the network's input
   * @param width of the network's input
   * @throws IllegalArgumentException if there is no such method; the message lists them
   */
  static ExplanationMethod named(String name, int height, int width) {
    return switch (name) {
      case "grad-cam" -> new GradCam();
      case "hires-cam" -> new HiResCam();
      case "integrated-gradients" -> new IntegratedGradients(50);
      case "occlusion" -> {
        int window = Math.max(1, Math.min(height, width) / 8);
        yield new Occlusion(window, Math.max(1, window / 2));
      }
      case "smooth-grad" -> new SmoothGrad(25, 0.15, 0);
      default ->
          throw new IllegalArgumentException(
              "there is no explanation method '"
                  + name
                  + "'; expected one of "
                  + String.join(", ", NAMES));
    };
  }

  /** Its name, one of {@link #NAMES}. */
  default String label() {
    if (this instanceof GradCam) {
      return NAMES.get(0);
    } else if (this instanceof HiResCam) {
      return NAMES.get(1);
    } else if (this instanceof IntegratedGradients) {
      return NAMES.get(2);
    } else if (this instanceof Occlusion) {
      return NAMES.get(3);
    }
    return NAMES.get(4);
  }

  /** Whether it explains by the values of a layer rather than by pixels. */
  default boolean readsLayer() {
    return this instanceof GradCam || this instanceof HiResCam;
  }

  private static void positive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + number);
    }
  }
}
