package dev.fovea.train;

import dev.fovea.data.loader.LoadingTime;
import dev.fovea.data.source.BadImage;
import dev.fovea.eval.Evaluation;
import dev.fovea.program.ProgramReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** An event of a training run, delivered to listeners in order on the training thread. */
public sealed interface TrainEvent {

  /**
   * Everything has been checked and compiled; the first step follows.
   *
   * @param config resolved: with the precision, threads and folder in use
   * @param trainImages without the images held out for validation
   * @param history the finished epochs of a resumed run
   * @param notes for the user, for example about weights missing from the init file
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
   * The size of the run.
   *
   * @param folder the run folder
   * @param stepsPerEpoch optimizer steps per epoch
   * @param resumedAt steps completed before this start; 0 for a new run
   * @param training the compiled training step; with several image sizes, the one that needs the
   *     most memory
   * @param parameters number of trainable parameters
   */
  record Plan(
      Path folder,
      int stepsPerEpoch,
      long totalSteps,
      long resumedAt,
      ProgramReport training,
      long parameters) {}

  /**
   * An optimizer step has completed.
   *
   * @param step counted from 1 over the whole run
   * @param epoch counted from 1
   * @param stepInEpoch counted from 1
   * @param images in the batches of the step
   * @param gradientNorm before clipping, if the recipe clips by norm
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
   * The metrics of a step.
   *
   * @param loss mean over the batch
   * @param correct correctly classified images, with dropout and batch statistics
   * @param rate the learning rate
   */
  record StepFigures(double loss, int correct, double rate) {}

  /**
   * An epoch has been trained, and evaluated if an evaluation was due.
   *
   * @param best whether its weights were written to {@code model.safetensors}
   * @param validation all metrics of the evaluation, including the confusion matrix
   */
  record EpochDone(EpochRow row, boolean best, Optional<Evaluation> validation)
      implements TrainEvent {}

  /**
   * The steps of an epoch are done, or those of a part of it where the run was stopped or resumed:
   * where their time went. Comes before {@link EpochDone}.
   *
   * @param epoch counted from 1
   * @param images in the batches of the steps
   * @param waiting seconds in which the network waited for images
   * @param network seconds in which the network and the update of its weights ran
   * @param loading what the threads that make images did meanwhile; their images may be a few more
   */
  record TimeSpent(int epoch, long images, double waiting, double network, LoadingTime loading)
      implements TrainEvent {}

  /**
   * The steps of an epoch on several ranks are done, or those of a part of it: what this rank
   * exchanged with the others. Comes after {@link TimeSpent}.
   *
   * @param epoch counted from 1
   * @param waiting seconds in which this rank waited for the exchange, that is, for values on their
   *     way and for slower ranks; parts of {@link TimeSpent#waiting} and {@link TimeSpent#network}
   * @param bytes that this rank gave to be summed or sent
   */
  record Exchanged(int epoch, double waiting, long bytes) implements TrainEvent {}

  /**
   * Training continues with another image size, see {@link ProgressiveResizing}.
   *
   * @param epoch the first with this size, counted from 1
   * @param side in pixels
   */
  record Resized(int epoch, int side) implements TrainEvent {}

  /**
   * Training continues without some parts of the network, see {@link
   * dev.fovea.optim.FineTuning#freezeAt}.
   *
   * @param epoch the first without them, counted from 1
   * @param parts as the setting names them
   */
  record PartsFrozen(int epoch, List<String> parts) implements TrainEvent {
    /** Copies the list. */
    public PartsFrozen {
      parts = List.copyOf(parts);
    }
  }

  /** A file has been written and is safely on disk. */
  record Saved(Path file, long step, Duration took) implements TrainEvent {}

  /** Images found unreadable since the last such event; they are skipped. */
  record BadImages(List<BadImage> images) implements TrainEvent {
    /** Copies the list. */
    public BadImages {
      images = List.copyOf(images);
    }
  }

  /** The run was interrupted or reached its time limit; the state has been saved. */
  record Interrupted(long step, Path folder) implements TrainEvent {}

  /**
   * Loading images failed; the state has been saved, and an exception with the cause follows.
   *
   * @param step the last completed step
   */
  record LoadingFailed(long step, Path folder) implements TrainEvent {}

  /** The run has ended without failure; its last event. */
  record RunFinished(TrainResult result) implements TrainEvent {}
}
