package dev.fovea.optim;

import static dev.fovea.optim.OptimException.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the learning rate changes over a run, as a factor of the base rate: the closed forms of
 * PyTorch's schedulers, evaluated at every step. Pure functions.
 */
public sealed interface Schedule {

  /** A constant factor of 1. */
  record Constant() implements Schedule {}

  /**
   * Multiplies by {@code gamma} after every interval (StepLR; Inception-v3: 0.94 every 2 epochs).
   */
  record Step(TrainingLength every, double gamma) implements Schedule {
    /** Checks interval and factor. */
    public Step {
      check(every.count() > 0, "an interval above 0 between steps of the rate", every);
      checkGamma(gamma);
    }
  }

  /** Multiplies by {@code gamma} at each of these points, in any order (MultiStepLR). */
  record MultiStep(List<TrainingLength> at, double gamma) implements Schedule {
    /** Copies the points and checks the factor. */
    public MultiStep {
      at = List.copyOf(at);
      checkGamma(gamma);
    }
  }

  /** Decays by {@code gamma} per interval, smoothly at every step (ExponentialLR). */
  record Exponential(TrainingLength every, double gamma) implements Schedule {
    /** Checks interval and factor. */
    public Exponential {
      check(every.count() > 0, "an interval above 0 for exponential decay", every);
      checkGamma(gamma);
    }
  }

  /** A half cosine from 1 to {@code finalFactor} over the run (CosineAnnealingLR). */
  record Cosine(double finalFactor) implements Schedule {
    /** Checks the final factor. */
    public Cosine {
      checkFinal(finalFactor);
    }
  }

  /**
   * finalFactor + (1 - finalFactor)·(1 - t)^power for t from 0 to 1 over the run (PolynomialLR).
   */
  record Polynomial(double power, double finalFactor) implements Schedule {
    /** Checks power and factor. */
    public Polynomial {
      check(power > 0 && power < Double.POSITIVE_INFINITY, "a power above 0", power);
      checkFinal(finalFactor);
    }
  }

  /**
   * Smith's one-cycle schedule in two phases (OneCycleLR without momentum cycling): from
   * 1/divFactor to 1 in the first {@code pctStart} of the run, then down to
   * 1/(divFactor·finalDivFactor).
   *
   * @param pctStart the length of the first phase as a fraction of the run, in [0, 1)
   */
  record OneCycle(double pctStart, double divFactor, double finalDivFactor, Anneal anneal)
      implements Schedule {
    /** Checks the ranges. */
    public OneCycle {
      check(pctStart >= 0 && pctStart < 1, "a pct_start in [0, 1)", pctStart);
      check(
          divFactor >= 1 && finalDivFactor > 0,
          "a div_factor of at least 1 and a final_div_factor above 0",
          divFactor + " and " + finalDivFactor);
    }

    /** Returns PyTorch's defaults: 0.3, 25, 10,000, cosine. */
    public static OneCycle standard() {
      return new OneCycle(0.3, 25, 1e4, Anneal.COSINE);
    }
  }

  /** The curve of a one-cycle phase. */
  enum Anneal {
    /** A half cosine. */
    COSINE,
    /** A straight line. */
    LINEAR;

    double between(double from, double to, double t) {
      return this == LINEAR
          ? from + (to - from) * t
          : to + (from - to) / 2 * (1 + Math.cos(Math.PI * t));
    }
  }

  /**
   * Returns the factor at a step.
   *
   * @param step counted from 0
   * @param start the step at which schedules that span the run begin: the end of the warm-up
   */
  default double factor(long step, double start, RunLength run) {
    if (this instanceof Step s) {
      return Math.pow(s.gamma(), Math.floor(step / s.every().in(run)));
    } else if (this instanceof MultiStep m) {
      return Math.pow(m.gamma(), m.at().stream().filter(p -> step >= p.in(run)).count());
    } else if (this instanceof Exponential e) {
      return Math.pow(e.gamma(), step / e.every().in(run));
    }
    double elapsed = Math.max(0, step - start);
    double length = Math.max(1, run.totalSteps() - start);
    double t = Math.min(1, elapsed / length);
    if (this instanceof Cosine c) {
      return c.finalFactor() + (1 - c.finalFactor()) * (1 + Math.cos(Math.PI * t)) / 2;
    } else if (this instanceof Polynomial p) {
      return p.finalFactor() + (1 - p.finalFactor()) * Math.pow(1 - t, p.power());
    } else if (this instanceof OneCycle o) {
      return cycle(o, elapsed, length);
    }
    return 1;
  }

  private static double cycle(OneCycle o, double elapsed, double length) {
    double low = 1 / o.divFactor();
    double last = length - 1;
    double top = o.pctStart() * length - 1;
    if (top > 0 && elapsed <= top) {
      return o.anneal().between(low, 1, elapsed / top);
    }
    double from = Math.max(0, top);
    double t = last > from ? Math.min(1, (elapsed - from) / (last - from)) : 1;
    return o.anneal().between(1, low / o.finalDivFactor(), t);
  }

  private static void checkGamma(double gamma) {
    check(gamma > 0 && gamma <= 1, "a factor gamma in (0, 1]", gamma);
  }

  private static void checkFinal(double factor) {
    check(factor >= 0 && factor <= 1, "a final factor in [0, 1]", factor);
  }

  /** Returns the settings as plain text and numbers, as recipes store them. */
  default Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    if (this instanceof Constant) {
      map.put("name", "constant");
    } else if (this instanceof Step s) {
      map.put("name", "step");
      map.put("every", s.every().toString());
      map.put("gamma", s.gamma());
    } else if (this instanceof MultiStep m) {
      map.put("name", "multi-step");
      map.put("at", m.at().stream().map(TrainingLength::toString).toList());
      map.put("gamma", m.gamma());
    } else if (this instanceof Exponential e) {
      map.put("name", "exponential");
      map.put("every", e.every().toString());
      map.put("gamma", e.gamma());
    } else if (this instanceof Cosine c) {
      map.put("name", "cosine");
      map.put("final_factor", c.finalFactor());
    } else if (this instanceof Polynomial p) {
      map.put("name", "polynomial");
      map.put("power", p.power());
      map.put("final_factor", p.finalFactor());
    } else if (this instanceof OneCycle o) {
      map.put("name", "one-cycle");
      map.put("pct_start", o.pctStart());
      map.put("div_factor", o.divFactor());
      map.put("final_div_factor", o.finalDivFactor());
      map.put("anneal", o.anneal() == Anneal.COSINE ? "cosine" : "linear");
    }
    return map;
  }

  /**
   * Reads what {@link #toMap} wrote; constant if there is no name.
   *
   * @throws OptimException if a setting is unknown or out of range
   */
  static Schedule of(Map<String, ?> map) {
    String name = new Settings("schedule", map).text("name", "constant");
    Settings s = new Settings("schedule '" + name + "'", map);
    s.text("name", "constant");
    return switch (name) {
      case "constant" -> s.end(new Constant());
      case "step" ->
          s.end(new Step(s.span("every", TrainingLength.epochs(30)), s.number("gamma", 0.1)));
      case "multi-step" -> s.end(new MultiStep(s.spans("at"), s.number("gamma", 0.1)));
      case "exponential" ->
          s.end(
              new Exponential(s.span("every", TrainingLength.epochs(1)), s.number("gamma", 0.95)));
      case "cosine" -> s.end(new Cosine(s.number("final_factor", 0)));
      case "polynomial" -> s.end(new Polynomial(s.number("power", 1), s.number("final_factor", 0)));
      case "one-cycle" ->
          s.end(
              new OneCycle(
                  s.number("pct_start", 0.3),
                  s.number("div_factor", 25),
                  s.number("final_div_factor", 1e4),
                  anneal(s)));
      default ->
          throw s.unknown(
              "schedule",
              name,
              "constant",
              "step",
              "multi-step",
              "exponential",
              "cosine",
              "polynomial",
              "one-cycle");
    };
  }

  private static Anneal anneal(Settings s) {
    String name = s.text("anneal", "cosine");
    return switch (name) {
      case "cosine" -> Anneal.COSINE;
      case "linear" -> Anneal.LINEAR;
      default -> throw s.unknown("anneal", name, "cosine", "linear");
    };
  }
}
