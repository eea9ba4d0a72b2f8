package dev.fovea.app.explanation;

import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationMethod.GradCam;
import dev.fovea.explanation.ExplanationMethod.HiResCam;
import dev.fovea.explanation.ExplanationMethod.IntegratedGradients;
import dev.fovea.explanation.ExplanationMethod.Occlusion;
import dev.fovea.explanation.ExplanationMethod.SmoothGrad;
import dev.fovea.tensor.Decimals;

/** Methods and their figures in words. */
public final class MethodText {
  private MethodText() {}

  /** The name of a method as its paper writes it. */
  public static String title(ExplanationMethod method) {
    if (method instanceof GradCam) {
      return "Grad-CAM";
    } else if (method instanceof HiResCam) {
      return "HiResCAM";
    } else if (method instanceof IntegratedGradients) {
      return "Integrated gradients";
    } else if (method instanceof Occlusion) {
      return "Occlusion";
    }
    return "SmoothGrad";
  }

  /** A method with its settings. */
  public static String description(ExplanationMethod method) {
    String settings = settings(method);
    return settings.isEmpty() ? title(method) : title(method) + ": " + settings;
  }

  /** The settings of a method; empty if it has none. */
  static String settings(ExplanationMethod method) {
    if (method instanceof IntegratedGradients g) {
      return g.steps() + " steps";
    } else if (method instanceof Occlusion o) {
      return "window " + o.window() + ", stride " + o.stride();
    } else if (method instanceof SmoothGrad s) {
      return s.samples() + " samples, noise " + s.noise() + ", seed " + s.seed();
    }
    return "";
  }

  /** A signed value with three significant digits. */
  static String value(double v) {
    double a = Math.abs(v);
    if (v == 0) {
      return "0";
    }
    if (a < 0.001 || a >= 1e5) {
      return Decimals.format("%.2e", v);
    }
    int decimals = (int) Math.max(0, 2 - Math.floor(Math.log10(a) + 1e-9));
    return Decimals.format("%." + decimals + "f", v);
  }
}
