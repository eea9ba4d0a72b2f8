package dev.fovea.app.run;

import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.train.EpochRow;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import dev.fovea.train.TrainResult;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Prints a run for programs: one JSON object per line, each with its kind under {@code event}:
 * {@code start}, {@code step} (at most one a second, and the last of each epoch), {@code epoch},
 * {@code exchanged} (with other ranks), {@code resized}, {@code saved}, {@code bad_images}, {@code
 * loading_failed}, {@code end}.
 */
public final class RunJson implements TrainListener {
  private static final long NANOS = 1_000_000_000L;

  private final Terminal terminal;
  private final RunClock clock;
  private final Runnable readerGone;
  private int stepsPerEpoch;
  private boolean readerGoneReported;
  private long lastStep = System.nanoTime() - NANOS;

  /** Runs {@code readerGone} once when the reader has closed the pipe. */
  public RunJson(Terminal terminal, RunClock clock, Runnable readerGone) {
    this.terminal = terminal;
    this.clock = clock;
    this.readerGone = readerGone;
  }

  @Override
  public void on(TrainEvent event) {
    Json line = line(event);
    if (line != null) {
      terminal.result(line);
      if (!readerGoneReported && terminal.results().readerIsGone()) {
        readerGoneReported = true;
        readerGone.run();
      }
    }
  }

  private @Nullable Json line(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted e) {
      stepsPerEpoch = e.plan().stepsPerEpoch();
      return started(e);
    } else if (event instanceof TrainEvent.StepDone e) {
      return step(e);
    } else if (event instanceof TrainEvent.EpochDone e) {
      return epoch(e.row()).put("best", e.best());
    } else if (event instanceof TrainEvent.TimeSpent e) {
      return time(e);
    } else if (event instanceof TrainEvent.Exchanged e) {
      return of("exchanged")
          .put("epoch", e.epoch())
          .put("waiting", e.waiting())
          .put("bytes", e.bytes());
    } else if (event instanceof TrainEvent.Resized e) {
      return of("resized").put("epoch", e.epoch()).put("input", e.side());
    } else if (event instanceof TrainEvent.PartsFrozen e) {
      return of("parts_frozen").put("epoch", e.epoch()).put("parts", e.parts());
    } else if (event instanceof TrainEvent.Saved e) {
      return of("saved").put("file", e.file()).put("step", e.step());
    } else if (event instanceof TrainEvent.LoadingFailed e) {
      return of("loading_failed").put("run", e.folder()).put("step", e.step());
    } else if (event instanceof TrainEvent.BadImages e) {
      return of("bad_images")
          .put(
              "images",
              e.images().stream()
                  .map(p -> new Json().put("name", p.name()).put("reason", p.reason()))
                  .toList());
    } else if (event instanceof TrainEvent.RunFinished e) {
      return end(e.result());
    }
    return null;
  }

  private static Json of(String event) {
    return new Json().put("event", event);
  }

  private static Json started(TrainEvent.RunStarted e) {
    Json config = new Json();
    e.config().settings().forEach(config::put);
    return of("start")
        .put("run", e.plan().folder())
        .put("model", e.config().network().model())
        .put("parameters", e.plan().parameters())
        .put("classes", e.classes())
        .put("train_images", e.trainImages())
        .put("val_images", e.valImages())
        .put("steps_per_epoch", e.plan().stepsPerEpoch())
        .put("total_steps", e.plan().totalSteps())
        .put("resumed_at", e.plan().resumedAt())
        .put("arena_bytes", e.plan().training().arenaBytes())
        .put("config", config)
        .put("notes", e.notes());
  }

  private @Nullable Json step(TrainEvent.StepDone e) {
    long now = System.nanoTime();
    if (now - lastStep < NANOS && e.stepInEpoch() != stepsPerEpoch) {
      return null;
    }
    lastStep = now;
    return of("step")
        .put("step", e.step())
        .put("epoch", e.epoch())
        .put("loss", e.figures().loss())
        .put("lr", e.figures().rate())
        .put("images_per_second", clock.imagesPerSecond())
        .put("seconds_left", clock.left().toMillis() / 1000.0);
  }

  private Json epoch(EpochRow row) {
    return of("epoch")
        .put("epoch", row.epoch())
        .put("step", row.step())
        .put("train_loss", row.train().loss())
        .put("train_top1", row.train().top1())
        .put("val_loss", row.val().map(EpochRow.Validation::loss).orElse(null))
        .put("val_top1", row.val().map(EpochRow.Validation::top1).orElse(null))
        .put("val_top5", row.val().map(EpochRow.Validation::top5).orElse(null))
        .put("lr", row.rate())
        .put("images_per_second", clock.lastEpochSpeed())
        .put("seconds", row.seconds());
  }

  /** Sums of seconds, those of making images over all threads that make them. */
  private static Json time(TrainEvent.TimeSpent e) {
    return of("time")
        .put("epoch", e.epoch())
        .put("images", e.images())
        .put("reading", e.loading().reading())
        .put("decoding", e.loading().decoding())
        .put("resizing", e.loading().resizing())
        .put("waiting", e.waiting())
        .put("network", e.network());
  }

  private static Json end(TrainResult r) {
    return of("end")
        .put("outcome", r.outcome().name().toLowerCase(Locale.ROOT))
        .put("run", r.folder().path())
        .put("step", r.step())
        .put("total_steps", r.totalSteps())
        .put("best_epoch", r.bestEpoch())
        .put("best_top1", r.bestTop1())
        .put("model", r.bestEpoch() == 0 ? null : r.model());
  }
}
