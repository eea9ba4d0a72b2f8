package dev.fovea.app.evaluation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressDisplay;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.Terminal;
import dev.fovea.eval.Ensemble;
import dev.fovea.eval.Judgement;
import dev.fovea.eval.Judgements;
import java.time.Duration;
import java.util.List;

/** Shows the progress of an evaluation and collects its per-image results. */
public final class EvalProgress implements Ensemble.Listener {
  private static final Duration PLAIN = Duration.ofSeconds(30);

  private final ProgressDisplay display;
  private final int images;
  private final long start = System.nanoTime();
  private final Judgements.Collector collector = new Judgements.Collector();
  private int answered;
  private int right;

  public EvalProgress(Terminal terminal, int images) {
    this.display = new ProgressDisplay(terminal, PLAIN);
    this.images = images;
  }

  @Override
  public void answered(int item, int label, double[] logProbabilities) {
    collector.answered(item, label, logProbabilities);
    answered++;
    right += Judgement.of(item, label, logProbabilities).right() ? 1 : 0;
    display.show(
        () -> {
          double fraction = (item + 1.0) / images;
          return new ProgressLine(
              "evaluating " + Human.count(item + 1L) + "/" + Human.count(images),
              (item + 1) + "/" + images,
              fraction,
              List.of(
                  "top-1 " + Human.percent((double) right / answered),
                  Human.digits(answered / seconds()) + " img/s"),
              Duration.ofMillis((long) (1000 * seconds() * (1 - fraction) / fraction)));
        });
  }

  /** Erases the progress line. */
  public void erase() {
    display.erase();
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
