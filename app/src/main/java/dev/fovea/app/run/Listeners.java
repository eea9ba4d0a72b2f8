package dev.fovea.app.run;

import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.util.ArrayList;
import java.util.List;

/** Forwards events to a list of listeners that can grow until the run starts. */
public final class Listeners implements TrainListener {
  private final List<TrainListener> all = new ArrayList<>();

  /** Adds a listener after the others; only before the run starts. */
  public void add(TrainListener listener) {
    all.add(listener);
  }

  @Override
  public void on(TrainEvent event) {
    all.forEach(l -> l.on(event));
  }
}
