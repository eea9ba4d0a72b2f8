package dev.fovea.study;

import dev.fovea.program.Backend;
import dev.fovea.train.RunConfig;
import dev.fovea.train.Trainer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An arm of a study: one network trained with one configuration.
 *
 * @param name short and unique within the study; used in legends and folder names
 * @param config the run at full length; the experiment sets data, seed, engine and output
 * @param watch creates the observer of the network during training, if any
 * @param start where its initial weights come from; random weights if empty
 */
public record Arm(String name, RunConfig config, Optional<Watch> watch, Optional<Start> start) {

  /** Creates an observer for a run that is about to start. */
  @FunctionalInterface
  public interface Watch {
    /** Returns the observer; the experiment closes it when the run ends. */
    TrainingObserver of(Trainer trainer, Backend backend);
  }

  /**
   * Initial weights that another arm's run with the same seed ended with. If that run diverged, so
   * that it left no weights, the arm's run counts as diverged, too.
   *
   * @param arm the name of the other arm, which the study lists before this one
   */
  public record Start(String arm, Conversion conversion) {}

  /** Makes initial weights for an arm's network from a trained network. */
  @FunctionalInterface
  public interface Conversion {
    /** Leaves the trained network as it is. */
    Conversion NONE = (trained, backend, start) -> trained;

    /**
     * Returns the model file to start from.
     *
     * @param trained the model file of the other arm's run
     * @param start where to write a new model file
     */
    Path of(Path trained, Backend backend, Path start);
  }

  /** Creates an arm with random initial weights and without an observer. */
  public static Arm of(String name, RunConfig config) {
    return new Arm(name, config, Optional.empty(), Optional.empty());
  }

  /** Returns a copy that starts from the weights of another arm. */
  public Arm startingFrom(String arm, Conversion conversion) {
    return new Arm(name, config, watch, Optional.of(new Start(arm, conversion)));
  }

  /** Returns a copy with an observer. */
  public Arm watchedBy(Watch by) {
    return new Arm(name, config, Optional.of(by), start);
  }

  /** Returns a copy with this configuration. */
  public Arm with(RunConfig other) {
    return new Arm(name, other, watch, start);
  }
}
