package dev.fovea.train;

import dev.fovea.data.source.BadImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Collects the unreadable images that loader threads report, each once. Thread-safe. */
final class BadImageLog implements Consumer<BadImage> {
  private final ConcurrentLinkedQueue<BadImage> waiting = new ConcurrentLinkedQueue<>();
  private final Set<BadImage> known = ConcurrentHashMap.newKeySet();

  // Successive loaders report the same images.
  @Override
  public void accept(BadImage image) {
    if (known.add(image)) {
      waiting.add(image);
    }
  }

  /** Returns the images reported since the last call, if any. */
  Optional<TrainEvent.BadImages> take() {
    List<BadImage> found = new ArrayList<>();
    for (BadImage b = waiting.poll(); b != null; b = waiting.poll()) {
      found.add(b);
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(new TrainEvent.BadImages(found));
  }
}
