package dev.fovea.study;

import dev.fovea.program.Backend;
import dev.fovea.train.RunConfig;
import dev.fovea.train.Trainer;
import java.util.Optional;

/**
 * An arm of a study: one network trained with one configuration.
 *
 * @param name short and unique within the study; used in legends and folder names
 * @param config the run at full length; the experiment sets data, seed, engine and output
 * @param watch creates the observer of the network during training, if any
 */
public record Arm(String name, RunConfig config, Optional<Watch> watch) {

  /** Creates an observer for a run that is about to start. */
  @FunctionalInterface
  public interface Watch {
    /** Returns the observer; the experiment closes it when the run ends. */
    TrainingObserver of(Trainer trainer, Backend backend);
  }

  /** Creates an arm without an observer. */
  public static Arm of(String name, RunConfig config) {
    return new Arm(name, config, Optional.empty());
  }

  /** Returns a copy with an observer. */
  public Arm watchedBy(Watch by) {
    return new Arm(name, config, Optional.of(by));
  }

  /** Returns a copy with this configuration. */
  public Arm with(RunConfig other) {
    return new Arm(name, other, watch);
  }
}
