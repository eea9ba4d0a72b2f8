package dev.fovea.bench.growth;

import java.util.List;

/**
 * The time of a training step on several ranks, from that of one.
 *
 * <p>A rank computes as fast as it would alone. While its backward pass goes on, sums of the
 * gradients that are ready pass over the link one after another; before the update the step waits
 * for the last. All ranks are equally fast: what the slowest of many costs is not in the model.
 *
 * @param pieces of the gradients, in the order in which they are ready
 * @param backward seconds from the start of a step to the end of its backward pass
 * @param step seconds of a step without any exchange, data and update included
 * @param statistics bytes of running statistics, which are averaged after the backward pass
 */
record GrowthModel(List<Piece> pieces, double backward, double step, long statistics) {
  // Before each step ranks tell whether they have a batch, after it its loss.
  private static final int MESSAGES = 2;

  /**
   * Gradients that are summed together.
   *
   * @param ready seconds from the start of a step until they are complete
   */
  record Piece(double ready, long bytes) {}

  GrowthModel {
    pieces = List.copyOf(pieces);
  }

  /** Seconds in which a step waits for the other ranks. */
  double waiting(int ranks, Link link) {
    if (ranks == 1) {
      return 0;
    }
    double free = 0;
    for (Piece piece : pieces) {
      free = Math.max(free, piece.ready()) + link.sum(ranks, piece.bytes());
    }
    free = Math.max(free, backward);
    if (statistics > 0) {
      free += link.sum(ranks, statistics);
    }
    return free - backward + MESSAGES * link.gather(ranks);
  }

  /** Seconds of a step. */
  double seconds(int ranks, Link link) {
    return step + waiting(ranks, link);
  }

  /** How much of the speed of as many single ranks is left, from 0 to 1. */
  double efficiency(int ranks, Link link) {
    return step / seconds(ranks, link);
  }

  /** The same step on ranks that compute faster by a factor. */
  GrowthModel faster(double factor) {
    return new GrowthModel(
        pieces.stream().map(p -> new Piece(p.ready() / factor, p.bytes())).toList(),
        backward / factor,
        step / factor,
        statistics);
  }

  /** The same step on ranks where, over a link, it was seen to take this long on two of them. */
  GrowthModel fitted(double seconds, Link link) {
    double low = 0;
    double high = seconds;
    while (high - low > 1e-6 * seconds) {
      double middle = (low + high) / 2;
      if (faster(step / middle).seconds(2, link) < seconds) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return faster(step / high);
  }
}
