package dev.fovea.onednn;

import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.onednn.binding.Isa;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.FastConvolutions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import dev.fovea.program.ProgramException;
import dev.fovea.program.TrainingProgram;
import java.util.EnumMap;
import java.util.Map;

/**
 * Compiles graphs to oneDNN primitives for the CPU.
 *
 * <p>Results are bit-identical for the same machine, number of threads and precision. The backend
 * is safe for use by several threads; its programs are not.
 */
public final class OneDnnBackend implements Backend {
  private final Map<ConvolutionAlgorithm, PrecisionChoice> fastest =
      new EnumMap<>(ConvolutionAlgorithm.class);

  /**
   * Loads oneDNN.
   *
   * @throws dev.fovea.onednn.binding.NativeException if it cannot be loaded on this machine
   */
  public OneDnnBackend() {
    NativeLibrary.get();
  }

  @Override
  public String name() {
    return NativeLibrary.NAME + " " + NativeLibrary.get().version();
  }

  @Override
  public boolean supports(Precision precision) {
    return precision == Precision.F32 || NativeLibrary.get().isa().bf16();
  }

  @Override
  public synchronized PrecisionChoice fastestPrecision(ConvolutionAlgorithm convolution) {
    PrecisionChoice known = fastest.get(convolution);
    if (known == null) {
      known = PrecisionProbe.choose(this, convolution);
      fastest.put(convolution, known);
    }
    return known;
  }

  @Override
  public FastConvolutions fastConvolutions() {
    Isa isa = NativeLibrary.get().isa();
    if (isa.avx512()) {
      return new FastConvolutions(true, "AVX-512");
    }
    return isa.avx2()
        ? new FastConvolutions(true, "AVX2")
        : new FastConvolutions(false, "this CPU has no AVX2 instructions");
  }

  @Override
  public TrainingProgram training(TrainingGraph graph, CompileOptions options) {
    requireSupport(options.precision());
    return new OneDnnTrainingProgram(graph, options);
  }

  @Override
  public InferenceProgram inference(Graph graph, ParameterSet weights, CompileOptions options) {
    requireSupport(options.precision());
    if (!(weights instanceof OneDnnParameters own)) {
      throw new ProgramException(
          "weights of another engine cannot be used with "
              + NativeLibrary.NAME
              + "; copy them by name");
    }
    return new OneDnnInferenceProgram(graph, own, options);
  }

  @Override
  public ParameterSet parameters(Graph graph) {
    Owner descriptors = new Owner("parameter layout of " + graph.name());
    return OneDnnParameters.withOwnLayout(descriptors, graph);
  }

  private void requireSupport(Precision precision) {
    if (!supports(precision)) {
      throw new ProgramException(
          "this CPU has no bfloat16 instructions ("
              + NativeLibrary.get().isa()
              + "); set engine.precision to f32");
    }
  }
}
