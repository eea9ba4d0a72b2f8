package dev.fovea.app.command;

import dev.fovea.Explainer;
import dev.fovea.ExplainerOptions;
import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ReaderGone;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.console.Version;
import dev.fovea.app.evaluation.StageProgress;
import dev.fovea.app.explanation.ClassChoice;
import dev.fovea.app.explanation.ExplanationFiles;
import dev.fovea.app.explanation.ExplanationFolder;
import dev.fovea.app.explanation.ExplanationRun;
import dev.fovea.app.explanation.Finding;
import dev.fovea.app.explanation.MethodText;
import dev.fovea.app.explanation.Summary;
import dev.fovea.app.explanation.TargetChoice;
import dev.fovea.app.option.DecodeOfModel;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ImageLimit;
import dev.fovea.app.option.MethodOptions;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.Positive;
import dev.fovea.app.report.ExplainReport;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.explanation.Baseline;
import dev.fovea.explanation.BoxAnnotations;
import dev.fovea.explanation.CheckOptions;
import dev.fovea.explanation.ExplanationMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea explain}: shows which parts of an image speak for or against a class. */
@Command(
    name = "explain",
    header = "Shows which parts of an image speak for or against a class.",
    customSynopsis = "fovea explain MODEL... IMAGE|DIR|ZIP|TAR... [OPTIONS]",
    description = {
      "",
      "Explains the most probable class, or the one of --class, by heat maps over the image: red"
          + " parts raise the class's score, blue ones lower it. Writes a folder with a page,"
          + " index.html, and beside it the overlays as PNG and the signed maps as .npy files for"
          + " NumPy. Several models are explained as an ensemble: a score is the mean of theirs."
          + " Folders and archives are searched for images, as by 'fovea predict'. An image that"
          + " cannot be read is reported on standard error, the others are still explained, and the"
          + " exit code is 1."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class ExplainCommand implements Callable<Integer> {
  /** Time to finish the current batch before a hanging read ends the process. */
  private static final int TOGETHER = 16;

  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Terminal terminal;

  @Parameters(
      index = "0",
      paramLabel = "MODEL...",
      description = "Model files or run folders; several are an ensemble.")
  private String model = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE|DIR|ZIP|TAR",
      description = "Images, folders and archives.")
  private List<Path> paths = List.of();

  @Option(
      names = "--class",
      paramLabel = "NAME|INDEX",
      description = "The class to explain (default: the most probable one of each image).")
  private @Nullable String wanted;

  @Option(
      names = "--versus",
      paramLabel = "NAME|INDEX",
      description =
          "Explains why the class rather than this one: the difference of their scores. Without"
              + " --class, the most probable class besides this one.")
  private @Nullable String versus;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      description =
          "The folder to write, new or empty (default: explain-NAME, with a number if there is"
              + " one).")
  private @Nullable Path out;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "How many classes to show (default: ${DEFAULT-VALUE}).")
  private int top = 5;

  @Option(
      names = "--check",
      description =
          "Measures what the maps are worth: how the probability falls and rises when pixels are"
              + " deleted and inserted in the order of the map and of random maps, and whether the"
              + " map changes when layers get random weights.")
  private boolean check;

  @Option(
      names = "--boxes",
      paramLabel = "FILE|DIR",
      description =
          "Boxes around objects: CSV (image, left, top, right, bottom and perhaps label, in"
              + " pixels), ImageNet's table, or annotations of PASCAL VOC, a file or a folder of"
              + " them. Makes a box of each map and measures how they overlap. With labels,"
              + " explains the label's class unless --class is given.")
  private @Nullable Path boxes;

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description =
          "The layer that grad-cam and hires-cam read (default: the last one whose output is a"
              + " map).")
  private @Nullable String layer;

  @Option(
      names = "--baseline",
      paramLabel = "mean|black",
      description =
          "What stands for nothing in integrated-gradients and occlusion: the training images' mean"
              + " color or black (default: ${DEFAULT-VALUE}).")
  private String baseline = "mean";

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images, or changed copies of one, per step (default: by the network's cost).")
  private @Nullable Integer batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the engine; 0 uses all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Mixin private DecodeOfModel decode = new DecodeOfModel();

  @Mixin private ImageLimit limit = new ImageLimit();

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Method")
  private MethodOptions method = new MethodOptions();

  public ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Positive.check("--top", top);
    Positive.check("--batch", batch);
    method.check();
    Arguments named = Arguments.of(model, paths);
    BoxAnnotations given = boxes == null ? null : BoxAnnotations.read(boxes);
    List<Path> files = named.models.stream().map(ModelPath::of).toList();
    try (Explainer explainer = open(files);
        UnlabeledImages found = UnlabeledImages.of(named.images, limit.limits())) {
      TargetChoice targets =
          TargetChoice.of(
              new ClassChoice(explainer.classes()),
              Optional.ofNullable(wanted),
              Optional.ofNullable(versus),
              Optional.ofNullable(given));
      targets.check(found);
      List<ExplanationMethod> methods = method.methods(explainer::method);
      note(explainer, found);
      return explain(explainer, found, named, targets, methods);
    }
  }

  /** The models, which come first, and the images. */
  private record Arguments(List<String> models, List<Path> images) {
    static Arguments of(String first, List<Path> others) {
      List<String> models = new ArrayList<>(List.of(first));
      int at = 0;
      while (at < others.size() && isModel(others.get(at))) {
        models.add(others.get(at++).toString());
      }
      List<Path> images = others.subList(at, others.size());
      if (images.isEmpty()) {
        throw new UsageException(
            "all arguments are models; name images, folders or archives after them");
      }
      images.stream()
          .filter(Arguments::isModel)
          .findFirst()
          .ifPresent(
              p -> {
                throw new UsageException(
                    p + " is a model among the images; name all models before the images");
              });
      return new Arguments(models, images);
    }

    private static boolean isModel(Path path) {
      return Files.isDirectory(path)
          ? Files.exists(path.resolve("model.safetensors"))
          : path.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
    }
  }

  private Explainer open(List<Path> files) {
    ExplainerOptions options = options();
    try {
      return Explainer.open(files, options);
    } catch (IllegalArgumentException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
  }

  private ExplainerOptions options() {
    ExplainerOptions o = ExplainerOptions.standard();
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
    if (threads > 0) {
      o = o.threads(threads);
    }
    if (batch != null) {
      o = o.batch(batch);
    }
    if (layer != null) {
      o = o.layer(layer);
    }
    if (decode.given().isPresent()) {
      o = o.decoding(decode.given().get());
    }
    return o.baseline(
        switch (baseline.toLowerCase(Locale.ROOT)) {
          case "mean" -> Baseline.MEAN;
          case "black" -> Baseline.BLACK;
          default ->
              throw new UsageException(
                  "--baseline is '" + baseline + "'; it must be mean or black");
        });
  }

  private void note(Explainer explainer, UnlabeledImages found) {
    if (!found.ignored().isEmpty()) {
      terminal.note(
          "note: "
              + IgnoredFile.summary(found.ignored())
              + "; for example "
              + Human.visible(found.ignored().get(0).toString()));
    }
    terminal.note(explainer.network() + ", " + Human.count(found.size(), "image"));
    if (common.verbose) {
      terminal.note("layers that maps can be made of: " + String.join(", ", explainer.layers()));
    }
  }

  private int explain(
      Explainer explainer,
      UnlabeledImages found,
      Arguments named,
      TargetChoice targets,
      List<ExplanationMethod> methods)
      throws IOException {
    AtomicBoolean stopped = new AtomicBoolean();
    Answers answers = new Answers(explainer, named, methods);
    ExplanationFolder folder = ExplanationFolder.create(out, named.images.get(0), answers::report);
    answers.files = new ExplanationFiles(folder, top);
    int interrupted;
    try (Interrupts signals = new Interrupts(() -> stopped.set(true), GRACE);
        StageProgress progress = new StageProgress(terminal)) {
      answers.progress = progress;
      ExplanationRun run =
          new ExplanationRun(
              explainer,
              targets,
              methods,
              check
                  ? Optional.of(CheckOptions.standard().withSeed(method.seed()))
                  : Optional.empty(),
              () -> stopped.get() || terminal.results().readerIsGone());
      try {
        run.over(found, method.areQuick() ? together() : 1, answers);
      } finally {
        folder.finish();
      }
      interrupted = signals.exitCode();
    }
    if (common.json) {
      answers.summary.json().forEach(terminal::result);
    } else {
      answers.summary.lines().forEach(terminal::result);
    }
    if (answers.images > 0) {
      terminal.note("page    " + Human.visible(folder.index().toString()));
    }
    if (terminal.results().readerIsGone()) {
      throw new ReaderGone();
    }
    int left = found.size() - answers.complete - answers.failures;
    if (stopped.get() && left > 0) {
      terminal.note(
          "fovea explain: interrupted; "
              + Human.count(left, "image")
              + (left == 1 ? " was" : " were")
              + " not explained, or not by all methods");
      return interrupted;
    }
    return answers.failures == 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  private int together() {
    return batch == null ? TOGETHER : batch;
  }

  /** Writes and prints explanations as they complete. */
  private final class Answers implements ExplanationRun.Listener {
    private final Explainer explainer;
    private final Arguments named;
    private final List<ExplanationMethod> methods;
    private @Nullable ExplanationFiles files;
    private @Nullable StageProgress progress;
    private final Summary summary = new Summary();
    private int images;
    private int complete;
    private int failures;

    Answers(Explainer explainer, Arguments named, List<ExplanationMethod> methods) {
      this.explainer = explainer;
      this.named = named;
      this.methods = methods;
    }

    @Override
    public void explained(List<Finding> findings) throws IOException {
      erase();
      summary.add(findings);
      images++;
      complete += findings.size() == methods.size() ? 1 : 0;
      ExplanationFiles.Printed printed = java.util.Objects.requireNonNull(files).write(findings);
      if (common.json) {
        printed.json().forEach(terminal::result);
      } else {
        printed.lines().forEach(terminal::result);
      }
    }

    @Override
    public void unreadable(String name, String reason) {
      erase();
      failures++;
      String problem = SettingsAsFlags.translate(reason, common.flags());
      if (common.json) {
        terminal.result(new Json().put("file", name).put("error", problem));
      }
      terminal.note("fovea explain: " + terminal.red("error:") + " " + Human.visible(problem));
    }

    @Override
    public void progress(String stage, long done, long of) {
      if (progress != null) {
        progress.on(stage, (int) done, (int) of);
      }
    }

    private void erase() {
      if (progress != null) {
        progress.close();
      }
    }

    ExplainReport report() {
      List<Setting> headline = new ArrayList<>();
      headline.add(new Setting("network", explainer.network()));
      headline.add(new Setting("images", Human.count(images)));
      if (failures > 0) {
        headline.add(new Setting("unreadable images", Human.count(failures)));
      }
      headline.add(
          new Setting(
              "methods",
              methods.stream().map(MethodText::title).collect(Collectors.joining(", "))));
      List<Setting> settings = new ArrayList<>();
      named.models.forEach(m -> settings.add(new Setting("model", m)));
      methods.forEach(m -> settings.add(new Setting("method", MethodText.description(m))));
      settings.add(new Setting("baseline", baseline));
      settings.add(new Setting("fovea", Version.number()));
      return new ExplainReport(
          "Explanations of " + explainer.network(),
          headline,
          summary.charts(),
          summary.tables(),
          settings);
    }
  }
}
