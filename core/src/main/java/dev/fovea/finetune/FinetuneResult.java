package dev.fovea.finetune;

import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Judgements;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The result of a fine-tuning.
 *
 * @param outcome why it ended
 * @param folder that holds everything
 * @param head figures of the first stage; empty if it was interrupted before its end
 * @param first the evaluation of the first stage's network on the validation images
 * @param second that of the second stage's best network; empty without such a stage
 * @param kept which of both is in the model file: the better by the held-back images
 * @param judgements of the kept network, one per validation image
 * @param trainingSeconds of the second stage, its last evaluation included
 */
public record FinetuneResult(
    Outcome outcome,
    FinetuneFolder folder,
    Optional<HeadFigures> head,
    Optional<Evaluation> first,
    Optional<Evaluation> second,
    Kept kept,
    Judgements judgements,
    double trainingSeconds) {

  /** Why a fine-tuning ended. */
  public enum Outcome {
    /** Everything is done. */
    FINISHED,
    /** It was interrupted; the folder holds what is needed to go on. */
    INTERRUPTED
  }

  /** Whose network is in the model file. */
  public enum Kept {
    /** That of the first stage. */
    FIRST,
    /** That of the second stage. */
    SECOND
  }

  /** Returns the model file. */
  public Path model() {
    return folder.model();
  }

  /** Returns the evaluation of the network in the model file; empty if there is none yet. */
  public Optional<Evaluation> evaluation() {
    return kept == Kept.SECOND ? second : first;
  }
}
