package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.evaluation.EvalFiles;
import dev.fovea.app.evaluation.EvalProgress;
import dev.fovea.app.evaluation.EvalText;
import dev.fovea.app.evaluation.ResultsFile;
import dev.fovea.app.option.DataName;
import dev.fovea.app.option.DecodeOfModel;
import dev.fovea.app.option.DecodeOption;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ImageLimit;
import dev.fovea.app.option.InferenceOptions;
import dev.fovea.app.option.LabelsOption;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.NamedNetwork;
import dev.fovea.app.option.Positive;
import dev.fovea.app.run.ConvolutionTable;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Ensemble;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Judgements;
import dev.fovea.eval.Protocol;
import dev.fovea.eval.Protocols;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.train.DataSettings;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea eval}: measures the accuracy of a model or an ensemble. */
@Command(
    name = "eval",
    header = "Measures a model's accuracy on labeled images.",
    description = {
      "",
      "The model file carries its network, classes, preprocessing and the data it was trained on,"
          + " so nothing else is needed. Several models are evaluated as an ensemble: their"
          + " probabilities are averaged over all models and views."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class EvalCommand implements Callable<Integer> {
  /** Time to finish the current batch before a hanging read ends the process. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Terminal terminal;

  @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Model files or run folders.")
  private List<String> models = List.of();

  @Option(
      names = "--data",
      paramLabel = "PATH|NAME",
      description = "The images (default: the data that the model was trained on).")
  private @Nullable String data;

  @Option(names = "--labels", paramLabel = "FILE", description = LabelsOption.DESCRIPTION)
  private @Nullable Path labels;

  @Option(names = "--label-column", paramLabel = "NAME", description = LabelsOption.COLUMN)
  private @Nullable String labelColumn;

  @Option(names = "--classes", paramLabel = "FILE", description = LabelsOption.CLASSES)
  private @Nullable Path classes;

  @Option(
      names = "--split",
      paramLabel = "train|val|test|all",
      description = "Which split of the data (default: ${DEFAULT-VALUE}).")
  private Split split = Split.VAL;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Views of images per step (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Option(
      names = "--crops",
      paramLabel = "1|flip|flip+shift|10|144|dense|dense-flip",
      description =
          "Views of each image, whose probabilities are averaged: one; also its mirror image; both"
              + " moved by a pixel, too; corners and center; GoogLeNet's 144; the whole central"
              + " square at five scales"
              + " (default: ${DEFAULT-VALUE}).")
  private String crops = Protocols.SINGLE.label();

  @Option(names = "--per-class", description = "Also prints the figures of every class.")
  private boolean perClass;

  @Option(
      names = "--report",
      paramLabel = "FILE|DIR",
      description =
          "Writes a page with all figures and the worst mistakes, and CSV tables of classes,"
              + " confusions and predictions beside it.")
  private @Nullable String report;

  @Option(
      names = "--results-file",
      paramLabel = "CSV",
      description = "Appends a row to a table with timm's columns; creates the table if necessary.")
  private @Nullable Path resultsFile;

  @Mixin private DecodeOfModel decode = new DecodeOfModel();

  @Mixin private ImageLimit limit = new ImageLimit();

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Engine")
  private InferenceOptions engine = new InferenceOptions();

  private int interrupted = ExitCode.INTERRUPTED;

  public EvalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Positive.check("--batch", batch);
    Protocol protocol = protocol();
    if (report != null) {
      EvalFiles.prepare(EvalFiles.page(report));
    }
    if (resultsFile != null) {
      ResultsFile.check(resultsFile);
    }
    List<Path> files = models.stream().map(ModelPath::of).toList();
    ModelCard card;
    try (ModelFile first = ModelFile.open(files.get(0))) {
      card = first.card();
    }
    RunConfig run = config(card);
    try (Dataset set = open(run, card)) {
      return evaluate(files, run, set, protocol);
    }
  }

  private RunConfig config(ModelCard card) {
    RunConfig run = RunData.evaluating(card, source(card));
    DataSettings d = run.data();
    if (labels != null) {
      d = d.withLabels(LabelsOption.absolute(labels).toString());
    }
    if (labelColumn != null) {
      d = d.withLabelColumn(labelColumn);
    }
    if (classes != null) {
      d = d.withClasses(LabelsOption.absolute(classes).toString());
    }
    Integer megapixels = limit.megapixels();
    if (megapixels != null) {
      d = d.withMaxMegapixels(megapixels);
    }
    return run.with(d).with(run.engine().withThreads(engine.threads()));
  }

  private int evaluate(List<Path> files, RunConfig run, Dataset set, Protocol protocol)
      throws IOException {
    engine.checkApplies(files, NamedNetwork::isQuantized).ifPresent(terminal::note);
    Backend backend = engine.backend();
    // A batch larger than the number of views would only waste memory.
    int images = (int) Math.min(batch, Math.max(1L, (long) set.size() * protocol.views()));
    List<CompiledModel> classifiers = new ArrayList<>();
    try {
      for (Path file : files) {
        classifiers.add(
            CompiledModel.open(
                file,
                decode.given(),
                backend,
                m -> engine.options(images, backend, m.isQuantized())));
        checkClasses(classifiers.get(0), classifiers.get(classifiers.size() - 1), file);
      }
      try (Ensemble ensemble = Ensemble.of(classifiers, protocol)) {
        terminal.note(
            "evaluating "
                + (files.size() == 1
                    ? Graph.title(classifiers.get(0).card().network())
                    : files.size() + " models as an ensemble")
                + " on "
                + Human.count(set.size(), "image")
                + " of "
                + set.description()
                + ", "
                + protocol.description()
                + ", "
                + formats(backend, classifiers)
                + ", "
                + decoding(classifiers));
        if (common.verbose) {
          convolutions(files, classifiers);
        }
        EvalProgress progress = new EvalProgress(terminal, set.size());
        Optional<Evaluation> result = measure(ensemble, run, set, progress);
        if (result.isEmpty()) {
          return interrupted;
        }
        EvalText text =
            new EvalText(models, protocol, split.name(), result.get(), progress.seconds());
        write(named(files, classifiers), set, backend, text, progress.judgements());
        show(text);
        return ExitCode.DONE;
      }
    } finally {
      classifiers.forEach(CompiledModel::close);
    }
  }

  private String formats(Backend backend, List<CompiledModel> classifiers) {
    return classifiers.stream()
        .map(c -> engine.explanation(backend, c.isQuantized()))
        .distinct()
        .collect(Collectors.joining(" and "));
  }

  private static String decoding(List<CompiledModel> classifiers) {
    return classifiers.stream()
        .map(c -> DecodeOption.ofEvaluation(c.card().preprocessing().decoding()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private void convolutions(List<Path> files, List<CompiledModel> classifiers) {
    for (int i = 0; i < files.size(); i++) {
      if (files.size() > 1) {
        terminal.note(files.get(i).toString());
      }
      ConvolutionTable.lines(classifiers.get(i).program().report()).forEach(terminal::note);
    }
  }

  private Protocol protocol() {
    return Protocols.named(crops)
        .orElseThrow(
            () ->
                new UsageException(
                    "--crops is '"
                        + crops
                        + "'; it must be one of "
                        + String.join(
                            ", ", Protocols.all().stream().map(Protocol::label).toList())));
  }

  private static void checkClasses(CompiledModel first, CompiledModel other, Path file) {
    if (!first.card().classes().equals(other.card().classes())) {
      throw new CommandException(
          "the models have different classes; an ensemble needs the same classes in the same order:"
              + " "
              + file
              + ": "
              + difference(other.card().classes(), first.card().classes()));
    }
  }

  private Optional<Evaluation> measure(
      Ensemble ensemble, RunConfig run, Dataset set, EvalProgress progress) {
    LoaderOptions options =
        LoaderOptions.STANDARD
            .withThreads(engine.threads(), LoaderOptions.STANDARD.prefetch())
            .withBad(run.data().badFraction(), this::leftOut);
    AtomicBoolean stop = new AtomicBoolean();
    Optional<Evaluation> result;
    try (Interrupts signals = new Interrupts(() -> stop.set(true), GRACE)) {
      result = ensemble.evaluate(set, options, progress, stop::get);
      interrupted = signals.exitCode();
    } finally {
      progress.erase();
    }
    if (result.isEmpty()) {
      terminal.note(
          "stopped after "
              + Human.count(progress.count())
              + " of "
              + Human.count(set.size(), "image")
              + ", without a result");
    }
    return result;
  }

  private static List<EvalFiles.Named> named(List<Path> files, List<CompiledModel> classifiers) {
    List<EvalFiles.Named> named = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      named.add(new EvalFiles.Named(files.get(i).toString(), classifiers.get(i)));
    }
    return named;
  }

  private void write(
      List<EvalFiles.Named> named,
      Dataset set,
      Backend backend,
      EvalText text,
      Judgements judgements)
      throws IOException {
    boolean quantized = named.stream().allMatch(n -> n.model().isQuantized());
    EvalFiles output =
        new EvalFiles(named, set, engine.options(batch, backend, quantized), text, judgements);
    if (report != null) {
      Path page = EvalFiles.page(report);
      output.write(page);
      terminal.note("report  " + page);
    }
    if (resultsFile != null) {
      ResultsFile.append(resultsFile, output.row());
    }
  }

  private void show(EvalText text) {
    if (common.json) {
      terminal.result(text.json());
    } else {
      terminal.resultText(text.summary());
      terminal.resultText(perClass ? "\n" + text.classes() : "");
    }
  }

  private void leftOut(BadImage bad) {
    terminal.note("warning: skipped " + Human.visible(bad.name()) + ": " + bad.reason());
  }

  private String source(ModelCard card) {
    if (data != null) {
      return DataName.check(data);
    }
    if (labels != null) {
      return DataName.check(LabelsOption.folder(labels));
    }
    String source = card.data().source();
    if (source.isEmpty()) {
      throw new UsageException(
          "the model file does not record its training data; name the images with --data");
    }
    if (!Datasets.isThere(source)) {
      throw new CommandException(
          "the model was trained on "
              + source
              + ", which does not exist here; name the images with --data");
    }
    return "";
  }

  private Dataset open(RunConfig run, ModelCard card) {
    Dataset set = RunData.open(run, split);
    try {
      Dataset matched = Datasets.withClasses(set, card.classes());
      matched.notes().forEach(n -> terminal.note("note: " + Human.visible(n)));
      if (!matched.ignored().isEmpty()) {
        terminal.note("note: " + IgnoredFile.summary(matched.ignored()));
      }
      return matched;
    } catch (DataException e) {
      set.close();
      throw new CommandException("the classes differ from the model's: " + e.getMessage());
    }
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
}
