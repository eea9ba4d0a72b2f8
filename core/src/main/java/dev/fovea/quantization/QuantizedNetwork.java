package dev.fovea.quantization;

import dev.fovea.graph.Graph;
import dev.fovea.program.Quantization;
import java.util.Map;

/**
 * A network in 8-bit integers.
 *
 * @param graph without auxiliary outputs, dropout, and norms behind convolutions
 * @param weights all parameters of the graph, by name; those in 8 bits are multiples of their step
 * @param quantization which numbers are kept in 8 bits
 * @param addends the scales of convolution results that are added unrounded, by name of the node,
 *     for runtimes that have to round them
 */
public record QuantizedNetwork(
    Graph graph,
    Map<String, float[]> weights,
    Quantization quantization,
    Map<String, Quantization.Scale> addends) {
  /** Copies the maps. */
  public QuantizedNetwork {
    weights = Map.copyOf(weights);
    addends = Map.copyOf(addends);
  }
}
