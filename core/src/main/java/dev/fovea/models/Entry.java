package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.tensor.Shape;

/** An entry of the model list: its description and the function that builds it. */
record Entry(ModelInfo info, Architecture architecture) {

  /** Builds a graph for a request; a pure function. */
  @FunctionalInterface
  interface Architecture {
    Graph build(Request request);
  }

  /**
   * Specifies the graph to build.
   *
   * @param name the graph's name: the model's, with the options that differ from their defaults
   * @param input the shape of one image, (C, H, W)
   */
  record Request(String name, Shape input, int classes, Options options) {
    /**
     * The value of an integer option.
     *
     * @throws ModelException if it is not a whole number from 1 to {@code most}
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
