package dev.fovea.app.run;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.RecipeByData;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.ProgramReport;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.DataProfile;
import dev.fovea.train.DryRun;
import dev.fovea.train.RunConfig;
import java.time.Duration;

/** {@code fovea train --dry-run}: prints the time and memory that a run would take. */
public record DryRunText(Terminal terminal, GlobalOptions common) {

  /** Makes the dry run, prints the figures and returns the exit code. */
  public int of(RunConfig config, Backend backend) {
    DryRun r = DryRun.of(config, backend);
    long memory = bytes(r.training()) + r.inference().arenaBytes() + r.inference().parameterBytes();
    DryRun.Plan plan = r.plan();
    DataProfile data = RecipeByData.profile(r.config());
    if (common.json) {
      terminal.result(json(r, data, memory));
      return ExitCode.DONE;
    }
    r.notes().forEach(n -> terminal.note("note: " + SettingsAsFlags.translate(n, common.flags())));
    RecipeByData.warning(data, r.config()).ifPresent(w -> terminal.note("warning: " + w));
    RecipeByData.mirroring(data, r.config()).ifPresent(n -> terminal.note("note: " + n));
    Table table = new Table("", "");
    table.row("network", Graph.title(r.config().network().model()));
    table.row("parameters", Human.count(plan.parameters()));
    table.row("images", images(plan));
    int input = r.config().network().input();
    table.row("image size", data.sizes());
    table.row("input size", input + "x" + input);
    table.row("augmentation", RecipeByData.augmentation(r.config()));
    table.row(
        "steps",
        Human.count(plan.totalSteps()) + ", " + Human.count(plan.stepsPerEpoch()) + " per epoch");
    table.row("precision", r.config().engine().precisionLabel());
    table.row("convolution", r.config().engine().convolution().label());
    table.row("loss at the first step", Human.loss(r.loss()));
    table.row("memory outside the heap", Human.bytes(memory));
    table.row("time per step", milliseconds(r.times().step()));
    table.row(
        "time per evaluation",
        plan.evaluationBatches() + " batches, " + milliseconds(r.times().evaluation()) + " each");
    table.row(
        "time of the run (estimate)",
        Human.time(Duration.ofMillis((long) (1000 * r.times().run()))));
    terminal.result(table.toString().strip());
    terminal.result("dry run: nothing was written");
    return ExitCode.DONE;
  }

  private static Json json(DryRun r, DataProfile data, long memory) {
    DryRun.Plan plan = r.plan();
    return new Json()
        .put("network", r.config().network().model())
        .put("parameters", plan.parameters())
        .put("classes", plan.classes())
        .put("train_images", plan.trainImages())
        .put("val_images", plan.valImages())
        .put("image_width", data.median().width())
        .put("image_height", data.median().height())
        .put("input", r.config().network().input())
        .put("augment", RecipeByData.augmentation(r.config()))
        .put("warning", RecipeByData.warning(data, r.config()).orElse(null))
        .put("note", RecipeByData.mirroring(data, r.config()).orElse(null))
        .put("steps_per_epoch", plan.stepsPerEpoch())
        .put("steps", plan.totalSteps())
        .put("precision", r.config().engine().precisionLabel())
        .put("convolution", r.config().engine().convolution().label())
        .put("loss", r.loss())
        .put("memory_bytes", memory)
        .put("seconds_per_step", r.times().step())
        .put("seconds_per_evaluation_batch", r.times().evaluation())
        .put("seconds_of_run", r.times().run());
  }

  private static String images(DryRun.Plan plan) {
    return Human.count(plan.trainImages())
        + " training, "
        + Human.count(plan.valImages())
        + " validation, "
        + Decimals.count(plan.classes(), "class");
  }

  private static long bytes(ProgramReport report) {
    return report.arenaBytes() + report.parameterBytes();
  }

  private static String milliseconds(double seconds) {
    return Human.digits(1000 * seconds) + " ms";
  }
}
