package dev.fovea.eval;

import dev.fovea.data.loader.LoaderTurns;

/** How the making of images and the network share the cores while a data set is classified. */
public sealed interface Arrangement {

  /**
   * One network on all of its threads, fed by threads that make images.
   *
   * @param loaders threads that make images
   * @param turns when they work
   */
  record Fed(int loaders, LoaderTurns turns) implements Arrangement {}

  /**
   * Several networks with the same weights, each of which makes its images on the thread that runs
   * it and shares no batch with the others. The classifier's own is one of them.
   *
   * @param count the number of networks
   */
  record Instances(int count) implements Arrangement {}

  /** One network, and loader threads beside it. */
  static Arrangement fed(int loaders) {
    return new Fed(loaders, LoaderTurns.BESIDE_THE_NETWORK);
  }

  /** What {@code fovea predict} does on so many cores; decision 0125 says why. */
  static Arrangement standard(int cores) {
    return fed(cores);
  }

  /** The number of networks that run at the same time. */
  default int networks() {
    return this instanceof Instances many ? many.count() : 1;
  }

  /** The threads of each network on so many cores. */
  default int threadsOfEach(int cores) {
    return Math.max(1, cores / networks());
  }
}
