package dev.fovea.app.evaluation;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Version;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.report.EvalPage;
import dev.fovea.app.report.EvalReport;
import dev.fovea.app.report.EvalReport.Card;
import dev.fovea.app.report.EvalReport.Shown;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Resize;
import dev.fovea.data.inspect.ContactSheet;
import dev.fovea.data.source.Dataset;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Interval;
import dev.fovea.eval.Judgement;
import dev.fovea.eval.Judgements;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.program.CompileOptions;
import dev.fovea.tensor.Decimals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes the files of an evaluation: the HTML page and beside it {@code confusion.csv}, {@code
 * per-class.csv} and {@code predictions.csv}; also builds a row for a results table.
 *
 * @param models in the order of the command line
 * @param set the evaluated data
 * @param options how the programs are compiled
 * @param text the figures as text; their seconds are NaN if the answers were there already
 * @param judgements one per image
 */
public record EvalFiles(
    List<Named> models, Dataset set, CompileOptions options, EvalText text, Judgements judgements) {
  /** A model and the name of its file. */
  public record Named(String name, CompiledModel model) {
    String network() {
      return Graph.title(model.card().network());
    }

    Cost cost() {
      return Cost.of(model.graph().withoutAuxiliary());
    }
  }

  /** Number of mistakes shown with their images; half as many correct answers. */
  private static final int SHOWN = 24;

  /** Longer side in pixels of an image on the page. */
  private static final int THUMBNAIL = 128;

  /** The page's file: the path itself if it ends in .html, else report.html in that folder. */
  public static Path page(String path) {
    Path given = Path.of(path);
    String name = path.toLowerCase(Locale.ROOT);
    return name.endsWith(".html") || name.endsWith(".htm") ? given : given.resolve("report.html");
  }

  /** Creates the folder of the page, so that a wrong path fails before a long evaluation. */
  public static Path prepare(Path page) throws IOException {
    Path folder = page.toAbsolutePath().normalize().getParent();
    if (folder == null || Files.isDirectory(page)) {
      throw new CommandException(page + ": is a folder; name a folder or an .html file");
    }
    return Files.createDirectories(folder);
  }

  /** Writes the page and the tables beside it. */
  public void write(Path page) throws IOException {
    write(page, List.of());
  }

  /**
   * Writes the same.
   *
   * @param more figures for the top of the page
   */
  public void write(Path page, List<Setting> more) throws IOException {
    Path folder = prepare(page);
    WholeFile.write(folder.resolve("confusion.csv"), confusion());
    WholeFile.write(folder.resolve("per-class.csv"), classes());
    WholeFile.write(folder.resolve("predictions.csv"), predictions());
    WholeFile.write(page, EvalPage.html(report(more)));
  }

  private String confusion() {
    StringBuilder s = new StringBuilder("class");
    List<String> names = text.result().classes();
    names.forEach(n -> s.append(',').append(ResultsFile.quoted(n)));
    for (int t = 0; t < names.size(); t++) {
      s.append('\n').append(ResultsFile.quoted(names.get(t)));
      text.result().confusion().get(t).forEach(n -> s.append(',').append(n));
    }
    return s.append('\n').toString();
  }

  private String classes() {
    StringBuilder s = new StringBuilder("class,images,precision,recall,f1\n");
    for (Evaluation.PerClass c : text.result().perClass()) {
      s.append(ResultsFile.quoted(c.name())).append(',').append(c.images());
      for (double v : new double[] {c.precision(), c.recall(), c.f1()}) {
        s.append(',').append(ResultsFile.rounded(v, 6));
      }
      s.append('\n');
    }
    return s.toString();
  }

  private String predictions() {
    List<String> names = text.result().classes();
    StringBuilder s = new StringBuilder("image,class,answer,right,confidence,class_probability\n");
    for (Judgement j : judgements.all()) {
      s.append(ResultsFile.quoted(set.name(j.item())))
          .append(',')
          .append(ResultsFile.quoted(names.get(j.label())))
          .append(',')
          .append(ResultsFile.quoted(names.get(j.answer())))
          .append(',')
          .append(j.right() ? 1 : 0)
          .append(',')
          .append(ResultsFile.rounded(j.confidence(), 6))
          .append(',')
          .append(ResultsFile.rounded(j.truth(), 6))
          .append('\n');
    }
    return s.toString();
  }

  private EvalReport report(List<Setting> more) {
    List<Card> cards = new ArrayList<>();
    models.forEach(m -> cards.add(card(m)));
    return new EvalReport(
        title() + " on " + set.description(),
        headline(more),
        text.result(),
        judgements.confidentMistakes(SHOWN).stream().map(this::shown).toList(),
        judgements.hesitantHits(SHOWN / 2).stream().map(this::shown).toList(),
        protocol(),
        cards);
  }

  private String title() {
    return String.join(" + ", models.stream().map(Named::network).toList());
  }

  private List<Setting> headline(List<Setting> more) {
    Evaluation e = text.result();
    Interval i = e.top1Interval();
    List<Setting> all =
        new ArrayList<>(
            List.of(
                new Setting("top-1", Human.percent(e.top1())),
                new Setting(
                    "95 % interval",
                    Decimals.format("%.2f to %.2f %%", 100 * i.low(), 100 * i.high())),
                new Setting("top-5", Human.percent(e.top5())),
                new Setting("loss (nats)", Human.loss(e.loss())),
                new Setting("Brier score", Human.loss(e.brier())),
                new Setting("calibration error", Human.percent(e.calibrationError())),
                new Setting(
                    "maximum calibration error", Human.percent(e.calibration().maximumError())),
                new Setting("views", text.protocol().description()),
                new Setting("images", Human.count(e.images()))));
    if (!Double.isNaN(text.seconds())) {
      all.add(new Setting("speed", Human.digits(e.images() / text.seconds()) + " images/s"));
    }
    all.addAll(more);
    return all;
  }

  private List<Setting> protocol() {
    return List.of(
        new Setting("views", text.protocol().description()),
        new Setting(
            "prediction",
            "mean of the softmax over all views" + (models.size() > 1 ? " and models" : "")),
        new Setting("data", set.description()),
        new Setting(
            "images", Human.count(text.result().images()) + " of " + Human.count(set.size())),
        new Setting("classes", Human.count(text.result().classes().size())),
        new Setting("precision", precision()),
        new Setting("convolution", options.convolution().label()),
        new Setting("interval", "95 %, Wilson score"),
        new Setting(
            "calibration",
            text.result().calibration().bins().size()
                + " bins of equal width over the probability of the predicted class"),
        new Setting("fovea", Version.number()));
  }

  private static Card card(Named m) {
    ModelCard c = m.model.card();
    List<Setting> settings = new ArrayList<>();
    settings.add(new Setting("network", Graph.title(c.network())));
    settings.add(new Setting("parameters", Human.count(m.cost().parameters())));
    settings.add(new Setting("multiply-adds", Human.amount(m.cost().multiplyAdds())));
    settings.add(new Setting("input", c.input().toString()));
    c.preprocessing()
        .toMap()
        .forEach((k, v) -> settings.add(new Setting("preprocessing." + k, String.valueOf(v))));
    c.metrics().forEach((k, v) -> settings.add(new Setting("at saving: " + k, Human.loss(v))));
    if (!c.data().source().isEmpty()) {
      settings.add(new Setting("trained on", c.data().source()));
    }
    return new Card(m.name, settings);
  }

  private Shown shown(Judgement j) {
    List<String> names = text.result().classes();
    byte[] png = new byte[0];
    boolean tiny = false;
    try {
      Image image = set.image(j.item());
      int longer = Math.max(image.width(), image.height());
      tiny = longer < THUMBNAIL;
      if (longer > THUMBNAIL) {
        image =
            Resize.to(
                image,
                Math.max(1, (int) ((long) image.width() * THUMBNAIL / longer)),
                Math.max(1, (int) ((long) image.height() * THUMBNAIL / longer)),
                Interpolation.BILINEAR);
      }
      png = ContactSheet.encode(image);
    } catch (DataException e) {
      // The image was readable a moment ago; its figures remain valid.
      tiny = false;
    }
    return new Shown(
        png,
        tiny,
        set.name(j.item()),
        names.get(j.label()),
        names.get(j.answer()),
        j.confidence(),
        j.truth());
  }

  /** The evaluation as a row of {@link ResultsFile}. */
  public Map<String, String> row() {
    Evaluation e = text.result();
    Map<String, String> row = ResultsFile.row();
    row.put("model", String.join("+", models.stream().map(Named::network).toList()));
    row.put("top1", ResultsFile.rounded(100 * e.top1(), 4));
    row.put("top1_err", ResultsFile.rounded(100 - 100 * e.top1(), 4));
    row.put("top5", ResultsFile.rounded(100 * e.top5(), 4));
    row.put("top5_err", ResultsFile.rounded(100 - 100 * e.top5(), 4));
    row.put(
        "param_count",
        ResultsFile.rounded(models.stream().mapToLong(m -> m.cost().parameters()).sum() / 1e6, 2));
    row.put("img_size", each(c -> String.valueOf(c.preprocessing().width())));
    row.put(
        "crop_pct",
        each(
            c ->
                ResultsFile.rounded(
                    (double) c.preprocessing().height() / c.preprocessing().resizeShorter(), 3)));
    row.put(
        "interpolation",
        each(c -> c.preprocessing().interpolation().name().toLowerCase(Locale.ROOT)));
    row.put("crops", text.protocol().label());
    row.put("images", String.valueOf(e.images()));
    row.put("loss", ResultsFile.rounded(e.loss(), 6));
    row.put("calibration_error", ResultsFile.rounded(e.calibrationError(), 6));
    row.put("precision", precision());
    row.put("split", text.split().toLowerCase(Locale.ROOT));
    row.put("data", set.description());
    return row;
  }

  /** The number formats of the models: that of the options, or 8-bit integers. */
  private String precision() {
    return models.stream()
        .map(m -> m.model.isQuantized() ? "int8" : options.precision().label())
        .distinct()
        .collect(Collectors.joining("+"));
  }

  /** The common value of the models, or all values joined by +. */
  private String each(Function<ModelCard, String> value) {
    List<String> all = models.stream().map(m -> value.apply(m.model.card())).distinct().toList();
    return String.join("+", all);
  }
}
