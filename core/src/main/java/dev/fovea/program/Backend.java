package dev.fovea.program;

import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import java.util.Set;

/**
 * Compiles graphs to programs: the whole interface between Fovea and an engine.
 *
 * <p>Safe for use by several threads.
 */
public interface Backend {

  /** The engine's name, printed and stored with a run. */
  String name();

  /**
   * What of this machine the layout of memory and the last bits of results depend on, for example
   * {@code AVX-512 (0x7f)}: programs sum up their gradients only where it is the same.
   */
  String machine();

  /** Whether this machine runs {@code precision} at full speed. */
  boolean supports(Precision precision);

  /**
   * The precision that trains fastest on this machine if convolutions are computed like this, found
   * by a short benchmark, with its result.
   */
  PrecisionChoice fastestPrecision(ConvolutionAlgorithm convolution);

  /** Whether this machine runs fast convolutions, and with what or why not. */
  ConvolutionSupport fastConvolutions();

  /**
   * Compiles for training; all weights are zero until the caller writes them.
   *
   * @throws ProgramException if an operation has no implementation or there is not enough memory;
   *     nothing stays allocated then
   */
  TrainingProgram training(TrainingGraph graph, CompileOptions options);

  /**
   * Compiles for inference with {@code weights}, which must come from this backend and stay open as
   * long as the program is used.
   *
   * @throws ProgramException as above
   */
  InferenceProgram inference(Graph graph, ParameterSet weights, CompileOptions options);

  /** How this machine multiplies the 8-bit integers of quantized networks. */
  IntegerProducts integerProducts();

  /**
   * Compiles for inference in 8-bit integers, as {@code quantization} defines it; images are given
   * in binary32.
   *
   * <p>Where {@link #integerProducts} are not exact, convolutions and linear layers whose sums
   * could saturate compute in binary32 from the same rounded values and weights: slower, but the
   * same result.
   *
   * @param folded a network without batch norms behind convolutions, for speed; nodes and
   *     parameters are those that the quantization names
   * @param weights in binary32, rounded here; as in {@link #inference}
   * @throws ProgramException as above, or if the quantization does not fit the network
   */
  InferenceProgram quantized(
      Graph folded, ParameterSet weights, Quantization quantization, CompileOptions options);

  /**
   * Compiles for inference so that the results of some nodes can be read.
   *
   * @param options with precision F32
   * @param nodes their names
   * @throws ProgramException as above
   */
  ObservingProgram observing(
      Graph graph, ParameterSet weights, CompileOptions options, Set<String> nodes);

  /**
   * Compiles the forward and backward pass from a score to some nodes.
   *
   * @param weights as in {@link #inference}
   * @param options with precision F32
   * @throws ProgramException as above
   */
  AttributionProgram attribution(
      AttributionGraph graph, ParameterSet weights, CompileOptions options);

  /** Zero-filled parameters for a graph, for inference without training; the caller closes them. */
  ParameterSet parameters(Graph graph);
}
