package dev.fovea.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The sides of one contest, closed together. */
final class Sides implements AutoCloseable {
  private final List<Side> sides = new ArrayList<>();

  /** Starts a process and waits until it is ready, see {@link SideProcess#start}. */
  void start(String name, List<String> command, Map<String, String> environment) {
    sides.add(SideProcess.start(name, command, environment));
  }

  /** All sides, in the order in which they were started. */
  List<Side> all() {
    return List.copyOf(sides);
  }

  @Override
  public void close() {
    sides.forEach(Side::close);
  }
}
