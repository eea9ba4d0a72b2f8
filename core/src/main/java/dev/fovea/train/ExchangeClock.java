package dev.fovea.train;

import dev.fovea.collective.ExchangeThread;
import java.util.Optional;

/** Measures what the steps of an epoch exchange with other ranks; starts at once. */
final class ExchangeClock {
  private final Optional<ExchangeThread> thread;
  private final long waitedBefore;
  private final long bytesBefore;

  ExchangeClock(Ranks ranks) {
    this.thread = ranks.exchange();
    this.waitedBefore = thread.map(ExchangeThread::waitedNanos).orElse(0L);
    this.bytesBefore = thread.map(ExchangeThread::bytes).orElse(0L);
  }

  /** What was exchanged; empty on the only rank. */
  Optional<TrainEvent> spent(int epoch) {
    return thread.map(
        t ->
            new TrainEvent.Exchanged(
                epoch, (t.waitedNanos() - waitedBefore) / 1e9, t.bytes() - bytesBefore));
  }
}
