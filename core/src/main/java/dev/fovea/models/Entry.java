package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.tensor.Shape;

/** A line of the list of models: what is known of it and how it is built. */
record Entry(ModelInfo info, Architecture architecture) {

  /** From a request to a graph; a pure function. */
  @FunctionalInterface
  interface Architecture {
    Graph build(Request request);
  }

  /**
   * What to build.
   *
   * @param name the graph's name: the model's with those options that differ from their defaults
   * @param input the shape of one image, (C, H, W)
   */
  record Request(String name, Shape input, int classes, Options options) {
    /**
     * The value of an option that counts something.
     *
     * @throws ModelException if it is no whole number from 1 to {@code most}
     */
    int count(String option, int most) {
      double value = options.number(option);
      if (value < 1 || value > most || value != Math.rint(value)) {
        throw new ModelException(
            "model '"
                + name
                + "': option "
                + option
                + " must be a whole number from 1 to "
                + most
                + ", got "
                + value);
      }
      return (int) value;
    }
  }
}
