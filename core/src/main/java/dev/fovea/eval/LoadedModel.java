package dev.fovea.eval;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.image.Decoding;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.Quantization;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model file in memory: its network, classes, preprocessing and weights, from which programs for
 * any batch size are compiled. Owns the weights; safe for use by several threads.
 */
public final class LoadedModel implements AutoCloseable {
  private final ModelCard card;
  private final Graph graph;
  private final Backend backend;
  private final ParameterSet weights;
  private final Optional<Quantization> quantization;

  private LoadedModel(ModelFile file, ModelCard card, Backend backend) {
    this.card = card;
    this.graph = file.graph();
    this.backend = backend;
    this.quantization = file.quantized().map(QuantizedNumbers::quantization);
    this.weights = backend.parameters(graph);
    boolean loaded = false;
    try {
      file.loadInto(weights);
      loaded = true;
    } finally {
      if (!loaded) {
        weights.close();
      }
    }
  }

  /**
   * Reads a model file.
   *
   * @param decoding replaces that of the model's preprocessing; empty to keep it
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   */
  public static LoadedModel open(Path model, Optional<Decoding> decoding, Backend backend) {
    try (ModelFile file = ModelFile.open(model)) {
      ModelCard own = file.card();
      ModelCard card = decoding.map(d -> own.with(own.preprocessing().with(d))).orElse(own);
      return new LoadedModel(file, card, backend);
    }
  }

  /** The metadata of the model, with the decoding that it was opened with. */
  public ModelCard card() {
    return card;
  }

  /** The network. */
  public Graph graph() {
    return graph;
  }

  /** The engine that its programs run on. */
  public Backend backend() {
    return backend;
  }

  /**
   * Compiles the network, or a graph with the same weights, for inference; the caller closes the
   * program before this model.
   *
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public InferenceProgram compile(Graph network, CompileOptions options) {
    return compile(network, network.nodes(), options);
  }

  /**
   * Compiles the last layer, {@link Features#head}, whose input are no images but what the rest of
   * the network computed.
   *
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public InferenceProgram compileHead(Graph head, CompileOptions options) {
    List<Node> layers = head.nodes().stream().filter(n -> n != head.input()).toList();
    return compile(head, layers, options);
  }

  private InferenceProgram compile(Graph part, List<Node> known, CompileOptions options) {
    return quantization.isPresent()
        ? Compilation.quantized(part, weights, part(quantization.get(), known), backend, options)
        : Compilation.inference(part, weights, backend, options);
  }

  /**
   * Compiles the network for gradients of its logits with respect to the named nodes, in binary32;
   * the caller closes the program before this model.
   *
   * <p>For a model in 8-bit integers the same network computes in binary32, with the weights that
   * the file holds, but without the rounding of values, whose gradient is zero almost everywhere:
   * logits differ a little from those that the model answers with.
   *
   * @param options batch and threads; the precision is always binary32
   * @param nodes as in {@link Compilation#attribution}
   * @throws dev.fovea.graph.GraphException if a node cannot be read
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public AttributionProgram attribution(Set<String> nodes, CompileOptions options) {
    return Compilation.attribution(
        graph, weights, backend, options.withPrecision(Precision.F32), nodes);
  }

  /**
   * The same with other weights than the model's own, for example changed copies of them.
   *
   * @param others as {@link #copyOfWeights} gives them
   */
  public AttributionProgram attribution(
      ParameterSet others, Set<String> nodes, CompileOptions options) {
    return Compilation.attribution(
        graph, others, backend, options.withPrecision(Precision.F32), nodes);
  }

  /**
   * A copy of one parameter's values in row-major order.
   *
   * @throws IllegalArgumentException if there is no such parameter
   */
  public float[] weights(String name) {
    return weights.read(name);
  }

  /** A copy of the weights, which the caller may change and closes. */
  public ParameterSet copyOfWeights() {
    ParameterSet copy = backend.parameters(graph);
    boolean copied = false;
    try {
      for (ParamSpec p : graph.params()) {
        copy.write(p.name(), weights.read(p.name()));
      }
      copied = true;
      return copy;
    } finally {
      if (!copied) {
        copy.close();
      }
    }
  }

  /** Whether the model computes in 8-bit integers. */
  public boolean isQuantized() {
    return quantization.isPresent();
  }

  /** What is said of some nodes and their parameters. */
  private static Quantization part(Quantization whole, List<Node> nodes) {
    Set<String> names = new HashSet<>();
    for (Node n : nodes) {
      names.add(n.name());
      n.params().forEach(p -> names.add(p.name()));
    }
    Map<String, Quantization.Scale> values = new HashMap<>(whole.values());
    values.keySet().retainAll(names);
    Map<String, float[]> steps = new HashMap<>(whole.weights());
    steps.keySet().retainAll(names);
    return new Quantization(values, steps);
  }

  /** Frees the weights; closing again has no effect. */
  @Override
  public void close() {
    weights.close();
  }
}
