package dev.fovea.study.claims;

import dev.fovea.study.Series;
import dev.fovea.study.TrainingObserver;
import java.util.List;
import java.util.function.Supplier;

/** Measures a network once, when its training has finished. */
final class FinalMeasurement implements TrainingObserver {
  private final Supplier<List<Series>> measurement;
  private List<Series> found = List.of();

  FinalMeasurement(Supplier<List<Series>> measurement) {
    this.measurement = measurement;
  }

  @Override
  public void look(long step) {
    // Only the finished network is measured.
  }

  @Override
  public void atEnd() {
    found = measurement.get();
  }

  @Override
  public List<Series> seen() {
    return found;
  }

  @Override
  public void close() {
    // Holds no resources between observations.
  }
}
