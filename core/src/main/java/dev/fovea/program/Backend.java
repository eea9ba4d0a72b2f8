package dev.fovea.program;

import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;

/**
 * What turns graphs into programs: the whole interface between Fovea and an engine.
 *
 * <p>Safe for use by several threads.
 */
public interface Backend {

  /** The name that is printed and stored with a run. */
  String name();

  /** Whether this machine runs {@code precision} at full speed. */
  boolean supports(Precision precision);

  /**
   * The precision that trains fastest here, found by a short measurement, and the figure behind it.
   */
  PrecisionChoice fastestPrecision();

  /**
   * Compiles for training; the weights start at zero and are to be written by the caller.
   *
   * @throws ProgramException if an operation has no implementation or memory does not suffice; then
   *     nothing stays allocated
   */
  TrainingProgram training(TrainingGraph graph, CompileOptions options);

  /**
   * Compiles for inference over {@code weights}, which must be of this backend and stay open.
   *
   * @throws ProgramException as above
   */
  InferenceProgram inference(Graph graph, ParameterSet weights, CompileOptions options);

  /** Zero-filled parameters of a graph, for inference without training; the caller closes them. */
  ParameterSet parameters(Graph graph);
}
