package dev.fovea.app.command;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.NormFlags;
import dev.fovea.app.option.Positive;
import dev.fovea.app.option.RecipeByData;
import dev.fovea.app.option.RecipeFlags;
import dev.fovea.app.option.RunFlags;
import dev.fovea.app.option.TransferFlags;
import dev.fovea.app.option.UpdateFlags;
import dev.fovea.app.report.LrFindPage;
import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.graph.Graph;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.train.RangeTest;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fovea lr-find}: runs the learning rate range test and suggests a rate. */
@Command(
    name = "lr-find",
    header = "Suggests a learning rate.",
    description = {
      "",
      "Trains with a learning rate that grows from step to step and records the loss; stops early"
          + " once the loss is four times its minimum. Suggests the rate at which the loss falls"
          + " fastest. Ignores the learning rate and schedule of the recipe and uses all its other"
          + " settings. Writes no run folder."
    },
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class LrFindCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private RecipeFlags recipes = new RecipeFlags();

  @Option(
      names = "--from",
      paramLabel = "X",
      description = "Learning rate of the first step (default: ${DEFAULT-VALUE}).")
  private double from = 1e-6;

  @Option(
      names = "--to",
      paramLabel = "X",
      description = "Learning rate of the last step (default: ${DEFAULT-VALUE}).")
  private double to = 10;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Number of steps (default: ${DEFAULT-VALUE}).")
  private int steps = 100;

  @Option(names = "--batch", paramLabel = "N", description = "Images per step.")
  private @Nullable Integer batch;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "The page with the curve (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("lr-find.html");

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Data")
  private RunFlags.Data data = new RunFlags.Data();

  @Mixin(name = "Network")
  private RunFlags.Network network = new RunFlags.Network();

  @Mixin(name = "Update")
  private UpdateFlags update = new UpdateFlags();

  @Mixin(name = "Batch norm")
  private NormFlags norms = new NormFlags();

  @Mixin(name = "Fine-tuning")
  private TransferFlags transfer = new TransferFlags();

  @Mixin(name = "Engine")
  private RunFlags.Engine engine = new RunFlags.Engine();

  public LrFindCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    RunConfig config = config();
    RangeTest.Range range = new RangeTest.Range(from, to, steps);
    AtomicBoolean stopped = new AtomicBoolean();
    List<RangeTest.Point> seen = new ArrayList<>();
    RangeTest test;
    try (Interrupts interrupts = new Interrupts(() -> stopped.set(true))) {
      test =
          RangeTest.run(
              config,
              new OneDnnBackend(),
              range,
              p -> {
                seen.add(p);
                if (seen.size() % 10 == 0) {
                  terminal.note(
                      "step "
                          + seen.size()
                          + " of at most "
                          + steps
                          + ": rate "
                          + Human.rate(p.rate())
                          + ", smoothed loss "
                          + Human.loss(p.smoothed()));
                }
              },
              stopped::get);
    }
    if (stopped.get()) {
      return ExitCode.INTERRUPTED;
    }
    write(config, test);
    say(config, test);
    return ExitCode.DONE;
  }

  private RunConfig config() {
    Positive.check("--batch", batch);
    List<RunFlags.Change> changes = new ArrayList<>();
    changes.addAll(data.changes());
    changes.addAll(network.changes());
    changes.addAll(transfer.changes());
    // Also keeps recipes given as a time from measuring how many epochs fit into it.
    changes.add(new RunFlags.Change("--steps", "learning.length", steps + "steps"));
    // What --set may name depends on the optimizer that a flag chooses.
    changes.addAll(update.changes());
    RunConfig base = RecipeByData.base(recipes, changes, terminal::note);
    RunFlags.add(changes, "--batch", "learning.batch", batch);
    changes.addAll(norms.changes());
    changes.addAll(engine.changes());
    return norms.applyTo(recipes.apply(base, changes, terminal::note));
  }

  private void write(RunConfig config, RangeTest test) throws IOException {
    List<Setting> headline =
        List.of(
            new Setting("suggested rate", suggestion(test)),
            new Setting("network", Graph.title(config.network().model())),
            new Setting("images", config.data().source()),
            new Setting("batch size", String.valueOf(config.learning().batch())),
            new Setting("steps", String.valueOf(test.points().size())));
    Path folder = out.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    WholeFile.write(
        out,
        LrFindPage.html(
            headline,
            test.points().stream().map(p -> new Point(p.rate(), p.loss())).toList(),
            test.points().stream().map(p -> new Point(p.rate(), p.smoothed())).toList()));
  }

  private static String suggestion(RangeTest test) {
    return test.suggestion().isPresent()
        ? Human.rate(test.suggestion().getAsDouble())
        : "none: the loss never falls";
  }

  private void say(RunConfig config, RangeTest test) {
    if (!common.json) {
      terminal.result("suggested rate  " + suggestion(test));
      terminal.result("page            " + out);
      return;
    }
    terminal.result(
        new Json()
            .put("network", config.network().model())
            .put(
                "suggestion",
                test.suggestion().isPresent() ? (Object) test.suggestion().getAsDouble() : null)
            .put("page", out.toString())
            .put(
                "points",
                test.points().stream()
                    .map(
                        p ->
                            new Json()
                                .put("rate", p.rate())
                                .put("loss", p.loss())
                                .put("smoothed", p.smoothed()))
                    .toList()));
  }
}
