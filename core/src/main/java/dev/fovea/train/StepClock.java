package dev.fovea.train;

import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoadingTime;
import java.util.Optional;

/** Divides the time of an epoch's steps between waiting for images and the network. */
final class StepClock {
  private final Loader loader;
  private final LoadingTime before;
  private long waiting;
  private long network;
  private long images;
  private long mark;

  /** Starts with the next step. */
  StepClock(Loader loader) {
    this.loader = loader;
    this.before = loader.time();
  }

  /** A batch is asked for. */
  void waits() {
    mark = System.nanoTime();
  }

  /** The batch has come. */
  void computes() {
    long now = System.nanoTime();
    waiting += now - mark;
    mark = now;
  }

  /** The network has seen the batch, and the weights are updated if that was due. */
  void ends(int count) {
    network += System.nanoTime() - mark;
    images += count;
  }

  /** Where the time went; empty without a step. */
  Optional<TrainEvent> spent(int epoch) {
    return images == 0
        ? Optional.empty()
        : Optional.of(
            new TrainEvent.TimeSpent(
                epoch, images, waiting / 1e9, network / 1e9, loader.time().since(before)));
  }
}
