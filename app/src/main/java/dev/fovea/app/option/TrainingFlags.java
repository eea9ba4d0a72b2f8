package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import dev.fovea.app.console.UsageException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags for training that {@code fovea train} and {@code fovea finetune} share. */
public final class TrainingFlags {
  @Option(names = "--batch", paramLabel = "N", description = "Images per step.")
  private @Nullable Integer batch;

  @Option(names = "--lr", paramLabel = "X", description = "The largest learning rate.")
  private @Nullable Double lr;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Saves and stops after N epochs without a better top-1.")
  private @Nullable Integer patience;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of all random numbers; the same seed reproduces a run bit for bit.")
  private @Nullable Long seed;

  /** Whether {@code --batch} is given. */
  boolean setsBatch() {
    return batch != null;
  }

  public List<RunFlags.Change> changes() {
    Positive.check("--batch", batch);
    if (lr != null && !(lr > 0 && lr < Double.POSITIVE_INFINITY)) {
      throw new UsageException("--lr is " + lr + "; it must be above 0");
    }
    List<RunFlags.Change> c = new ArrayList<>();
    add(c, "--batch", "learning.batch", batch);
    add(c, "--lr", "learning.rate.base", lr);
    add(c, "--patience", "output.patience", patience);
    add(c, "--seed", "engine.seed", seed);
    return c;
  }
}
