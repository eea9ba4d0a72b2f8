package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import dev.fovea.app.console.Human;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.EpochRow;
import dev.fovea.train.RunConfig;
import dev.fovea.train.TrainResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Runs that only find out whether a real one would work. */
public final class TrialFlags {
  private static final int STEPS = 300;
  private static final double BY_HEART = 0.1;

  @Option(
      names = "--overfit",
      paramLabel = "N",
      description =
          "Learns N images without variation and evaluates on the same: a network that cannot"
              + " learn them by heart has something wrong.")
  private @Nullable Integer overfit;

  @Option(
      names = "--dry-run",
      description =
          "Resolves everything, makes one step and evaluates one batch, says what the run would"
              + " take, and writes nothing.")
  public boolean dryRun;

  /** What goes before all other flags, so that they can change it. */
  public List<RunFlags.Change> changes(RunConfig recipe) {
    Positive.check("--overfit", overfit);
    List<RunFlags.Change> c = new ArrayList<>();
    if (overfit != null) {
      add(c, "--overfit", "data.overfit", overfit);
      add(c, "--overfit", "data.augment", "none");
      add(c, "--overfit", "network.progressive", "none");
      add(c, "--overfit", "learning.smoothing", 0);
      add(c, "--overfit", "learning.length", STEPS + "steps");
      add(c, "--overfit", "output.evaluate_every", 1);
      add(c, "--overfit", "learning.batch", Math.min(overfit, recipe.learning().batch()));
    }
    return c;
  }

  /** Whether the images were learnt by heart, in words; empty if this was no such run. */
  public static String verdict(RunConfig config, TrainResult result) {
    if (config.data().overfit() == 0 || result.resumable() || result.history().isEmpty()) {
      return "";
    }
    EpochRow last = result.history().get(result.history().size() - 1);
    String figures =
        Decimals.format(
            "train loss %s, top-1 on the same images %s",
            Human.loss(last.train().loss()), Human.percent(last.evaluated().top1()));
    return last.train().loss() < BY_HEART
        ? "learnt by heart: " + figures
        : "not learnt by heart: "
            + figures
            + "; give more --steps or another --lr ('fovea lr-find' suggests one), and if that does"
            + " not help, look at labels and images";
  }
}
