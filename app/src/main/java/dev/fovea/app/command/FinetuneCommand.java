package dev.fovea.app.command;

import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.evaluation.EvalFiles;
import dev.fovea.app.evaluation.EvalText;
import dev.fovea.app.finetuning.FinetuneConsole;
import dev.fovea.app.finetuning.FinetuneJson;
import dev.fovea.app.finetuning.FinetuneText;
import dev.fovea.app.option.DataName;
import dev.fovea.app.option.FinetuneFlags;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.RunFlags;
import dev.fovea.app.run.RunClock;
import dev.fovea.app.run.RunConsole;
import dev.fovea.app.run.RunJson;
import dev.fovea.app.run.RunReporter;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Protocols;
import dev.fovea.finetune.FinetuneConfig;
import dev.fovea.finetune.FinetuneEvent;
import dev.fovea.finetune.FinetuneFolder;
import dev.fovea.finetune.FinetuneListener;
import dev.fovea.finetune.FinetuneResult;
import dev.fovea.finetune.Finetuner;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fovea finetune}: fits a trained network to images of other classes. */
@Command(
    name = "finetune",
    header = "Fits a trained network to your own images, in minutes.",
    description = {
      "",
      "Checks the images, takes network and preprocessing from FILE, and replaces the last layer by"
          + " one for the classes of the images. First only that layer is fitted, to features that"
          + " the trunk computes once: this takes seconds and is the first answer. Then the whole"
          + " network is trained at rates that fall towards the first layer, and the better of both"
          + " is kept, by a tenth of the training images that is held back. The validation images"
          + " choose nothing; without such a part, a tenth of the images becomes it. Unless they"
          + " are set, the batch is 32, fewer for fewer than 320 images, and the rate 5e-5 times"
          + " the square root of the batch / 32.",
      "",
      "Ctrl-C saves and stops; the same command, or --resume, goes on. --time and --stages may"
          + " change until the whole network is trained, other settings not. If that training"
          + " fails, the model and the report are those of the last layer."
    },
    customSynopsis = {
      "fovea finetune DATA --from FILE [OPTIONS]",
      "       fovea finetune --resume [--run DIR] [--time T] [--stages head|all]"
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class FinetuneCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      arity = "0..1",
      paramLabel = "DATA",
      description = "The images, as for --data: a folder of class folders, or an archive of them.")
  private @Nullable String images;

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Network")
  private FinetuneFlags.Source source = new FinetuneFlags.Source();

  @Mixin(name = "Data")
  private RunFlags.Data data = new RunFlags.Data();

  @Mixin(name = "Stages")
  private FinetuneFlags.Stages stages = new FinetuneFlags.Stages();

  @Mixin(name = "Engine")
  private RunFlags.Engine engine = new RunFlags.Engine();

  @Mixin(name = "Run")
  private FinetuneFlags.Folder folder = new FinetuneFlags.Folder();

  public FinetuneCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    FinetuneConfig config = folder.resume ? resumed() : begun();
    Backend backend = new OneDnnBackend();
    RunClock clock = new RunClock();
    FinetuneConsole console =
        new FinetuneConsole(terminal, common, new RunConsole(terminal, clock, common));
    AtomicReference<@Nullable Finetuner> running = new AtomicReference<>();
    FinetuneListener shown =
        common.json
            ? new FinetuneJson(
                terminal,
                new RunJson(
                    terminal,
                    clock,
                    () -> stop(running, console, "the reader of the output is gone")))
            : console;
    RunReporter reporter =
        new RunReporter(clock, () -> sheet(running), w -> console.say("warning: " + w));
    FinetuneListener all =
        event -> {
          if (event instanceof FinetuneEvent.Training e) {
            clock.on(e.event());
          }
          shown.on(event);
          if (event instanceof FinetuneEvent.Training e) {
            reporter.on(e.event());
          }
        };
    try (Interrupts signals = new Interrupts(() -> stop(running, console, "stopping"));
        Finetuner tuner = Finetuner.open(config, backend, Additions.NONE, all)) {
      running.set(tuner);
      FinetuneResult result = run(tuner, reporter, console);
      console.erase();
      report(tuner, backend, result);
      if (result.failure().isPresent()) {
        throw failed(result.failure().get(), reporter);
      }
      return result.outcome() == FinetuneResult.Outcome.INTERRUPTED
          ? ExitCode.INTERRUPTED
          : ExitCode.DONE;
    }
  }

  private FinetuneResult run(Finetuner tuner, RunReporter reporter, FinetuneConsole console) {
    try {
      return tuner.run();
    } catch (RuntimeException | Error e) {
      console.erase();
      reporter.failed(ErrorLine.of(e, common.flags()));
      throw e;
    }
  }

  // The report was of the first stage; what went wrong in the second is said at last.
  private RuntimeException failed(Throwable failure, RunReporter reporter) {
    reporter.failed(ErrorLine.of(failure, common.flags()));
    if (failure instanceof Error e) {
      throw e;
    }
    return failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }

  private List<RunFlags.Change> changes() {
    List<RunFlags.Change> changes = new ArrayList<>(data.changes());
    changes.addAll(source.changes());
    changes.addAll(stages.changes());
    changes.addAll(engine.changes());
    changes.addAll(folder.changes());
    return changes;
  }

  private FinetuneConfig begun() {
    List<RunFlags.Change> changes = changes();
    if (images != null) {
      if (changes.stream().anyMatch(c -> c.flag().equals("--data"))) {
        throw new UsageException("the images are named twice: by DATA and --data; give one");
      }
      RunFlags.add(changes, "DATA", "data.source", DataName.check(images));
    }
    if (changes.stream().noneMatch(c -> c.key().equals("data.source"))) {
      throw new UsageException(
          "the images are missing: name a folder of class folders or an archive of them");
    }
    FinetuneConfig config = FinetuneConfig.of(source.source(), "");
    RunConfig run = config.run();
    for (RunFlags.Change c : changes) {
      run = c.applyTo(run);
    }
    List<String> given = changes.stream().map(RunFlags.Change::key).toList();
    return stages.applyTo(config.with(run).withGiven(given));
  }

  private FinetuneConfig resumed() {
    List<String> fixed = new ArrayList<>();
    if (images != null) {
      fixed.add("DATA");
    }
    fixed.addAll(source.given());
    changes().stream()
        .map(RunFlags.Change::flag)
        .filter(f -> !fixed.contains(f))
        .forEach(fixed::add);
    fixed.remove("--run");
    if (!fixed.isEmpty()) {
      throw new UsageException(
          "--resume goes on with the settings that the run began with, of which only --time and"
              + " --stages can change; leave out "
              + String.join(", ", fixed));
    }
    Path path =
        folder.run != null
            ? Path.of(folder.run)
            : FinetuneFolder.latest()
                .orElseThrow(
                    () ->
                        new ConfigException(
                            "there is no fine-tuning to resume in runs; name its folder with"
                                + " --run"))
                .path();
    FinetuneConfig config = FinetuneConfig.ofRun(path);
    RunConfig run = config.run();
    return stages.applyTo(config.with(run.with(run.output().into(path.toString(), true))));
  }

  private void stop(
      AtomicReference<@Nullable Finetuner> running, FinetuneConsole console, String why) {
    Finetuner tuner = running.get();
    if (tuner == null) {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
      return;
    }
    console.say(why + ": finishing this step and saving; Ctrl-C again stops at once");
    tuner.interrupt();
  }

  private static byte[] sheet(AtomicReference<@Nullable Finetuner> running) {
    Finetuner tuner = running.get();
    return tuner == null
        ? new byte[0]
        : tuner.trainer().map(TrainCommand::sheet).orElse(new byte[0]);
  }

  private void report(Finetuner tuner, Backend backend, FinetuneResult result) throws IOException {
    FinetuneText text = new FinetuneText(result, tuner.validationData());
    Path folder = result.folder().path();
    boolean answered = result.outcome() != FinetuneResult.Outcome.INTERRUPTED;
    if (answered) {
      page(tuner, backend, result);
    }
    if (common.json) {
      terminal.result(text.json(common.flags()));
    } else if (answered) {
      terminal.resultText(text.stages());
      terminal.resultText("\n" + evalText(result).classes());
      text.matrix().ifPresent(m -> terminal.resultText("\n" + m));
      String mistakes = text.mistakes();
      terminal.resultText(mistakes.isEmpty() ? "" : "\n" + mistakes);
      terminal.result("model   " + result.model());
      terminal.result("report  " + folder.resolve("report.html"));
    }
    if (!answered) {
      terminal.note(
          "stopped, everything so far is saved; continue with: fovea finetune --resume --run "
              + folder);
    }
  }

  private static EvalText evalText(FinetuneResult result) {
    Evaluation e = result.evaluation().orElseThrow();
    return new EvalText(List.of(result.model().toString()), Protocols.SINGLE, "val", e, Double.NaN);
  }

  private static void page(Finetuner tuner, Backend backend, FinetuneResult result)
      throws IOException {
    RunConfig.Engine engine = tuner.config().run().engine();
    CompileOptions options = engine.inferring(1);
    try (CompiledModel model =
        CompiledModel.open(result.model(), Optional.empty(), backend, m -> options)) {
      new EvalFiles(
              List.of(new EvalFiles.Named(result.model().toString(), model)),
              tuner.validationData(),
              options,
              evalText(result),
              result.judgements())
          .write(
              result.folder().path().resolve("report.html"),
              new FinetuneText(result, tuner.validationData()).headline());
    }
  }
}
