package dev.fovea.app.explanation;

import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationMethod.GradCam;
import dev.fovea.explanation.ExplanationMethod.HiResCam;
import dev.fovea.explanation.ExplanationMethod.IntegratedGradients;
import dev.fovea.explanation.ExplanationMethod.Occlusion;
import dev.fovea.explanation.ExplanationMethod.SmoothGrad;

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
}
