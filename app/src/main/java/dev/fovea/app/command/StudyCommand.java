package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.console.Version;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.machine.Machine;
import dev.fovea.app.option.DataName;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.InferenceOptions;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.app.report.StudyPage;
import dev.fovea.app.run.StudyConsole;
import dev.fovea.program.Backend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.study.Criterion;
import dev.fovea.study.Experiment;
import dev.fovea.study.Finding;
import dev.fovea.study.Question;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyResult;
import dev.fovea.study.claims.Studies;
import dev.fovea.train.SaveInterval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea study}: tests a claim of a paper by experiment, with a verdict. */
@Command(
    name = "study",
    header = "Tests a claim of a paper by experiment.",
    description = {
      "",
      "Without NAME, lists the studies. A study trains the networks that the claim compares,"
          + " measures what its criteria require, and writes report.html and result.json with the"
          + " verdict. A stopped study continues when it is started again with the same --run."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class StudyCommand implements Callable<Integer> {
  private static final String DATA = "shapes";

  private final Terminal terminal;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "The study; without it, lists all.")
  private @Nullable String name;

  @Option(
      names = "--data",
      paramLabel = "PATH|NAME",
      description = "The images, for example cifar10.zip (default: the generated set shapes).")
  private String data = DATA;

  @Option(
      names = "--scale",
      paramLabel = "quick|full",
      description =
          "quick takes about a quarter of an hour on two cores, full follows the paper's schedule"
              + " (default: quick).")
  private Scale scale = Scale.QUICK;

  @Option(
      names = "--time",
      paramLabel = "T",
      description = "Time limit of a quick study, for example 30m (default: 12m).")
  private @Nullable String time;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Training runs per network; 0 leaves it to the study (default: 0).")
  private int seeds;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "The folder to write to (default: runs/study-NAME-SCALE).")
  private @Nullable String run;

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Engine")
  private InferenceOptions engine = new InferenceOptions();

  public StudyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    String wanted = name;
    if (wanted == null) {
      list();
      return ExitCode.DONE;
    }
    Study study = Studies.named(wanted).orElseThrow(() -> unknown(wanted));
    Backend backend = engine.backend();
    dev.fovea.study.Setting setting = setting(study, backend);
    StudyConsole console = new StudyConsole(terminal);
    announce(study, setting, console);
    AtomicReference<@Nullable Experiment> running = new AtomicReference<>();
    try (Interrupts interrupts = new Interrupts(() -> stop(running, console))) {
      Experiment experiment = new Experiment(study, setting, backend, console);
      running.set(experiment);
      Optional<StudyResult> result = experiment.run();
      console.erase();
      if (result.isEmpty()) {
        terminal.note(
            "stopped; finished training is kept. Continue with: fovea study "
                + study.name()
                + " --run "
                + setting.folder()
                + " and the same options");
        return ExitCode.INTERRUPTED;
      }
      report(result.get(), backend);
      return ExitCode.DONE;
    }
  }

  private void list() {
    if (common.json) {
      Studies.all()
          .forEach(
              s ->
                  terminal.result(
                      new Json()
                          .put("name", s.name())
                          .put("title", s.claim().title())
                          .put("claim", s.claim().statement())
                          .put("source", s.claim().source())));
      return;
    }
    Table table = new Table("study", "claim");
    Studies.all().forEach(s -> table.row(s.name(), s.claim().title()));
    terminal.resultText(table);
    terminal.note("run one with: fovea study NAME [--data cifar10.zip]");
  }

  private static UsageException unknown(String name) {
    List<String> names = Studies.all().stream().map(Study::name).toList();
    return new UsageException(
        "there is no study '"
            + name
            + "'."
            + Nearest.question(name, names)
            + " The studies are "
            + String.join(", ", names));
  }

  private dev.fovea.study.Setting setting(Study study, Backend backend) {
    if (seeds < 0) {
      throw new UsageException("--seeds is " + seeds + "; it must be 0 or more");
    }
    Path folder =
        Path.of(
            run == null
                ? "runs/study-" + study.name() + "-" + scale.name().toLowerCase(Locale.ROOT)
                : run);
    Optional<Experiment.Begun> begun = Experiment.begunWith(folder);
    ConvolutionAlgorithm convolution = engine.convolution(begun.map(Experiment.Begun::convolution));
    return new dev.fovea.study.Setting(
        scale,
        DataName.check(data),
        seeds,
        time == null ? dev.fovea.study.Setting.QUICK_TIME : duration(time),
        folder,
        engine.precision(backend, convolution, begun.map(Experiment.Begun::precision)),
        engine.threads(),
        convolution,
        new Machine(Path.of("/")).processor());
  }

  private static Duration duration(String text) {
    SaveInterval every = SaveInterval.parse(text);
    if (every.steps() != 0 || every.equals(SaveInterval.NEVER)) {
      throw new UsageException("--time is '" + text + "'; write a time, for example 20m");
    }
    return every.time();
  }

  private void announce(Study study, dev.fovea.study.Setting setting, StudyConsole console) {
    console.say(terminal.bold(study.claim().title()) + ": " + study.claim().statement());
    console.say("source: " + study.claim().source());
    console.say("criteria, fixed before the run:");
    for (Criterion c : study.criteria()) {
      console.say("  " + c.statement() + ": " + limit(c));
    }
    for (Question q : study.secondaryQuestions()) {
      console.say("not for the verdict: " + q.text() + " " + q.rule());
    }
    console.say("folder " + setting.folder());
  }

  private static String limit(Criterion c) {
    return (c.bound() == Criterion.Bound.AT_LEAST ? "at least " : "at most ")
        + StudyPage.amount(c.limit(), c.unit());
  }

  private void stop(AtomicReference<@Nullable Experiment> running, StudyConsole console) {
    Experiment experiment = running.get();
    if (experiment == null) {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
      return;
    }
    console.say("stopping after this step; Ctrl-C again stops at once");
    experiment.interrupt();
  }

  private void report(StudyResult result, Backend backend) {
    Path page = result.setting().folder().resolve("report.html");
    Machine machine = new Machine(Path.of("/"));
    List<Setting> facts =
        List.of(
            new Setting("processor", machine.processor()),
            new Setting("threads", Integer.toString(result.setting().threads())),
            new Setting("precision", result.setting().precision().label()),
            new Setting("convolution", result.setting().convolution().label()),
            new Setting("engine", backend.name()),
            new Setting("time", Human.time(Duration.ofMillis((long) (1000 * result.seconds())))),
            new Setting("fovea", Version.number()));
    try {
      WholeFile.write(page, StudyPage.html(result, facts));
    } catch (IOException e) {
      throw new CommandException("cannot write the report: " + ErrorLine.of(e, common.flags()));
    }
    if (common.json) {
      terminal.resultText(json(result));
      return;
    }
    Table table = new Table("criterion", "limit", "measured", "holds");
    for (Finding f : result.findings()) {
      Criterion c = f.criterion();
      table.row(c.name(), limit(c), StudyPage.measured(f), f.holds() ? "yes" : "no");
    }
    terminal.resultText(table);
    terminal.result("verdict  " + result.verdict().text());
    result.conclusion().answers().forEach(a -> terminal.result("also     " + a));
    terminal.result("report   " + page);
  }

  private String json(StudyResult result) {
    try {
      return Files.readString(result.setting().folder().resolve("result.json"));
    } catch (IOException e) {
      throw new CommandException("cannot read the result back: " + ErrorLine.of(e, common.flags()));
    }
  }
}
