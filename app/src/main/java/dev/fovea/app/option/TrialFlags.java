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

/** The flags for runs that only check whether a real one would work. */
public final class TrialFlags {
  private static final int STEPS = 300;
  private static final double OVERFIT_LOSS = 0.1;

  @Option(
      names = "--overfit",
      paramLabel = "N",
      description =
          "Trains on N images without augmentation and evaluates on the same: a network that cannot"
              + " overfit them has a bug.")
  private @Nullable Integer overfit;

  @Option(
      names = "--dry-run",
      description =
          "Resolves all settings, makes one step, evaluates one batch, prints the time and memory"
              + " that the run would take, and writes nothing.")
  public boolean dryRun;

  /** The changes to apply before all other flags, which may override them. */
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

  /** Whether the network overfit the images, in words; empty without {@code --overfit}. */
  public static String verdict(RunConfig config, TrainResult result) {
    if (config.data().overfit() == 0 || result.resumable() || result.history().isEmpty()) {
      return "";
    }
    EpochRow last = result.history().get(result.history().size() - 1);
    String figures =
        Decimals.format(
            "train loss %s, top-1 on the same images %s",
            Human.loss(last.train().loss()), Human.percent(last.evaluated().top1()));
    return last.train().loss() < OVERFIT_LOSS
        ? "overfit as expected: " + figures
        : "not overfit: "
            + figures
            + "; try more --steps or another --lr ('fovea lr-find' suggests one); if that does not"
            + " help, check labels and images";
  }
}
