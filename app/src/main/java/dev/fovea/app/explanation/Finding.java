package dev.fovea.app.explanation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.eval.Prediction.Guess;
import dev.fovea.explanation.Box;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationCheck;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.LocalizedImage;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one method found in one image.
 *
 * @param name of the image
 * @param explanation of the method
 * @param check of the explanation; empty unless it was asked for
 * @param located the box from its map beside given ones; empty unless boxes were given
 */
public record Finding(
    String name,
    Explanation explanation,
    Optional<ExplanationCheck> check,
    Optional<LocalizedImage> located) {

  private Guess guess(int index) {
    return explanation.prediction().guesses().stream()
        .filter(g -> g.index() == index)
        .findFirst()
        .orElseThrow();
  }

  /** The class that red speaks for. */
  Guess target() {
    return guess(explanation.classIndex());
  }

  /** The class that red speaks against, if two are compared. */
  Optional<Guess> versus() {
    return explanation.target() instanceof ExplanationTarget.Difference d
        ? Optional.of(guess(d.versus()))
        : Optional.empty();
  }

  /** What to know of the map and of the boxes, in sentences. */
  String remark() {
    return (explanation.remark() + " " + located.map(LocalizedImage::remark).orElse("")).strip();
  }

  /** How the map's box overlaps given ones, if there are any. */
  Optional<String> overlap() {
    return located.map(l -> l.box().isEmpty() ? "no box" : Decimals.format("IoU %.3f", l.iou()));
  }

  /** The question that the map answers. */
  String question() {
    String asked = named(target());
    if (versus().isPresent()) {
      return "Why "
          + asked
          + " rather than "
          + named(versus().get())
          + "? The score is the difference of their logits, "
          + Decimals.significant(explanation.score())
          + ".";
    }
    boolean best = target().equals(explanation.prediction().best());
    return (best ? "Why " + asked + "?" : "What speaks for " + asked + "?")
        + " The score is its logit, "
        + Decimals.significant(explanation.score())
        + ".";
  }

  private static String named(Guess guess) {
    return guess.name() + " (" + Human.percent(guess.probability()) + ")";
  }

  /**
   * One line for people, and further ones, indented, for its check and what to know of it.
   *
   * @param said what was said of other images; a remark that does not come from this one's figures
   *     is not repeated
   */
  List<String> lines(Set<String> said) {
    StringBuilder s = new StringBuilder();
    s.append(name + ": " + explanation.method().label() + ", " + named(target()));
    versus().ifPresent(v -> s.append(" rather than " + named(v)));
    s.append(", score " + Decimals.significant(explanation.score()));
    s.append(
        ", values "
            + Decimals.significant(explanation.map().min())
            + " to "
            + Decimals.significant(explanation.map().max()));
    if (!explanation.layer().isEmpty()) {
      s.append(", layer " + explanation.layer());
    }
    explanation
        .completenessError()
        .ifPresent(e -> s.append(", completeness error " + Decimals.significant(e)));
    overlap().ifPresent(o -> s.append(", " + o));
    List<String> lines = new ArrayList<>();
    lines.add(Human.visible(s.toString()));
    check.ifPresent(c -> lines.add("  " + CheckFigures.of(c).text()));
    boolean own =
        explanation.map().max() <= 0 || explanation.map().min() == explanation.map().max();
    boolean first = said.add(remark());
    if (!remark().isEmpty() && (own || first)) {
      lines.add("  " + Human.visible(remark()));
    }
    return lines;
  }

  /** All figures as one JSON object. */
  Json json(int top) {
    Json json =
        new Json()
            .put("file", name)
            .put("method", explanation.method().label())
            .put("settings", MethodText.settings(explanation.method()))
            .put("class", target().name())
            .put("index", target().index())
            .put("probability", target().probability());
    versus().ifPresent(v -> json.put("versus", guess(v)));
    json.put("score", explanation.score())
        .put("height", explanation.map().height())
        .put("width", explanation.map().width())
        .put("min", explanation.map().min())
        .put("max", explanation.map().max())
        .put("all_negative", explanation.map().isAllNegative());
    if (!explanation.layer().isEmpty()) {
      json.put("layer", explanation.layer());
    }
    explanation.completenessError().ifPresent(e -> json.put("completeness_error", e));
    json.put("remark", remark());
    located.ifPresent(
        l -> {
          l.box().ifPresent(b -> json.put("box", edges(b)));
          json.put("boxes", l.drawn().stream().map(d -> edges(d.box())).toList());
          json.put("iou", l.iou());
        });
    check.ifPresent(c -> CheckFigures.of(c).put(json));
    return json.put(
        "predictions", explanation.prediction().top(top).stream().map(Finding::guess).toList());
  }

  private static List<Double> edges(Box b) {
    return List.of(b.left(), b.top(), b.right(), b.bottom());
  }

  private static Json guess(Guess g) {
    return new Json()
        .put("class", g.name())
        .put("index", g.index())
        .put("probability", g.probability());
  }
}
