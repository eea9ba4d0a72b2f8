package dev.fovea.app.run;

import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.util.ArrayList;
import java.util.List;

/** Listeners of which some come only when the run is already open. */
public final class Listeners implements TrainListener {
  private final List<TrainListener> all = new ArrayList<>();

  /** Adds one behind the others; before the run starts. */
  public void add(TrainListener listener) {
    all.add(listener);
  }

  @Override
  public void on(TrainEvent event) {
    all.forEach(l -> l.on(event));
  }
}
