package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import dev.fovea.app.console.UsageException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags for the optimizer and weight averaging. */
public final class UpdateFlags {
  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "sgd, sgdw (decoupled weight decay), rmsprop (TensorFlow's, as for Inception-v3: rho and"
              + " momentum 0.9, epsilon 1), adam, adamw, lars or muon (for filters; the rest by"
              + " sgd). To change a constant: --set learning.update.optimizer.momentum=0.8.")
  private @Nullable String optimizer;

  @Option(names = "--weight-decay", paramLabel = "X", description = "Weight decay coefficient.")
  private @Nullable Double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      description = "Largest norm of all gradients together; 0 for no clipping.")
  private @Nullable Double clip;

  @Option(
      names = "--clip-value",
      paramLabel = "X",
      description = "Largest absolute value of each gradient element; 0 for no clipping.")
  private @Nullable Double clipValue;

  @Option(
      names = "--ema",
      paramLabel = "X",
      description =
          "Decay per step of an exponential moving average of the weights, for example 0.998; 0 for"
              + " none.")
  private @Nullable Double ema;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description =
          "Batches whose gradients are averaged for one update, for batches larger than memory"
              + " allows; batch norm still sees each batch alone.")
  private @Nullable Integer accumulate;

  @Option(
      names = "--lookahead",
      paramLabel = "N",
      description =
          "Lookahead: slow weights follow those of the optimizer, which returns to them every N"
              + " steps; 0 for none. How far they follow: --set"
              + " learning.update.lookahead.decay=0.5, and .power=3 for more and more towards the"
              + " end.")
  private @Nullable Integer lookahead;

  @Option(
      names = "--swa",
      paramLabel = "T",
      description =
          "Stochastic weight averaging: averages the weights at the end of every epoch from this"
              + " point on: 75%%, 20epochs.")
  private @Nullable String swa;

  @Option(
      names = "--swa-lr",
      paramLabel = "X",
      description = "Constant learning rate from --swa on (default: that of the schedule).")
  private @Nullable Double swaRate;

  public List<RunFlags.Change> changes() {
    Positive.check("--accumulate", accumulate);
    if (swa != null && ema != null && ema > 0) {
      throw new UsageException("--ema and --swa both average the weights; give only one");
    }
    if (swa == null && swaRate != null) {
      throw new UsageException("--swa-lr needs --swa, which says when averaging starts");
    }
    if (clip != null && clipValue != null) {
      throw new UsageException("--clip and --clip-value both clip gradients; give only one");
    }
    List<RunFlags.Change> c = new ArrayList<>();
    add(c, "--optimizer", "learning.update.optimizer.name", optimizer);
    add(c, "--weight-decay", "learning.update.groups.weight_decay", weightDecay);
    // Each replaces the recipe's setting of the other.
    if (clip != null) {
      add(c, "--clip", "learning.update.clipping.value", 0.0);
      add(c, "--clip", "learning.update.clipping.norm", clip);
    } else if (clipValue != null) {
      add(c, "--clip-value", "learning.update.clipping.norm", 0.0);
      add(c, "--clip-value", "learning.update.clipping.value", clipValue);
    }
    add(c, "--accumulate", "learning.update.accumulate", accumulate);
    add(c, "--lookahead", "learning.update.lookahead.every", lookahead);
    add(c, "--ema", "learning.update.average.decay", swa != null ? Double.valueOf(0) : ema);
    add(c, "--swa", "learning.update.average.swa_from", swa);
    add(c, "--swa-lr", "learning.update.average.swa_rate", swaRate);
    return c;
  }
}
