package dev.fovea.data.loader;

/** When the threads of a {@link Loader} work, on cores that they share with the network. */
public enum LoaderTurns {
  /** At any time, until enough batches are ready. */
  BESIDE_THE_NETWORK,
  /**
   * Only while a batch is waited for. An image that has been begun is finished, so that at most one
   * image per thread falls into the network's time.
   */
  BETWEEN_STEPS
}
