package dev.fovea.app.command;

import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.option.DecodeOption;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.InferenceOptions;
import dev.fovea.app.option.NormFlags;
import dev.fovea.app.option.RankFlags;
import dev.fovea.app.option.RecipeByData;
import dev.fovea.app.option.RecipeFlags;
import dev.fovea.app.option.RunFlags;
import dev.fovea.app.option.TransferFlags;
import dev.fovea.app.option.TrialFlags;
import dev.fovea.app.option.UpdateFlags;
import dev.fovea.app.run.DryRunText;
import dev.fovea.app.run.Listeners;
import dev.fovea.app.run.RankConsole;
import dev.fovea.app.run.RunClock;
import dev.fovea.app.run.RunConsole;
import dev.fovea.app.run.RunJson;
import dev.fovea.app.run.RunReporter;
import dev.fovea.collective.Collective;
import dev.fovea.collective.CollectiveException;
import dev.fovea.data.image.DataException;
import dev.fovea.data.inspect.ContactSheet;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.EpochRow;
import dev.fovea.train.Recipes;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunFolder;
import dev.fovea.train.TrainListener;
import dev.fovea.train.TrainResult;
import dev.fovea.train.TrainResult.Outcome;
import dev.fovea.train.Trainer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fovea train}: trains by a recipe and flags into a run folder. */
@Command(
    name = "train",
    header = "Trains a network on images.",
    description = {
      "",
      "Without options, trains resnet20 on generated images for about two minutes. With --data"
          + " alone, chooses the network and recipe by the number and size of the images. A recipe"
          + " sets everything; options override it. Ctrl-C finishes the current step, saves the"
          + " state and prints how to resume; a second Ctrl-C stops at once."
    },
    customSynopsis = "fovea train [--data PATH|NAME] [--model NAME] [--recipe NAME|FILE] [OPTIONS]",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class TrainCommand implements Callable<Integer> {
  private static final int SHEET_ROWS = 5;
  private static final int SHEET_COLUMNS = 8;

  private final Terminal terminal;

  /** Whether this process was asked to stop, rather than another rank. */
  private volatile boolean asked;

  @Mixin private RecipeFlags recipes = new RecipeFlags();

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Data")
  private RunFlags.Data data = new RunFlags.Data();

  @Mixin(name = "Network")
  private RunFlags.Network network = new RunFlags.Network();

  @Mixin(name = "Learning")
  private RunFlags.Learning learning = new RunFlags.Learning();

  @Mixin(name = "Update")
  private UpdateFlags update = new UpdateFlags();

  @Mixin(name = "Batch norm")
  private NormFlags norms = new NormFlags();

  @Mixin(name = "Fine-tuning")
  private TransferFlags transfer = new TransferFlags();

  @Mixin(name = "Engine")
  private RunFlags.Engine engine = new RunFlags.Engine();

  @Mixin(name = "Several machines")
  private RankFlags ranks = new RankFlags();

  @Mixin(name = "Run")
  private RunFlags.Output output = new RunFlags.Output();

  @Mixin(name = "Trials")
  private TrialFlags trial = new TrialFlags();

  public TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    ranks.check(trial, learning);
    RunConfig config = config();
    if (ranks.spark().isPresent()) {
      return new SparkSubmit(terminal, ranks.spark().get(), ranks.sparkArguments()).train(config);
    }
    Backend backend = new OneDnnBackend();
    if (trial.dryRun) {
      return new DryRunText(terminal, common).of(config, backend);
    }
    RunClock clock = new RunClock();
    RunConsole console = new RunConsole(terminal, clock, common);
    AtomicReference<@Nullable Trainer> running = new AtomicReference<>();
    Listeners listeners = new Listeners();
    listeners.add(clock);
    listeners.add(shown(clock, console, running));
    try (Interrupts interrupts = new Interrupts(() -> stop(running, console, "stopping"));
        Collective collective = ranks.join(terminal)) {
      RunConfig chosen = withPrecision(config, backend, console, collective);
      try (Trainer trainer = Trainer.open(chosen, backend, Additions.NONE, collective, listeners)) {
        running.set(trainer);
        return ranks.leads()
            ? lead(trainer, clock, console, listeners)
            : exitCode(trainer.run().outcome());
      }
    }
  }

  private TrainListener shown(
      RunClock clock, RunConsole console, AtomicReference<@Nullable Trainer> running) {
    if (!ranks.leads()) {
      return new RankConsole(terminal, ranks.rank());
    }
    return common.json
        ? new RunJson(
            terminal, clock, () -> stop(running, console, "the reader of the output is gone"))
        : console;
  }

  private int lead(Trainer trainer, RunClock clock, RunConsole console, Listeners listeners) {
    RecipeByData.say(trainer.trainingData(), trainer.config(), console::say);
    RunReporter reporter =
        new RunReporter(clock, () -> sheet(trainer), w -> console.say("warning: " + w));
    listeners.add(reporter);
    TrainResult result = run(trainer, reporter, console);
    return report(result, TrialFlags.verdict(trainer.config(), result), console);
  }

  private TrainResult run(Trainer trainer, RunReporter reporter, RunConsole console) {
    try {
      return trainer.run();
    } catch (RuntimeException | Error e) {
      console.erase();
      reporter.failed(ErrorLine.of(e, common.flags()));
      if (e instanceof CollectiveException) {
        console.say(
            "the run is saved up to a step that all ranks had done; once they can start again,"
                + " continue with: fovea train --resume --run "
                + trainer.folder().path()
                + " --hosts ..., on as many ranks as divide the batch");
      }
      throw e;
    }
  }

  /** The recipe, or the configuration of the resumed run, changed by the flags. */
  private RunConfig config() {
    List<RunFlags.Change> subject = new ArrayList<>(data.changes());
    subject.addAll(network.changes());
    List<RunFlags.Change> choice = new ArrayList<>(subject);
    choice.addAll(only("network.init", transfer.changes()));
    // What --set may name depends on the optimizer and schedule that flags choose.
    choice.addAll(learning.changes());
    choice.addAll(update.changes());
    RunConfig config =
        output.resume ? resumed() : RecipeByData.base(recipes, choice, terminal::note);
    List<RunFlags.Change> changes = new ArrayList<>(trial.changes(config));
    changes.addAll(subject);
    changes.addAll(learning.changes());
    changes.addAll(update.changes());
    changes.addAll(norms.changes());
    changes.addAll(transfer.changes());
    changes.addAll(engine.changes());
    changes.addAll(output.changes());
    RunConfig changed = norms.applyTo(recipes.apply(config, changes, terminal::note));
    return ranks.applyTo(changed, note -> terminal.note("note: " + translated(note)));
  }

  private String translated(String note) {
    return SettingsAsFlags.translate(note, common.flags());
  }

  private static List<RunFlags.Change> only(String key, List<RunFlags.Change> changes) {
    return changes.stream().filter(c -> c.key().equals(key)).toList();
  }

  private RunConfig resumed() {
    if (recipes.recipe != null) {
      throw new UsageException(
          "--recipe cannot be combined with --resume: a resumed run keeps its own settings");
    }
    if (!ranks.leads()) {
      // Rank 0 has the folder of the run, and gives its settings to all others.
      RunConfig none = RunConfig.recipe(Recipes.STANDARD).with("data.source", "");
      return none.with(none.output().into("", true));
    }
    if (output.run != null) {
      return RunConfig.ofRun(new RunFolder(Path.of(output.run)));
    }
    return RunConfig.ofRun(
        RunFolder.latest()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "there is no run to resume in "
                            + RunFolder.ROOT
                            + "; name its folder with --run")));
  }

  /**
   * Replaces the precision auto by what is faster on rank 0, and prints the choice with its reason.
   */
  private RunConfig withPrecision(
      RunConfig config, Backend backend, RunConsole console, Collective collective) {
    Optional<Precision> set = config.engine().precision();
    Optional<PrecisionChoice> measured =
        set.isEmpty() && ranks.leads()
            ? Optional.of(fastest(config, backend, collective))
            : Optional.empty();
    if (ranks.leads()) {
      console.say(
          backend.name()
              + ", "
              + measured
                  .map(InferenceOptions::explanation)
                  .orElse("precision " + config.engine().precisionLabel())
              + InferenceOptions.explanation(config.engine().convolution())
              + ", "
              + DecodeOption.ofTraining(config.data().decode()));
    }
    // A resumed run's is in its configuration, which only rank 0 has.
    String own =
        measured.map(PrecisionChoice::precision).or(() -> set).map(Precision::label).orElse("");
    byte[] first = collective.gather(own.getBytes(StandardCharsets.UTF_8)).get(0);
    Precision chosen = Precision.parse(new String(first, StandardCharsets.UTF_8));
    return config.with(config.engine().with(set.orElse(chosen)));
  }

  private PrecisionChoice fastest(RunConfig config, Backend backend, Collective collective) {
    try {
      return backend.fastestPrecision(config.engine().convolution());
    } catch (RuntimeException | Error e) {
      // The trainer, which tells the others, is not open yet.
      collective.fail("cannot measure its precisions: " + ErrorLine.of(e, common.flags()));
      throw e;
    }
  }

  private void stop(AtomicReference<@Nullable Trainer> running, RunConsole console, String why) {
    Trainer trainer = running.get();
    if (trainer == null) {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
      return;
    }
    asked = true;
    console.say(
        (ranks.leads() ? "" : "rank " + ranks.rank() + ": ")
            + why
            + (ranks.areSeveral()
                ? ": all ranks finish this step, and rank 0 saves"
                : ": finishing this step and saving")
            + "; Ctrl-C again stops at once");
    trainer.interrupt();
  }

  static byte[] sheet(Trainer trainer) {
    try {
      return ContactSheet.augmented(
          trainer.trainingData(),
          trainer.variation().augments(),
          trainer.variation().mixing(),
          trainer.preprocessing(),
          SHEET_ROWS,
          SHEET_COLUMNS,
          trainer.config().engine().seed());
    } catch (DataException e) {
      // No readable image: the run itself reports that.
      return new byte[0];
    }
  }

  private String why(Outcome outcome) {
    return switch (outcome) {
      case TIME_UP -> "time is up";
      case NO_PROGRESS -> "no better validation top-1 within --patience: stopped";
      case FINISHED -> "stopped";
      case INTERRUPTED -> asked ? "stopped" : "stopped on another rank";
    };
  }

  private int report(TrainResult result, String verdict, RunConsole console) {
    console.erase();
    Path folder = result.folder().path();
    if (!common.json && result.bestEpoch() > 0) {
      EpochRow best = result.best().orElseThrow();
      EpochRow last = result.history().get(result.history().size() - 1);
      terminal.result(
          "validation top-1 "
              + Human.percent(best.evaluated().top1())
              + " after epoch "
              + best.epoch()
              + ", "
              + Human.time(Duration.ofMillis((long) (1000 * last.seconds())))
              + " in total");
      if (!verdict.isEmpty()) {
        terminal.result(verdict);
      }
      terminal.result("model   " + result.model());
      terminal.result("report  " + RunReporter.file(folder));
    }
    if (result.resumable()) {
      terminal.note(
          why(result.outcome())
              + " after step "
              + Human.count(result.step())
              + " of "
              + Human.count(result.totalSteps())
              + ", the state is saved; continue with: fovea train --resume --run "
              + folder
              + (ranks.areSeveral() ? " --hosts ..." : ""));
    }
    return exitCode(result.outcome());
  }

  private static int exitCode(Outcome outcome) {
    return outcome == Outcome.INTERRUPTED ? ExitCode.INTERRUPTED : ExitCode.DONE;
  }
}
