package dev.fovea.train;

import java.util.Set;

/**
 * What a range of epochs has in common, and what its programs are compiled for.
 *
 * @param side of the training images in pixels
 * @param frozen names of the parameters that are not trained
 */
record RunStage(int side, Set<String> frozen) {
  /** Copies the set. */
  RunStage {
    frozen = Set.copyOf(frozen);
  }
}
