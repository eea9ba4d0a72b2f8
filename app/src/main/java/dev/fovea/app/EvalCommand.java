package dev.fovea.app;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.Dataset;
import dev.fovea.data.DatasetOptions;
import dev.fovea.data.Datasets;
import dev.fovea.data.Split;
import dev.fovea.eval.Classifier;
import dev.fovea.eval.Evaluation;
import dev.fovea.program.Backend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea eval}: how often a model, or several together, are right. */
@Command(
    name = "eval",
    header = "Measures how often a model is right on labelled images.",
    description = {
      "",
      "The model file brings its network, classes, preprocessing and the data it was trained on,"
          + " so",
      "that nothing else is needed. Several models are evaluated as one: their probabilities are",
      "averaged."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class EvalCommand implements Runnable {
  private final Terminal terminal;

  @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Model files or run folders.")
  private List<String> models = List.of();

  @Option(
      names = "--data",
      paramLabel = "PATH|NAME",
      description = "The images; those that the model was trained on if not given.")
  private @Nullable String data;

  @Option(
      names = "--split",
      paramLabel = "train|val|test|all",
      description = "Which part of the data (default: ${DEFAULT-VALUE}).")
  private Split split = Split.VAL;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images per step (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Option(names = "--per-class", description = "Also shows every class.")
  private boolean perClass;

  @Mixin private Common common = new Common();

  @Mixin(name = "Engine")
  private InferenceOptions engine = new InferenceOptions();

  EvalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    Positive.check("--batch", batch);
    List<Path> files = models.stream().map(ModelPath::of).toList();
    Backend backend = engine.backend();
    List<Classifier> ensemble = new ArrayList<>();
    try {
      for (Path file : files) {
        ensemble.add(Classifier.open(file, backend, engine.options(batch, backend)));
      }
      ModelCard card = ensemble.get(0).card();
      try (Dataset set = open(card)) {
        terminal.note(
            "evaluating "
                + (files.size() == 1 ? card.network() : files.size() + " models together")
                + " on "
                + Human.count(set.size())
                + " images of "
                + set.description()
                + ", "
                + engine.explanation(backend));
        long start = System.nanoTime();
        Evaluation e = Measuring.of(ensemble, set, batch, engine.threads(), terminal);
        report(e, (System.nanoTime() - start) / 1e9);
      }
    } finally {
      ensemble.forEach(Classifier::close);
    }
  }

  private Dataset open(ModelCard card) {
    String source = data == null ? card.data().source() : DataName.checked(data);
    if (source.isEmpty()) {
      throw new UsageException(
          "the model does not say what it was trained on; name images with --data");
    }
    if (data == null && !source.startsWith("shapes") && !Files.exists(Path.of(source))) {
      throw new CommandException(
          "the model was trained on "
              + source
              + ", which is not here; name the images with --data");
    }
    DatasetOptions options =
        DatasetOptions.STANDARD.withThreads(engine.threads()).withValFraction(held(card));
    Dataset set = Datasets.open(source, split, options);
    if (!set.classes().equals(card.classes())) {
      set.close();
      throw new CommandException(
          "the classes of "
              + source
              + " are not those of the model: "
              + difference(set.classes(), card.classes()));
    }
    return set;
  }

  /**
   * The part that was held back when the model was trained, so that the same images are it again.
   */
  private static double held(ModelCard card) {
    Object group = JsonTree.parse(card.config(), "the model's configuration").get("data");
    Object part = group instanceof Map<?, ?> m ? m.get("valFraction") : null;
    return part instanceof Number n ? n.doubleValue() : DatasetOptions.STANDARD.valFraction();
  }

  private static String difference(List<String> found, List<String> expected) {
    if (found.size() != expected.size()) {
      return "expected " + expected.size() + " classes, found " + found.size();
    }
    for (int i = 0; i < found.size(); i++) {
      if (!found.get(i).equals(expected.get(i))) {
        return "class " + i + " is '" + found.get(i) + "', expected '" + expected.get(i) + "'";
      }
    }
    return "their order differs";
  }

  private void report(Evaluation e, double seconds) {
    if (common.json) {
      terminal.result(json(e, seconds));
      return;
    }
    terminal.resultText(
        new Table("measure", "value")
            .row("top-1", Human.percent(e.top1()))
            .row("top-5", Human.percent(e.top5()))
            .row("loss", Human.loss(e.loss()))
            .row("calibration error", Human.percent(e.calibrationError()))
            .row("images", Human.count(e.images()))
            .row("images per second", Human.digits(e.images() / seconds)));
    if (perClass) {
      Table table = new Table("class", "images", "precision", "recall");
      e.perClass()
          .forEach(
              c ->
                  table.row(
                      Human.visible(c.name()),
                      Human.count(c.images()),
                      Human.percent(c.precision()),
                      Human.percent(c.recall())));
      terminal.resultText("\n" + table);
    }
  }

  private Json json(Evaluation e, double seconds) {
    return new Json()
        .put("models", models)
        .put("images", e.images())
        .put("top1", e.top1())
        .put("top5", e.top5())
        .put("loss", e.loss())
        .put("calibration_error", e.calibrationError())
        .put("split", split.name().toLowerCase(Locale.ROOT))
        .put("images_per_second", e.images() / seconds)
        .put(
            "per_class",
            e.perClass().stream()
                .map(
                    c ->
                        new Json()
                            .put("class", c.name())
                            .put("images", c.images())
                            .put("precision", c.precision())
                            .put("recall", c.recall()))
                .toList())
        .put("confusion", e.confusion());
  }
}
