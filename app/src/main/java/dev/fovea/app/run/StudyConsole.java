package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.Terminal;
import dev.fovea.study.StudyEvent;
import dev.fovea.study.StudyListener;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.TrainEvent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints a study for people: a progress line, and a line for each finished training. */
public final class StudyConsole implements StudyListener {
  private static final long SCREEN_NANOS = 100_000_000L;
  private static final long PLAIN_NANOS = 30_000_000_000L;
  private static final String ERASE = "\r\u001b[K";

  private final Terminal terminal;
  private StudyEvent.@Nullable Planned planned;
  private StudyEvent.@Nullable RunBegan run;
  private long totalSteps;
  private long began = System.nanoTime();
  private long lastShown = began;
  private double before;
  private boolean drawn;

  public StudyConsole(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void on(StudyEvent event) {
    if (event instanceof StudyEvent.Planned p) {
      planned(p);
    } else if (event instanceof StudyEvent.RunBegan r) {
      run = r;
    } else if (event instanceof StudyEvent.Training t) {
      training(t.event());
    } else if (event instanceof StudyEvent.RunEnded e) {
      ended(e);
    } else if (event instanceof StudyEvent.Measuring m) {
      measuring(m.what());
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

  private void planned(StudyEvent.Planned p) {
    planned = p;
    began = System.nanoTime();
    if (p.runs() == 0) {
      return;
    }
    String length =
        p.plan().epochs() == 0
            ? "at full length"
            : "of "
                + p.plan().epochs()
                + " epochs over "
                + Decimals.format("%.1f %%", 100 * p.plan().fraction())
                + " of the images, about "
                + Human.time(Duration.ofSeconds((long) p.plan().seconds()))
                + " in total";
    say(p.runs() + " training runs " + length);
  }

  private void training(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted s) {
      totalSteps = s.plan().totalSteps();
      before += (double) s.plan().resumedAt() / totalSteps;
    } else if (event instanceof TrainEvent.StepDone s) {
      step(s);
    }
  }

  private void step(TrainEvent.StepDone s) {
    StudyEvent.Planned plan = planned;
    StudyEvent.RunBegan now = run;
    long nanos = terminal.isScreen() ? SCREEN_NANOS : PLAIN_NANOS;
    if (plan == null || now == null || System.nanoTime() - lastShown < nanos) {
      return;
    }
    lastShown = System.nanoTime();
    double done = now.number() - 1 + (double) s.step() / totalSteps;
    double here = done - before;
    double spent = (System.nanoTime() - began) / 1e9;
    Duration left = Duration.ofMillis((long) (1000 * spent / here * (plan.runs() - done)));
    ProgressLine line =
        new ProgressLine(
            "training " + now.number() + "/" + plan.runs() + " " + now.arm(),
            now.number() + "/" + plan.runs(),
            done / plan.runs(),
            List.of(
                "loss " + Human.loss(s.figures().loss()), "step " + s.step() + "/" + totalSteps),
            left);
    if (terminal.isScreen()) {
      terminal.draw("\r" + line.fit(terminal.columns(), terminal.unicode()) + "\u001b[K");
      drawn = true;
    } else {
      terminal.note(line.plain());
    }
  }

  private void ended(StudyEvent.RunEnded e) {
    before += e.before() ? 1 : 0;
    say(
        "  "
            + e.run().arm()
            + ", seed "
            + e.run().seed()
            + ": "
            + (e.run().diverged()
                ? "diverged"
                : "validation top-1 " + Decimals.format("%.2f %%", e.run().accuracy()))
            + (e.before() ? " (finished before)" : ""));
  }

  private void measuring(String what) {
    if (terminal.isScreen()) {
      terminal.draw("\rmeasuring " + what + ERASE.substring(1));
      drawn = true;
    }
  }
}
