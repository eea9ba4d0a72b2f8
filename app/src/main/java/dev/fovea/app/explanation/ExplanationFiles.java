package dev.fovea.app.explanation;

import dev.fovea.app.console.Json;
import dev.fovea.app.report.ExplainReport.Answer;
import dev.fovea.app.report.ExplainReport.Explained;
import dev.fovea.app.report.ExplainReport.Heat;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.data.image.Image;
import dev.fovea.data.inspect.ContactSheet;
import dev.fovea.eval.Prediction.Guess;
import dev.fovea.explanation.Attributions;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.HeatMap;
import dev.fovea.explanation.LocalizedImage;
import dev.fovea.explanation.Overlay;
import dev.fovea.tensor.Decimals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes what was found in an image: its files, its lines and its section of the page.
 *
 * <p>Beside {@code NAME.png}, what the network saw, there are for each method {@code
 * NAME.METHOD.png}, the overlay, {@code NAME.METHOD.npy}, the map (H, W) in the size of the
 * network's input, and, where there is one, {@code NAME.METHOD.layer.npy}, the map (h, w) in the
 * size of the layer, or {@code NAME.METHOD.channels.npy}, the values (C, H, W) whose sum it is.
 */
public final class ExplanationFiles {
  private final ExplanationFolder folder;
  private final int top;
  private final Set<String> said = new HashSet<>();

  /**
   * Writes into a folder.
   *
   * @param top how many classes to show
   */
  public ExplanationFiles(ExplanationFolder folder, int top) {
    this.folder = folder;
    this.top = top;
  }

  /**
   * What to print about an image.
   *
   * @param json one object per method
   * @param lines one or more per method
   */
  public record Printed(List<Json> json, List<String> lines) {
    /** Copies the lists. */
    public Printed {
      json = List.copyOf(json);
      lines = List.copyOf(lines);
    }
  }

  /** Writes all of an image; {@code findings} holds one per method, at least one. */
  public Printed write(List<Finding> findings) throws IOException {
    Finding first = findings.get(0);
    Explanation any = first.explanation();
    String place = folder.place(first.name());
    String seen = write(place + ".png", ContactSheet.encode(any.seen()));
    List<Json> json = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    List<Heat> maps = new ArrayList<>();
    for (Finding f : findings) {
      Json object = f.json(top).put("seen", seen);
      maps.add(heat(f, place + "." + f.explanation().method().label(), object));
      folder.addLine(object.toString());
      json.add(object);
      lines.addAll(f.lines(said));
    }
    List<CheckFigures> checks =
        findings.stream().flatMap(f -> f.check().stream()).map(CheckFigures::of).toList();
    folder.add(
        new Explained(
            first.name(),
            first.question(),
            Pictures.shown(any.seen(), true),
            answers(first),
            maps,
            CheckFigures.charts(checks),
            CheckFigures.tables(checks)));
    return new Printed(json, lines);
  }

  private String write(String name, byte[] content) throws IOException {
    return folder.write(name, content).toString();
  }

  private List<Answer> answers(Finding f) {
    List<Guess> shown = new ArrayList<>(f.explanation().prediction().top(top));
    for (Optional<Guess> asked : List.of(Optional.of(f.target()), f.versus())) {
      asked.filter(g -> !shown.contains(g)).ifPresent(shown::add);
    }
    return shown.stream()
        .map(g -> new Answer(g.name(), g.probability(), g.equals(f.target())))
        .toList();
  }

  private Heat heat(Finding f, String base, Json json) throws IOException {
    Explanation e = f.explanation();
    List<Setting> files = new ArrayList<>();
    HeatMap drawn = Overlay.map(e);
    double full = Overlay.full(drawn);
    int factor = Overlay.factor(e.seen().width(), e.seen().height());
    Image overlay = Overlay.of(e.seen(), drawn, full, factor);
    f.located().ifPresent(l -> outline(overlay, e, l));
    json.put("overlay", write(base + ".png", ContactSheet.encode(overlay)));
    json.put("map", write(base + ".npy", e.map().npy()));
    files.add(new Setting("map (.npy)", base + ".npy"));
    if (e.raw().isPresent()) {
      json.put("layer_map", write(base + ".layer.npy", e.raw().get().npy()));
      files.add(new Setting("layer's map (.npy)", base + ".layer.npy"));
    }
    Optional<Attributions> channels = e.channels();
    if (channels.isPresent()) {
      json.put("channels", write(base + ".channels.npy", channels.get().npy()));
      files.add(new Setting("channels (.npy)", base + ".channels.npy"));
    }
    String name = f.target().name();
    return new Heat(
        MethodText.title(e.method()),
        Pictures.shown(overlay, false),
        f.versus().map(v -> "for " + v.name()).orElse("against " + name),
        "for " + name,
        full,
        facts(f),
        f.remark(),
        files);
  }

  private static void outline(Image overlay, Explanation e, LocalizedImage l) {
    l.drawn().forEach(d -> Overlay.outline(overlay, e.seen(), e.area().toInput(d.box()), true));
    l.box().ifPresent(b -> Overlay.outline(overlay, e.seen(), e.area().toInput(b), false));
  }

  private static List<Setting> facts(Finding f) {
    Explanation e = f.explanation();
    List<Setting> facts = new ArrayList<>();
    facts.add(
        new Setting(
            "values",
            Decimals.significant(e.map().min()) + " to " + Decimals.significant(e.map().max())));
    if (!e.layer().isEmpty()) {
      facts.add(new Setting("layer", e.layer()));
    }
    e.raw().ifPresent(r -> facts.add(new Setting("resolution", r.height() + " x " + r.width())));
    String settings = MethodText.settings(e.method());
    if (!settings.isEmpty()) {
      facts.add(new Setting("settings", settings));
    }
    e.completenessError()
        .ifPresent(c -> facts.add(new Setting("completeness error", Decimals.significant(c))));
    f.overlap().ifPresent(o -> facts.add(new Setting("overlap", o)));
    return facts;
  }
}
