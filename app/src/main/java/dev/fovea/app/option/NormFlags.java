package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import dev.fovea.models.Models;
import dev.fovea.train.RunConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags for batch norm statistics. */
public final class NormFlags {
  @Option(
      names = "--bn-stats",
      paramLabel = "KIND",
      description =
          "Statistics used in evaluation: 'running' averages of training, 'population' statistics"
              + " computed over training batches before every evaluation (Ioffe and Szegedy 2015),"
              + " or 'frozen' ones from --init, used in training too.")
  private @Nullable String statistics;

  @Option(
      names = "--bn-batches",
      paramLabel = "N",
      description = "Training batches for population statistics (default: 100).")
  private @Nullable Integer batches;

  @Option(
      names = "--bn-sync",
      description =
          "Training on several ranks normalizes with the statistics of the images of all of them"
              + " (default: each rank with those of its own).")
  private boolean synchronize;

  @Option(
      names = "--bn-momentum",
      paramLabel = "X",
      description =
          "Weight of a new batch in the running average, as in PyTorch; TensorFlow's decay is 1"
              + " minus this.")
  private @Nullable Double momentum;

  @Option(
      names = "--bn-epsilon",
      paramLabel = "X",
      description = "Constant added to every variance.")
  private @Nullable Double epsilon;

  public List<RunFlags.Change> changes() {
    Positive.check("--bn-batches", batches);
    List<RunFlags.Change> c = new ArrayList<>();
    add(c, "--bn-stats", "learning.update.statistics.kind", statistics);
    add(c, "--bn-batches", "learning.update.statistics.batches", batches);
    add(c, "--bn-sync", "learning.update.statistics.synchronize", synchronize ? true : null);
    return c;
  }

  /**
   * Applies momentum and epsilon, which are options of the network because its model file must
   * record them.
   */
  public RunConfig applyTo(RunConfig config) {
    RunConfig changed = config;
    if (momentum != null) {
      changed = option(changed, "bn_momentum", momentum);
    }
    return epsilon == null ? changed : option(changed, "bn_epsilon", epsilon);
  }

  private static RunConfig option(RunConfig config, String name, double value) {
    return config.with("network.model", Models.withOption(config.network().model(), name, value));
  }
}
