package dev.fovea;

import dev.fovea.graph.Graph;
import dev.fovea.train.EpochRow;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Hands the events of a run to listeners, in the form that programs see. */
final class Events implements TrainListener {
  private final List<TrainingListener> listeners;
  private final List<TrainingEpoch> epochs = new ArrayList<>();
  private Runnable stop = () -> {};
  private int total;

  Events(List<TrainingListener> listeners) {
    this.listeners = listeners;
  }

  /** Says how to stop the run. */
  void stopsBy(Runnable stopping) {
    stop = stopping;
  }

  /** All epochs so far, those before a resume included. */
  List<TrainingEpoch> epochs() {
    return epochs;
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted started) {
      start(started);
    } else if (event instanceof TrainEvent.StepDone done) {
      listeners.forEach(l -> l.step(done.step(), done.figures().loss()));
      if (listeners.stream().anyMatch(TrainingListener::stops)) {
        stop.run();
      }
    } else if (event instanceof TrainEvent.EpochDone done) {
      TrainingEpoch epoch = epoch(done.row(), done.best(), done.validation());
      epochs.add(epoch);
      listeners.forEach(l -> l.epoch(epoch));
    } else if (event instanceof TrainEvent.BadImages bad) {
      bad.images().forEach(image -> listeners.forEach(l -> l.unreadable(image.reason())));
    }
  }

  private void start(TrainEvent.RunStarted started) {
    TrainEvent.Plan plan = started.plan();
    total = (int) ((plan.totalSteps() + plan.stepsPerEpoch() - 1) / plan.stepsPerEpoch());
    double best = Double.NEGATIVE_INFINITY;
    for (EpochRow row : started.history()) {
      double top1 = row.val().map(EpochRow.Validation::top1).orElse(Double.NEGATIVE_INFINITY);
      epochs.add(epoch(row, top1 > best, Optional.empty()));
      best = Math.max(best, top1);
    }
    TrainingPlan told =
        new TrainingPlan(
            plan.folder(),
            Graph.title(started.config().network().model()),
            started.classes(),
            started.trainImages(),
            started.valImages(),
            plan.totalSteps(),
            plan.resumedAt());
    listeners.forEach(l -> l.started(told));
    started.notes().forEach(note -> listeners.forEach(l -> l.note(note)));
  }

  private TrainingEpoch epoch(
      EpochRow row, boolean best, Optional<dev.fovea.eval.Evaluation> evaluation) {
    return new TrainingEpoch(
        row.epoch(),
        total,
        row.train().loss(),
        row.val().map(EpochRow.Validation::top1).orElse(Double.NaN),
        best,
        row.seconds(),
        evaluation);
  }
}
