package dev.fovea.train;

import dev.fovea.data.source.BadImage;
import dev.fovea.eval.Evaluation;
import dev.fovea.program.ProgramReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a run tells its listeners; on the training thread, one after the other. */
public sealed interface TrainEvent {

  /**
   * Everything is checked and compiled; the first step follows.
   *
   * @param config resolved: precision, threads and folder are what is used
   * @param trainImages after holding back the validation part
   * @param history the finished epochs of a resumed run
   * @param notes what the user should know, for example weights that the init file did not have
   */
  record RunStarted(
      RunConfig config,
      Plan plan,
      List<String> classes,
      int trainImages,
      int valImages,
      List<EpochRow> history,
      List<String> notes)
      implements TrainEvent {
    /** Copies the lists. */
    public RunStarted {
      classes = List.copyOf(classes);
      history = List.copyOf(history);
      notes = List.copyOf(notes);
    }
  }

  /**
   * The shape of the run.
   *
   * @param folder the run folder
   * @param stepsPerEpoch full batches of an epoch
   * @param resumedAt steps that were made before this start; 0 for a new run
   * @param training the compiled training step; of several sizes of images the largest
   */
  record Plan(
      Path folder,
      int stepsPerEpoch,
      long totalSteps,
      long resumedAt,
      ProgramReport training,
      long parameters) {}

  /**
   * One optimizer step is made.
   *
   * @param step counted from 1 over the whole run
   * @param epoch counted from 1
   * @param stepInEpoch counted from 1
   * @param images in the batch
   * @param gradientNorm before clipping, if the recipe needs it
   */
  record StepDone(
      long step,
      int epoch,
      int stepInEpoch,
      StepFigures figures,
      int images,
      OptionalDouble gradientNorm,
      Duration elapsed)
      implements TrainEvent {}

  /**
   * The figures of a step.
   *
   * @param loss mean over the batch
   * @param correct images classified rightly, with dropout and batch statistics
   * @param rate the learning rate
   */
  record StepFigures(double loss, int correct, double rate) {}

  /**
   * An epoch was trained, and evaluated if it was due.
   *
   * @param best whether its weights are now {@code model.safetensors}
   * @param validation all figures of the evaluation, confusion matrix included
   */
  record EpochDone(EpochRow row, boolean best, Optional<Evaluation> validation)
      implements TrainEvent {}

  /**
   * Images of another size are trained on from here on, see {@link ProgressiveResizing}.
   *
   * @param epoch the first with this size, counted from 1
   * @param side in pixels
   */
  record Resized(int epoch, int side) implements TrainEvent {}

  /** A file was written and is safe on disk. */
  record Saved(Path file, long step, Duration took) implements TrainEvent {}

  /** Images could not be read since the last such event; they are left out. */
  record BadImages(List<BadImage> images) implements TrainEvent {
    /** Copies the list. */
    public BadImages {
      images = List.copyOf(images);
    }
  }

  /** The run was asked to stop, or its time is up; the state is saved. */
  record Interrupted(long step, Path folder) implements TrainEvent {}

  /**
   * Images could not be loaded: the state is saved, and the exception that says why follows.
   *
   * @param step the last one made
   */
  record LoadingFailed(long step, Path folder) implements TrainEvent {}

  /** The last event of every run that did not fail. */
  record RunFinished(TrainResult result) implements TrainEvent {}
}
