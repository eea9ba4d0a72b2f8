package dev.fovea.study.claims;

import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Question;
import dev.fovea.study.Series;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Whether the multiplications that factorization saves and those that Winograd's algorithm saves
 * compete, from the times of layers with both.
 */
final class FastConvolutions {
  /** Relative difference of times within which they count as equal. */
  private static final double MARGIN = 0.1;

  static final Question QUESTION =
      new Question(
          "Do factorization and Winograd's algorithm compete?",
          "Factorization alone and the fast algorithm alone each take a fraction of the time in"
              + " inference of the whole window computed directly. If both together take the"
              + " product of the two fractions, to 10 %, the savings are independent; if more, they"
              + " compete; if less, they reinforce each other. A layer counts only if one of its"
              + " forms ran by Winograd's algorithm, and the answer is given only if all forms that"
              + " ran the same code with both settings took equal times, to the same 10 %.");

  /** What the two savings do to each other in a layer. */
  enum Effect {
    REINFORCE("reinforce each other"),
    INDEPENDENT("are independent"),
    COMPETE("compete"),
    UNKNOWN("have no measurable times");

    private final String verb;

    Effect(String verb) {
      this.verb = verb;
    }
  }

  /**
   * A layer with both algorithms.
   *
   * @param auto both forms with the algorithm that the engine chooses for each convolution
   */
  record Layer(FactorizationStudy.Timed direct, FactorizationStudy.Timed auto) {

    FactorizationStudy.Layer shape() {
      return direct.layer();
    }

    boolean winograd() {
      return auto.before().inferred().winograd() || auto.after().inferred().winograd();
    }

    /** Returns what this is relative to the whole window computed directly. */
    Fractions fractions(ToDoubleFunction<Stopwatch.Times> what) {
      double whole = what.applyAsDouble(direct.before());
      return new Fractions(
          what.applyAsDouble(direct.after()) / whole,
          what.applyAsDouble(auto.before()) / whole,
          what.applyAsDouble(auto.after()) / whole);
    }

    /** Returns the time with auto relative to direct of each form that ran the same code. */
    DoubleStream sameCode() {
      return Stream.of(
              List.of(direct.before(), auto.before()), List.of(direct.after(), auto.after()))
          .filter(t -> t.get(0).inferred().equals(t.get(1).inferred()))
          .mapToDouble(t -> t.get(1).inference() / t.get(0).inference());
    }

    Effect effect() {
      return fractions(Stopwatch.Times::inference).effect();
    }
  }

  /** Quantities relative to those of the whole window computed directly. */
  record Fractions(double factorized, double auto, double both) {

    double product() {
      return factorized * auto;
    }

    Effect effect() {
      // A chain can measure as faster than none where it is lost in noise.
      boolean measured =
          List.of(factorized, auto, both).stream().allMatch(f -> Double.isFinite(f) && f > 0);
      if (!measured) {
        return Effect.UNKNOWN;
      }
      if (both > product() * (1 + MARGIN)) {
        return Effect.COMPETE;
      }
      return both < product() * (1 - MARGIN) ? Effect.REINFORCE : Effect.INDEPENDENT;
    }
  }

  private FastConvolutions() {}

  /** Returns the sentence that answers {@link #QUESTION}. */
  static String answer(List<Layer> layers) {
    List<Layer> fast = layers.stream().filter(Layer::winograd).toList();
    if (fast.isEmpty()) {
      return "Not measurable here: all layers ran direct with both algorithms.";
    }
    DoubleSummaryStatistics same =
        layers.stream().flatMapToDouble(Layer::sameCode).summaryStatistics();
    if (same.getCount() > 0 && !(same.getMin() >= 1 - MARGIN && same.getMax() <= 1 + MARGIN)) {
      return Decimals.format(
          "Not measurable here: the same code took %.2f to %.2f times the time; other load on the"
              + " machine is the likely cause.",
          same.getMin(), same.getMax());
    }
    Map<Effect, List<Layer>> byEffect =
        fast.stream()
            .collect(
                Collectors.groupingBy(
                    Layer::effect, () -> new EnumMap<>(Effect.class), Collectors.toList()));
    List<String> parts = new ArrayList<>();
    byEffect.forEach(
        (effect, some) ->
            parts.add(
                Decimals.format("%s in %d (%s)", effect.verb, some.size(), list(effect, some))));
    int direct = layers.size() - fast.size();
    return Decimals.format("In %d of %d layers a form", fast.size(), layers.size())
        + " ran by Winograd's algorithm; there the two savings "
        + String.join(", ", parts)
        + "."
        + (direct == 0 ? "" : Decimals.format(" In the other %d both forms ran direct.", direct));
  }

  private static String list(Effect effect, List<Layer> layers) {
    return layers.stream()
        .map(
            l -> {
              String name = FactorizationStudy.label(l.shape());
              return effect == Effect.UNKNOWN ? name : name + ": " + savings(l);
            })
        .collect(Collectors.joining("; "));
  }

  private static String savings(Layer l) {
    Fractions time = l.fractions(Stopwatch.Times::inference);
    return Decimals.format(
        "%s of %s multiplications and %.2f of the time, where the product is %.2f",
        count(l.auto().after().inferred().multiplications()),
        count(l.direct().before().inferred().multiplications()),
        time.both(),
        time.product());
  }

  /** Returns the multiplications and the times as bars, one for each form and algorithm. */
  static List<Plot> plots(List<Layer> layers) {
    List<String> names =
        layers.stream().map(l -> FactorizationStudy.shortLabel(l.shape())).toList();
    return List.of(
        Plot.bars(
            "Direct and fast algorithm: multiplications",
            "per output and pair of channels, inference",
            names,
            bars(layers, (l, t) -> t.inferred().multiplications())),
        Plot.bars(
            "Direct and fast algorithm: time",
            "relative to the whole window, direct, inference",
            names,
            bars(layers, (l, t) -> t.inference() / l.direct().before().inference())));
  }

  /** A form of a layer with an algorithm. */
  private enum Variant {
    WHOLE_DIRECT("whole", "direct", l -> l.direct().before()),
    FACTORIZED_DIRECT("factorized", "direct", l -> l.direct().after()),
    WHOLE_AUTO("whole", "auto", l -> l.auto().before()),
    FACTORIZED_AUTO("factorized", "auto", l -> l.auto().after());

    private final String form;
    private final String algorithm;
    private final Function<Layer, Stopwatch.Times> times;

    Variant(String form, String algorithm, Function<Layer, Stopwatch.Times> times) {
      this.form = form;
      this.algorithm = algorithm;
      this.times = times;
    }
  }

  private interface Height {
    double of(Layer layer, Stopwatch.Times times);
  }

  private static List<Series> bars(List<Layer> layers, Height height) {
    List<Series> all = new ArrayList<>();
    for (Variant v : Variant.values()) {
      all.add(
          new Series(
              v.form + ", " + v.algorithm,
              IntStream.range(0, layers.size())
                  .mapToObj(i -> point(i, layers.get(i), v, height))
                  .toList()));
    }
    return all;
  }

  private static Series.Point point(int at, Layer layer, Variant v, Height height) {
    return new Series.Point(at, height.of(layer, v.times.apply(layer)));
  }

  /** Returns tables of what ran with each algorithm, and of what the two save together. */
  static List<Grid> grids(List<Layer> layers) {
    return List.of(variants(layers), together(layers));
  }

  private static Grid variants(List<Layer> layers) {
    List<List<String>> rows = new ArrayList<>();
    for (Layer l : layers) {
      for (Variant v : Variant.values()) {
        Stopwatch.Times t = v.times.apply(l);
        rows.add(
            List.of(
                FactorizationStudy.label(l.shape()),
                v.form,
                v.algorithm,
                t.inferred().text(),
                count(t.inferred().multiplications()),
                FactorizationStudy.micros(t.inference()),
                t.trained().text(),
                count(t.trained().multiplications()),
                FactorizationStudy.micros(t.training())));
      }
    }
    return new Grid(
        "Direct and fast algorithm: multiplications per output and pair of channels, and time per"
            + " image",
        List.of(
            "layer",
            "form",
            "algorithm",
            "inference ran",
            "multiplications",
            "time",
            "training ran",
            "multiplications",
            "time"),
        rows);
  }

  private static Grid together(List<Layer> layers) {
    return new Grid(
        "Factorization and fast algorithm together, relative to the whole window computed directly",
        List.of(
            "layer",
            "the savings",
            "time, factorized / whole, direct",
            "with auto",
            "multiplications, factorized",
            "auto",
            "both",
            "time in inference, factorized",
            "auto",
            "both",
            "product",
            "time in training, factorized",
            "auto",
            "both",
            "product"),
        layers.stream().map(FastConvolutions::together).toList());
  }

  private static List<String> together(Layer l) {
    Fractions cost = l.fractions(t -> t.inferred().multiplications());
    Fractions inference = l.fractions(Stopwatch.Times::inference);
    Fractions training = l.fractions(Stopwatch.Times::training);
    return List.of(
        FactorizationStudy.label(l.shape()),
        l.winograd() ? l.effect().verb : "ran direct",
        ratio(l.direct().part(Stopwatch.Times::inference)),
        ratio(l.auto().part(Stopwatch.Times::inference)),
        ratio(cost.factorized()),
        ratio(cost.auto()),
        ratio(cost.both()),
        ratio(inference.factorized()),
        ratio(inference.auto()),
        ratio(inference.both()),
        ratio(inference.product()),
        ratio(training.factorized()),
        ratio(training.auto()),
        ratio(training.both()),
        ratio(training.product()));
  }

  private static String ratio(double value) {
    return FactorizationStudy.ratio(value);
  }

  /** Returns a count of multiplications with at most two decimals, for example {@code 4.5}. */
  static String count(double multiplications) {
    return Decimals.format("%.2f", multiplications).replaceFirst("\\.?0+$", "");
  }
}
