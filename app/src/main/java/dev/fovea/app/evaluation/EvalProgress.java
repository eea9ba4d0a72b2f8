package dev.fovea.app.evaluation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.Terminal;
import dev.fovea.eval.Ensemble;
import dev.fovea.eval.Judgement;
import dev.fovea.eval.Judgements;
import java.time.Duration;
import java.util.List;

/** Shows the progress of an evaluation and collects its per-image results. */
public final class EvalProgress implements Ensemble.Listener {
  private static final long SCREEN_NANOS = 200_000_000L;
  private static final long PLAIN_NANOS = 30_000_000_000L;

  private final Terminal terminal;
  private final int images;
  private final long start = System.nanoTime();
  private final Judgements.Collector collector = new Judgements.Collector();
  private long lastShown = start;
  private boolean drawn;
  private int answered;
  private int right;

  public EvalProgress(Terminal terminal, int images) {
    this.terminal = terminal;
    this.images = images;
  }

  @Override
  public void answered(int item, int label, double[] logProbabilities) {
    collector.answered(item, label, logProbabilities);
    answered++;
    right += Judgement.of(item, label, logProbabilities).right() ? 1 : 0;
    long now = System.nanoTime();
    if (now - lastShown < (terminal.isScreen() ? SCREEN_NANOS : PLAIN_NANOS)) {
      return;
    }
    lastShown = now;
    double fraction = (item + 1.0) / images;
    ProgressLine line =
        new ProgressLine(
            "evaluating " + Human.count(item + 1L) + "/" + Human.count(images),
            (item + 1) + "/" + images,
            fraction,
            List.of(
                "top-1 " + Human.percent((double) right / answered),
                Human.digits(answered / seconds()) + " img/s"),
            Duration.ofMillis((long) (1000 * seconds() * (1 - fraction) / fraction)));
    if (terminal.isScreen()) {
      terminal.draw("\r" + line.fit(terminal.columns(), terminal.unicode()) + "\u001b[K");
      drawn = true;
    } else {
      terminal.note(line.plain());
    }
  }

  /** Erases the progress line. */
  public void erase() {
    if (drawn) {
      terminal.draw("\r\u001b[K");
      drawn = false;
    }
  }

  /** Images evaluated so far. */
  public int count() {
    return answered;
  }

  /** Seconds since the start. */
  public double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  /** The results, one per image. */
  public Judgements judgements() {
    return collector.judgements();
  }
}
