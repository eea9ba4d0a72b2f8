package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.report.RunReport.Epoch;
import dev.fovea.data.source.BadImage;
import dev.fovea.graph.Graph;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.EpochRow;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prints a run for people: a progress line, redrawn on a screen and repeated elsewhere, and a row
 * after each epoch.
 */
public final class RunConsole implements TrainListener {
  private static final long SCREEN_NANOS = 100_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;
  private static final int SHOWN_IMAGES = 3;
  private static final String ERASE = "\r\u001b[K";

  private final Terminal terminal;
  private final RunClock clock;
  private final GlobalOptions common;
  private TrainEvent.@Nullable RunStarted started;
  private long lastShown = System.nanoTime();
  private boolean drawn;
  private boolean headed;

  public RunConsole(Terminal terminal, RunClock clock, GlobalOptions common) {
    this.terminal = terminal;
    this.clock = clock;
    this.common = common;
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted e) {
      started(e);
    } else if (event instanceof TrainEvent.StepDone e) {
      step(e);
    } else if (event instanceof TrainEvent.EpochDone e) {
      epoch(e);
    } else if (event instanceof TrainEvent.Resized e) {
      say("epoch " + e.epoch() + ": input size is now " + e.side() + "x" + e.side());
    } else if (event instanceof TrainEvent.PartsFrozen e) {
      say("epoch " + e.epoch() + ": from here on frozen: " + String.join(", ", e.parts()));
    } else if (event instanceof TrainEvent.BadImages e) {
      badImages(e.images());
    } else if (event instanceof TrainEvent.LoadingFailed e) {
      say(
          "everything up to step "
              + Human.count(e.step())
              + " is saved; once the images can be read again, continue with: fovea train --resume"
              + " --run "
              + e.folder());
    } else if (event instanceof TrainEvent.TimeSpent e && common.verbose) {
      say(TimePerImage.text(e.loading(), e.images(), e.waiting(), e.network()));
    } else if (event instanceof TrainEvent.Exchanged e) {
      say(
          "epoch "
              + e.epoch()
              + ": waited "
              + Human.digits(e.waiting())
              + " s for other ranks, exchanged "
              + Human.bytes(e.bytes())
              + " with them");
    } else if (event instanceof TrainEvent.Saved e && common.verbose) {
      say(
          "saved "
              + e.file()
              + " at step "
              + Human.count(e.step())
              + " in "
              + Human.time(e.took()));
    }
  }

  /** Prints a line after erasing the progress line. */
  public void say(String line) {
    erase();
    terminal.note(line);
  }

  /** Erases the progress line. */
  public void erase() {
    if (drawn) {
      terminal.draw(ERASE);
      drawn = false;
    }
  }

  private void started(TrainEvent.RunStarted e) {
    started = e;
    say(
        terminal.bold(Graph.title(e.config().network().model()))
            + " ("
            + Human.count(e.plan().parameters(), "parameter")
            + ") on "
            + e.config().data().source()
            + ": "
            + Decimals.count(e.classes().size(), "class")
            + ", "
            + Human.count(e.trainImages())
            + " training and "
            + Human.count(e.valImages())
            + (e.config().data().holdBack() > 0 ? " held-back images" : " validation images"));
    say(
        Human.count(e.plan().totalSteps(), "step")
            + " of batch "
            + e.config().learning().batch()
            + ", "
            + Human.count(e.plan().stepsPerEpoch())
            + " per epoch; "
            + Decimals.count(e.config().engine().threads(), "thread")
            + ", "
            + Human.bytes(e.plan().training().arenaBytes() + e.plan().training().parameterBytes())
            + " of native memory");
    say("run folder " + e.plan().folder());
    e.notes().forEach(n -> say("note: " + SettingsAsFlags.translate(n, common.flags())));
    if (e.plan().resumedAt() > 0) {
      say("resuming after step " + Human.count(e.plan().resumedAt()));
    }
    if (common.verbose) {
      e.config().settings().forEach((k, v) -> say("  " + k + " = " + v));
      implementations(e);
    }
  }

  private void implementations(TrainEvent.RunStarted e) {
    java.util.Map<String, Integer> count = new java.util.TreeMap<>();
    e.plan()
        .training()
        .primitives()
        .forEach(p -> count.merge(p.kind() + " by " + p.implementation(), 1, Integer::sum));
    count.forEach((name, n) -> say("  " + n + " x " + name));
    ConvolutionTable.lines(e.plan().training()).forEach(line -> say("  " + line));
  }

  private void step(TrainEvent.StepDone e) {
    TrainEvent.RunStarted run = started;
    long now = System.nanoTime();
    boolean last = run != null && e.stepInEpoch() == run.plan().stepsPerEpoch();
    if (run == null
        || now - lastShown < (terminal.isScreen() ? SCREEN_NANOS : PLAIN_NANOS)
            && !(last && terminal.isScreen())) {
      return;
    }
    lastShown = now;
    int every = run.config().output().evaluateEvery();
    boolean evaluating = last && (e.epoch() % every == 0 || e.step() == run.plan().totalSteps());
    ProgressLine line = line(run, e, evaluating);
    if (terminal.isScreen()) {
      terminal.draw("\r" + line.fit(terminal.columns(), terminal.unicode()) + "\u001b[K");
      drawn = true;
    } else {
      terminal.note(line.plain());
    }
  }

  private ProgressLine line(TrainEvent.RunStarted run, TrainEvent.StepDone e, boolean evaluating) {
    long epochs =
        (run.plan().totalSteps() + run.plan().stepsPerEpoch() - 1) / run.plan().stepsPerEpoch();
    String shortly = e.epoch() + "/" + epochs;
    List<String> details = new ArrayList<>();
    details.add(evaluating ? "evaluating" : "loss " + Human.loss(e.figures().loss()));
    details.add(Human.digits(clock.imagesPerSecond()) + " img/s");
    details.add("step " + e.step() + "/" + run.plan().totalSteps());
    details.add("lr " + Human.rate(e.figures().rate()));
    return new ProgressLine("epoch " + shortly, shortly, clock.fraction(), details, clock.left());
  }

  private void epoch(TrainEvent.EpochDone e) {
    EpochTable table = new EpochTable(terminal.columns());
    if (!headed) {
      say(terminal.dim(table.heading()));
      headed = true;
    }
    say(table.row(figures(e.row(), clock)) + (e.best() ? " *" : ""));
    lastShown = System.nanoTime();
  }

  private void badImages(List<BadImage> images) {
    images.stream()
        .limit(SHOWN_IMAGES)
        .forEach(p -> say("warning: skipped " + p.name() + ": " + p.reason()));
    if (images.size() > SHOWN_IMAGES) {
      say(
          "warning: skipped "
              + (images.size() - SHOWN_IMAGES)
              + " more; 'fovea data check' lists them all");
    }
  }

  /** The figures of an epoch for the table and the report. */
  static Epoch figures(EpochRow row, RunClock clock) {
    return new Epoch(
        row.epoch(),
        row.train().loss(),
        row.train().top1(),
        row.val().map(EpochRow.Validation::loss).orElse(Double.NaN),
        row.val().map(EpochRow.Validation::top1).orElse(Double.NaN),
        row.rate(),
        clock.lastEpochSpeed(),
        clock.lastEpochSeconds());
  }
}
