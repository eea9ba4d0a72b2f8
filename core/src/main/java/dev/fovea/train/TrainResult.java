package dev.fovea.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a run ended.
 *
 * @param outcome why it ended
 * @param folder the run folder; give it to {@link RunConfig#ofRun} to go on
 * @param step steps made
 * @param totalSteps steps planned
 * @param history all epochs so far
 * @param bestEpoch the epoch whose weights are in the model file; 0 if none is evaluated
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
    /** All steps are made. */
    FINISHED,
    /** Somebody asked it to stop; the state is saved. */
    INTERRUPTED,
    /** {@code output.max_time} is over; the state is saved. */
    TIME_UP,
    /** {@code output.patience} epochs brought nothing better; the state is saved. */
    NO_PROGRESS
  }

  /** Copies the list. */
  public TrainResult {
    history = List.copyOf(history);
  }

  /** Whether there is something left to resume. */
  public boolean resumable() {
    return outcome != Outcome.FINISHED;
  }

  /** The row whose weights are in the model file; empty if there is none yet. */
  public Optional<EpochRow> best() {
    return history.stream().filter(row -> row.epoch() == bestEpoch).findFirst();
  }

  /** The best validation top-1, as a part of 1; NaN if no epoch is evaluated. */
  public double bestTop1() {
    return best().map(row -> row.evaluated().top1()).orElse(Double.NaN);
  }

  /** The model file with the best weights; there is none before the first evaluation. */
  public Path model() {
    return folder.model();
  }
}
