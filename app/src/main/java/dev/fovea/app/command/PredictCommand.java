package dev.fovea.app.command;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ReaderGone;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.DecodeOfModel;
import dev.fovea.app.option.DecodeOption;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ImageLimit;
import dev.fovea.app.option.InferenceOptions;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.NamedNetwork;
import dev.fovea.app.option.Positive;
import dev.fovea.app.run.ConvolutionTable;
import dev.fovea.app.run.TimePerImage;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Outcome;
import dev.fovea.eval.Prediction;
import dev.fovea.eval.Predictor;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.tensor.Decimals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea predict}: classifies images. */
@Command(
    name = "predict",
    header = "Classifies images.",
    description = {
      "",
      "Searches folders recursively for images, and .zip and uncompressed .tar archives too, and"
          + " takes WebDataset shards, a folder or a pattern of them. Prints one line per image, in"
          + " the order of the arguments and sorted by name within each (shards in their own"
          + " order): the most probable classes with their probabilities. An image that cannot be"
          + " read is reported on standard error, the others are still classified, and the exit"
          + " code is 1. Images are decoded and resized while the network processes earlier ones;"
          + " --verbose reports which of the two took the time, how long reading, decoding and"
          + " resizing an image take, and the algorithm of every convolution."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class PredictCommand implements Callable<Integer> {
  /** Time to finish the current batch before a hanging read ends the process. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Terminal terminal;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A model file or a run folder.")
  private String model = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE|DIR|ZIP|TAR",
      description = "Images, folders and archives.")
  private List<Path> paths = List.of();

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "How many classes to print (default: ${DEFAULT-VALUE}).")
  private int top = 5;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images per step (default: 8 to 128, more for smaller networks).")
  private @Nullable Integer batch;

  @Mixin private DecodeOfModel decode = new DecodeOfModel();

  @Mixin private ImageLimit limit = new ImageLimit();

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Engine")
  private InferenceOptions engine = new InferenceOptions();

  public PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Positive.check("--top", top);
    Positive.check("--batch", batch);
    Path file = ModelPath.of(model);
    engine.checkApplies(List.of(file), NamedNetwork::isQuantized).ifPresent(terminal::note);
    Backend backend = engine.backend();
    AtomicBoolean stopped = new AtomicBoolean();
    Answers answers = new Answers(stopped);
    Predictor.Effort effort;
    String how;
    int interrupted;
    try (UnlabeledImages found = UnlabeledImages.of(paths, limit.limits());
        CompiledModel classifier =
            CompiledModel.open(
                file,
                decode.given(),
                backend,
                m -> engine.options(batch(m.graph(), found), backend, m.isQuantized()));
        Interrupts signals = new Interrupts(() -> stopped.set(true), GRACE)) {
      if (!found.ignored().isEmpty()) {
        terminal.note(
            "note: "
                + IgnoredFile.summary(found.ignored())
                + "; for example "
                + Human.visible(found.ignored().get(0).toString()));
      }
      terminal.note(
          classifier.graph().title()
              + (classifier.isQuantized() ? ", " + engine.explanation(backend, true) : "")
              + ", "
              + DecodeOption.ofPrediction(classifier.card().preprocessing().decoding()));
      if (common.verbose) {
        ConvolutionTable.lines(classifier.program().report()).forEach(terminal::note);
      }
      how =
          "batch "
              + classifier.batch()
              + ", "
              + engine.explanation(backend, classifier.isQuantized());
      effort = Predictor.predict(classifier, found, engine.threads(), answers);
      answers.left = found.size() - effort.images();
      interrupted = signals.exitCode();
    }
    if (terminal.results().readerIsGone()) {
      throw new ReaderGone();
    }
    if (common.verbose) {
      account(effort, how);
    }
    if (stopped.get() && answers.left > 0) {
      terminal.note(
          "fovea predict: interrupted; "
              + Human.count(answers.left, "image")
              + (answers.left == 1 ? " was" : " were")
              + " not classified");
      return interrupted;
    }
    return answers.failures == 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  private int batch(Graph graph, UnlabeledImages images) {
    return batch == null
        ? Predictor.batch(graph, images.size())
        : Math.min(batch, Math.max(1, images.size()));
  }

  private void account(Predictor.Effort e, String how) {
    terminal.note(
        Human.count(e.images(), "image")
            + " in "
            + Human.digits(e.seconds())
            + " s, "
            + Human.digits(e.rate())
            + " per second: "
            + Human.percent(e.network() / e.seconds())
            + " of the time in the network, "
            + Human.percent(e.waiting() / e.seconds())
            + " waiting for images; "
            + how
            + ", "
            + Decimals.count(engine.threads(), "thread"));
    terminal.note(TimePerImage.text(e.loading(), e.loading().images(), e.waiting(), e.network()));
  }

  /** Prints predictions as they complete. */
  private final class Answers implements Predictor.Listener {
    private final AtomicBoolean stopped;
    private int failures;
    private int left;

    Answers(AtomicBoolean stopped) {
      this.stopped = stopped;
    }

    @Override
    public void on(Outcome outcome) {
      if (outcome instanceof Outcome.Seen seen) {
        show(seen.name(), seen.prediction().top(top));
      } else if (outcome instanceof Outcome.Unreadable bad) {
        failures++;
        fail(bad.name(), bad.reason());
      }
    }

    @Override
    public boolean stops() {
      return stopped.get() || terminal.results().readerIsGone();
    }
  }

  private void fail(String file, String reason) {
    String problem = SettingsAsFlags.translate(reason, common.flags());
    if (common.json) {
      terminal.result(new Json().put("file", file).put("error", problem));
    }
    terminal.note("fovea predict: " + terminal.red("error:") + " " + Human.visible(problem));
  }

  private void show(String file, List<Prediction.Guess> guesses) {
    if (common.json) {
      List<Json> list =
          guesses.stream()
              .map(
                  g ->
                      new Json()
                          .put("class", g.name())
                          .put("index", g.index())
                          .put("probability", g.probability()))
              .toList();
      terminal.result(new Json().put("file", file).put("predictions", list));
    } else {
      String text =
          guesses.stream()
              .map(g -> Human.visible(g.name()) + " " + Human.percent(g.probability()))
              .collect(Collectors.joining(", "));
      terminal.result(Human.visible(file) + ": " + text);
    }
  }
}
