package dev.fovea.finetune;

/** Receives the events of a fine-tuning. */
@FunctionalInterface
public interface FinetuneListener {
  /** Called for each event on the thread that runs the fine-tuning. */
  void on(FinetuneEvent event);
}
