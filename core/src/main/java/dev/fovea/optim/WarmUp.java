package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A learning rate warm-up: the start of a run at a lower rate.
 *
 * @param length of the warm-up; 0 for none
 * @param startFactor the rate of the first step as a fraction of the full rate, in [0, 1]
 */
public record WarmUp(TrainingLength length, double startFactor, Ramp ramp) {

  /** How the rate rises. */
  public enum Ramp {
    /** Linearly with every step (PyTorch's LinearLR). */
    LINEAR,
    /** All at once when the warm-up ends (PyTorch's ConstantLR; ResNet-110: 0.01, then 0.1). */
    CONSTANT
  }

  /** Checks the factor. */
  public WarmUp {
    OptimException.check(
        startFactor >= 0 && startFactor <= 1, "a warm-up start factor in [0, 1]", startFactor);
  }

  /** Returns no warm-up. */
  public static WarmUp none() {
    return new WarmUp(TrainingLength.steps(0), 1, Ramp.LINEAR);
  }

  /** Returns a linear warm-up from {@code startFactor}. */
  public static WarmUp linear(TrainingLength length, double startFactor) {
    return new WarmUp(length, startFactor, Ramp.LINEAR);
  }

  /** Returns the end of the warm-up in steps, possibly fractional. */
  double end(RunLength run) {
    return length.in(run);
  }

  double factor(long step, RunLength run) {
    double end = end(run);
    if (step >= end) {
      return 1;
    }
    return ramp == Ramp.CONSTANT ? startFactor : startFactor + (1 - startFactor) * step / end;
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("length", length.toString());
    // Omitted without a warm-up, so that setting only a length also gets the default start factor.
    if (length.count() > 0 || startFactor != 1) {
      map.put("start_factor", startFactor);
    }
    map.put("ramp", ramp == Ramp.LINEAR ? "linear" : "constant");
    return map;
  }

  static WarmUp of(Map<String, ?> map) {
    Settings s = new Settings("warm-up", map);
    String ramp = s.text("ramp", "linear");
    if (!ramp.equals("linear") && !ramp.equals("constant")) {
      throw s.unknown("warm-up ramp", ramp, "linear", "constant");
    }
    TrainingLength length = s.span("length", TrainingLength.steps(0));
    return s.end(
        new WarmUp(
            length,
            s.number("start_factor", length.count() > 0 ? 0 : 1),
            ramp.equals("linear") ? Ramp.LINEAR : Ramp.CONSTANT));
  }
}
