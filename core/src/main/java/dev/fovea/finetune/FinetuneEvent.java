package dev.fovea.finetune;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.eval.Evaluation;
import dev.fovea.train.TrainEvent;
import java.nio.file.Path;
import java.util.List;

/** An event of a fine-tuning, delivered to listeners in order on the thread that runs it. */
public sealed interface FinetuneEvent {

  /** The data was checked; every image was decoded. */
  record DataChecked(DataCheck check) implements FinetuneEvent {}

  /**
   * The trunk was read and compiled.
   *
   * @param source what was read, with its preprocessing
   * @param network with the new last layer
   * @param features that the last layer reads
   * @param notes for the user
   */
  record Opened(
      FinetuneConfig config,
      Path folder,
      ModelCard source,
      String network,
      int features,
      List<String> notes)
      implements FinetuneEvent {
    /** Copies the list. */
    public Opened {
      notes = List.copyOf(notes);
    }
  }

  /**
   * Features of images were computed.
   *
   * @param part {@code training} or {@code validation}
   * @param done images so far
   * @param all images of the part
   */
  record FeaturesComputed(String part, int done, int all) implements FinetuneEvent {}

  /**
   * The last layer was fitted, and is the answer so far.
   *
   * @param figures of the first stage
   */
  record HeadFitted(HeadFigures figures, Evaluation validation, Path model)
      implements FinetuneEvent {}

  /** The second stage trains. */
  record Training(TrainEvent event) implements FinetuneEvent {}

  /** Something that the user should know. */
  record Note(String text) implements FinetuneEvent {}

  /** Everything is done. */
  record Finished(FinetuneResult result) implements FinetuneEvent {}
}
