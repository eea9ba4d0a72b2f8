package dev.fovea.study;

import dev.fovea.program.Backend;
import dev.fovea.train.RunConfig;
import dev.fovea.train.Trainer;
import java.util.Optional;

/**
 * One network trained one way: what a study compares.
 *
 * @param name short and unique within the study: legend and folder
 * @param config the run at full length; data, seed, engine and output are the experiment's to set
 * @param watch who looks into the network while it trains, if anybody
 */
public record Arm(String name, RunConfig config, Optional<Watch> watch) {

  /** Makes an observer for a run that is about to begin. */
  @FunctionalInterface
  public interface Watch {
    /** The observer; it lives as long as the run. */
    TrainingObserver of(Trainer trainer, Backend backend);
  }

  /** An arm that nobody looks into. */
  public static Arm of(String name, RunConfig config) {
    return new Arm(name, config, Optional.empty());
  }

  /** This arm, looked into. */
  public Arm watched(Watch by) {
    return new Arm(name, config, Optional.of(by));
  }

  /** This arm, trained in another way. */
  public Arm with(RunConfig other) {
    return new Arm(name, other, watch);
  }
}
