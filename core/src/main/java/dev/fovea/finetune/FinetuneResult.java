package dev.fovea.finetune;

import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Judgements;
import java.nio.file.Path;
import java.util.List;
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
 * @param failure why the second stage failed, if it did
 */
public record FinetuneResult(
    Outcome outcome,
    FinetuneFolder folder,
    Optional<HeadFigures> head,
    Optional<Evaluation> first,
    Optional<Evaluation> second,
    Kept kept,
    Judgements judgements,
    double trainingSeconds,
    Optional<Throwable> failure) {

  /** Why a fine-tuning ended. */
  public enum Outcome {
    /** Everything is done. */
    FINISHED,
    /** It was interrupted; the folder holds what is needed to go on. */
    INTERRUPTED,
    /** The second stage failed; the network of the first is the result. */
    FAILED
  }

  /** Whose network is in the model file. */
  public enum Kept {
    /** That of the first stage. */
    FIRST,
    /** That of the second stage. */
    SECOND
  }

  static FinetuneResult interrupted(FinetuneFolder folder, Optional<HeadStage.Found> first) {
    return new FinetuneResult(
        Outcome.INTERRUPTED,
        folder,
        first.map(HeadStage.Found::figures),
        first.map(HeadStage.Found::validation),
        Optional.empty(),
        Kept.FIRST,
        first.map(HeadStage.Found::judgements).orElse(new Judgements(List.of())),
        0,
        Optional.empty());
  }

  /** The result is what the first stage found: there was no second, or it failed. */
  static FinetuneResult first(
      FinetuneFolder folder, HeadStage.Found first, Optional<Throwable> failure) {
    return new FinetuneResult(
        failure.isPresent() ? Outcome.FAILED : Outcome.FINISHED,
        folder,
        Optional.of(first.figures()),
        Optional.of(first.validation()),
        Optional.empty(),
        Kept.FIRST,
        first.judgements(),
        0,
        failure);
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
