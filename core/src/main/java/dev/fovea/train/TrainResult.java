package dev.fovea.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The result of a training run.
 *
 * @param outcome why it ended
 * @param folder the run folder; pass it to {@link RunConfig#ofRun} to resume
 * @param step steps completed
 * @param totalSteps steps planned
 * @param history all epochs so far
 * @param bestEpoch the epoch whose weights are in the model file; 0 if none was evaluated
 */
public record TrainResult(
    Outcome outcome,
    RunFolder folder,
    long step,
    long totalSteps,
    List<EpochRow> history,
    int bestEpoch) {

  /** Why a run ended. */
  public enum Outcome {
    /** All steps are done. */
    FINISHED,
    /** The run was interrupted; the state has been saved. */
    INTERRUPTED,
    /** {@code output.max_time} was reached; the state has been saved. */
    TIME_UP,
    /** No improvement for {@code output.patience} epochs; the state has been saved. */
    NO_PROGRESS
  }

  /** Copies the list. */
  public TrainResult {
    history = List.copyOf(history);
  }

  /** Whether there are steps left to resume. */
  public boolean resumable() {
    return outcome != Outcome.FINISHED;
  }

  /** Returns the epoch whose weights are in the model file, if there is one yet. */
  public Optional<EpochRow> best() {
    return history.stream().filter(row -> row.epoch() == bestEpoch).findFirst();
  }

  /** Returns the best validation top-1 as a fraction; NaN if no epoch was evaluated. */
  public double bestTop1() {
    return best().map(row -> row.evaluated().top1()).orElse(Double.NaN);
  }

  /** Returns the model file with the best weights; missing before the first evaluation. */
  public Path model() {
    return folder.model();
  }
}
