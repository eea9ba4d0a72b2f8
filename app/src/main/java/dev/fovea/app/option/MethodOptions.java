package dev.fovea.app.option;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationMethod.IntegratedGradients;
import dev.fovea.explanation.ExplanationMethod.Occlusion;
import dev.fovea.explanation.ExplanationMethod.SmoothGrad;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose methods of explanation and change their settings. */
public final class MethodOptions {
  private static final String ALL = "all";

  @Option(
      names = "--method",
      split = ",",
      paramLabel = "NAME",
      description =
          "grad-cam, hires-cam, integrated-gradients, occlusion or smooth-grad; several with commas"
              + " between, or all (default: grad-cam).")
  private List<String> names = List.of("grad-cam");

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Of integrated-gradients: points between baseline and image (default: 50). More make the"
              + " completeness error smaller.")
  private @Nullable Integer steps;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Of occlusion: side of the square that is hidden, in pixels of the network's input"
              + " (default: an eighth of the input).")
  private @Nullable Integer window;

  @Option(
      names = "--stride",
      paramLabel = "N",
      description = "Of occlusion: pixels between squares (default: half the window).")
  private @Nullable Integer stride;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Of smooth-grad: copies of the image with noise (default: 25).")
  private @Nullable Integer samples;

  @Option(
      names = "--noise",
      paramLabel = "X",
      description =
          "Of smooth-grad: standard deviation of the noise as a share of the range of the image's"
              + " values (default: 0.15).")
  private @Nullable Double noise;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of all random numbers (default: ${DEFAULT-VALUE}).")
  private long seed;

  /** The seed of all random numbers. */
  public long seed() {
    return seed;
  }

  /** Checks all that can be checked without a model, so that mistakes are told at once. */
  public void check() {
    names();
    Positive.check("--steps", steps);
    Positive.check("--window", window);
    Positive.check("--stride", stride);
    Positive.check("--samples", samples);
    if (noise != null && !(noise >= 0 && noise <= 10)) {
      throw new UsageException("--noise is " + noise + "; it must be 0 to 10");
    }
    if (window != null && stride != null && stride > window) {
      throw new UsageException(
          "--stride is "
              + stride
              + "; it must be at most --window ("
              + window
              + "), or pixels are left out");
    }
    needs("--steps", steps, "integrated-gradients");
    needs("--window", window, "occlusion");
    needs("--stride", stride, "occlusion");
    needs("--samples", samples, "smooth-grad");
    needs("--noise", noise, "smooth-grad");
  }

  private void needs(String flag, @Nullable Number value, String method) {
    if (value != null && !names().contains(method)) {
      throw new UsageException(
          flag + " is a setting of " + method + "; add it with --method " + method);
    }
  }

  /** Whether all methods are quick: a step forward and one backward. */
  public boolean areQuick() {
    return names().stream().allMatch(n -> n.endsWith("-cam"));
  }

  /** The names, each once, in the order in which they were given. */
  private Set<String> names() {
    Set<String> chosen = new LinkedHashSet<>();
    for (String given : names) {
      String name = given.strip().toLowerCase(Locale.ROOT);
      if (name.equals(ALL)) {
        chosen.addAll(ExplanationMethod.NAMES);
      } else if (ExplanationMethod.NAMES.contains(name)) {
        chosen.add(name);
      } else {
        throw new UsageException(
            "--method is '"
                + given
                + "'; it must be one of "
                + String.join(", ", ExplanationMethod.NAMES)
                + ", or all."
                + Nearest.question(given, ExplanationMethod.NAMES));
      }
    }
    return chosen;
  }

  /**
   * The methods.
   *
   * @param standard gives a method's usual settings for the model
   */
  public List<ExplanationMethod> methods(Function<String, ExplanationMethod> standard) {
    return names().stream().map(n -> changed(standard.apply(n))).toList();
  }

  private ExplanationMethod changed(ExplanationMethod usual) {
    if (usual instanceof IntegratedGradients g) {
      return new IntegratedGradients(or(steps, g.steps()));
    } else if (usual instanceof Occlusion o) {
      int side = or(window, o.window());
      int usualStride = window == null ? o.stride() : Math.max(1, side / 2);
      int apart = or(stride, usualStride);
      if (apart > side) {
        throw new UsageException(
            "--stride is " + apart + "; it must be at most the window, which is " + side);
      }
      return new Occlusion(side, apart);
    } else if (usual instanceof SmoothGrad s) {
      return new SmoothGrad(or(samples, s.samples()), noise == null ? s.noise() : noise, seed);
    }
    return usual;
  }

  private static int or(@Nullable Integer given, int usual) {
    return given == null ? usual : given;
  }
}
