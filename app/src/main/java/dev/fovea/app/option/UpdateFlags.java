package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import dev.fovea.app.console.UsageException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How weights move, apart from the learning rate. */
public final class UpdateFlags {
  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "sgd, rmsprop (as Inception-v3: TensorFlow's, rho and momentum 0.9, epsilon 1), adam,"
              + " adamw or lars; --set learning.update.optimizer.momentum=0.8 changes its"
              + " constants.")
  private @Nullable String optimizer;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "The pull of weights towards 0.")
  private @Nullable Double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      description = "Largest norm of all gradients together; 0 for no limit.")
  private @Nullable Double clip;

  @Option(
      names = "--clip-value",
      paramLabel = "X",
      description = "Largest size of each element of the gradients; 0 for no limit.")
  private @Nullable Double clipValue;

  @Option(
      names = "--ema",
      paramLabel = "X",
      description = "Decay per step of averaged weights, for example 0.998; 0 for none.")
  private @Nullable Double ema;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description =
          "Batches whose mean gradient makes one update, for larger batches than memory holds;"
              + " batch norm sees each of them alone.")
  private @Nullable Integer accumulate;

  @Option(
      names = "--swa",
      paramLabel = "T",
      description =
          "Stochastic weight averaging: the mean of the weights at the ends of epochs from here"
              + " on: 75%%, 20epochs.")
  private @Nullable String swa;

  @Option(
      names = "--swa-lr",
      paramLabel = "X",
      description = "The constant learning rate from --swa on; the schedule's if not given.")
  private @Nullable Double swaRate;

  public List<RunFlags.Change> changes() {
    Positive.check("--accumulate", accumulate);
    if (swa != null && ema != null && ema > 0) {
      throw new UsageException("--ema and --swa both average weights; give one of them");
    }
    if (swa == null && swaRate != null) {
      throw new UsageException("--swa-lr needs --swa, which says from where on");
    }
    if (clip != null && clipValue != null) {
      throw new UsageException("--clip and --clip-value both cut gradients; give one of them");
    }
    List<RunFlags.Change> c = new ArrayList<>();
    add(c, "--optimizer", "learning.update.optimizer.name", optimizer);
    add(c, "--weight-decay", "learning.update.groups.weight_decay", weightDecay);
    // Each takes the place of what the recipe has of the other.
    if (clip != null) {
      add(c, "--clip", "learning.update.clipping.value", 0.0);
      add(c, "--clip", "learning.update.clipping.norm", clip);
    } else if (clipValue != null) {
      add(c, "--clip-value", "learning.update.clipping.norm", 0.0);
      add(c, "--clip-value", "learning.update.clipping.value", clipValue);
    }
    add(c, "--accumulate", "learning.update.accumulate", accumulate);
    add(c, "--ema", "learning.update.average.decay", swa != null ? Double.valueOf(0) : ema);
    add(c, "--swa", "learning.update.average.swa_from", swa);
    add(c, "--swa-lr", "learning.update.average.swa_rate", swaRate);
    return c;
  }
}
