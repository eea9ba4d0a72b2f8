package dev.fovea.study;

import dev.fovea.program.Backend;
import dev.fovea.train.EpochRow;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import dev.fovea.train.TrainResult;
import dev.fovea.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records the results of one run of an arm, and calls its observer at intervals. */
final class RunRecorder implements TrainListener, AutoCloseable {
  /** Observations per run: enough for a curve, few enough to cost little. */
  private static final int LOOKS = 40;

  private final Arm arm;
  private final Backend backend;
  private final List<EpochRow> epochs = new ArrayList<>();
  private @Nullable TrainingObserver observer;
  private int classes;
  private long totalSteps;
  private long images;
  private double seconds;
  private double lastElapsed;
  private int lastEpoch;

  RunRecorder(Arm arm, Backend backend) {
    this.arm = arm;
    this.backend = backend;
  }

  void begin(Trainer trainer) {
    observer = arm.watch().map(w -> w.of(trainer, backend)).orElse(null);
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted s) {
      classes = s.classes().size();
      totalSteps = s.plan().totalSteps();
      s.history().forEach(this::evaluated);
      look(0);
    } else if (event instanceof TrainEvent.StepDone s) {
      step(s);
    } else if (event instanceof TrainEvent.EpochDone e) {
      evaluated(e.row());
    } else if (event instanceof TrainEvent.RunFinished f
        && f.result().outcome() == TrainResult.Outcome.FINISHED
        && observer != null) {
      observer.atEnd();
    }
  }

  private void evaluated(EpochRow row) {
    if (row.val().isPresent()) {
      epochs.add(row);
    }
  }

  private void step(TrainEvent.StepDone s) {
    double now = s.elapsed().toNanos() / 1e9;
    if (s.epoch() == lastEpoch) {
      images += s.images();
      seconds += now - lastElapsed;
    }
    lastEpoch = s.epoch();
    long before = System.nanoTime();
    if (s.step() * LOOKS / totalSteps > (s.step() - 1) * LOOKS / totalSteps) {
      look(s.step());
    }
    // Observing does not count as training time.
    lastElapsed = now + (System.nanoTime() - before) / 1e9;
  }

  private void look(long step) {
    if (observer != null) {
      observer.look(step);
    }
  }

  TrainedRun result(long seed, boolean diverged) {
    return new TrainedRun(
        arm.name(),
        seed,
        classes,
        diverged,
        epochs,
        seconds == 0 ? 0 : images / seconds,
        observer == null ? List.of() : observer.seen());
  }

  @Override
  public void close() {
    if (observer != null) {
      observer.close();
    }
  }
}
