package dev.fovea.onnx.exporter;

import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.graph.Graph;
import java.util.Optional;
import java.util.function.Function;

/**
 * A network to export.
 *
 * @param weights gives the values of a parameter by its name
 * @param quantized what it keeps in 8 bits; then its norms are folded already
 */
record Network(
    Graph graph, Function<String, float[]> weights, Optional<QuantizedNumbers> quantized) {}
