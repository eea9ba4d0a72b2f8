package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Terminal;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;

/** Prints what a rank other than 0 does: a line at the start and the end, and one an epoch. */
public final class RankConsole implements TrainListener {
  private final Terminal terminal;
  private final int rank;
  private String exchanged = "";

  public RankConsole(Terminal terminal, int rank) {
    this.terminal = terminal;
    this.rank = rank;
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted e) {
      say(
          "trains "
              + e.config().network().model()
              + " on "
              + e.config().data().source()
              + " from step "
              + Human.count(e.plan().resumedAt())
              + " to "
              + Human.count(e.plan().totalSteps())
              + "; rank 0 has the run folder, "
              + e.plan().folder());
    } else if (event instanceof TrainEvent.Exchanged e) {
      // Shorter than rank 0's, to fit in 80 columns.
      exchanged =
          "; waited " + Human.digits(e.waiting()) + " s, exchanged " + Human.bytes(e.bytes());
    } else if (event instanceof TrainEvent.EpochDone e) {
      say(
          "epoch "
              + e.row().epoch()
              + ": train loss "
              + Human.loss(e.row().train().loss())
              + exchanged);
    } else if (event instanceof TrainEvent.LoadingFailed e) {
      say("images cannot be loaded; rank 0 has saved everything up to step " + e.step());
    } else if (event instanceof TrainEvent.RunFinished e) {
      say(
          "ends after step "
              + Human.count(e.result().step())
              + " of "
              + Human.count(e.result().totalSteps()));
    }
  }

  private void say(String line) {
    terminal.note("rank " + rank + ": " + line);
  }
}
