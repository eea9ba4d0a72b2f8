package dev.fovea.onednn;

import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.onednn.binding.Isa;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.ConvolutionSupport;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.IntegerProducts;
import dev.fovea.program.ObservingProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import dev.fovea.program.TrainingProgram;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Compiles graphs to oneDNN primitives and kernels of our own for the CPU.
 *
 * <p>Results are bit-identical for the same machine, number of threads, precision and algorithm of
 * convolutions. The backend is safe for use by several threads; its programs are not.
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
  public String machine() {
    NativeLibrary library = NativeLibrary.get();
    // The number also tells instructions apart that the name does not.
    return library.isa()
        + " (0x"
        + Integer.toHexString(library.isa().code())
        + (library.team().isPresent() ? ")" : ") without libgomp");
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
  public ConvolutionSupport fastConvolutions() {
    return support(NativeLibrary.get().isa(), NativeLibrary.get().team().isPresent());
  }

  /**
   * What fast convolutions need.
   *
   * @param team whether the threads of the engine can run code of our own
   */
  static ConvolutionSupport support(Isa isa, boolean team) {
    if (!isa.avx2()) {
      return new ConvolutionSupport(false, "this CPU has no AVX2 instructions");
    }
    return team
        ? new ConvolutionSupport(true, isa.avx512() ? "AVX-512" : "AVX2")
        : new ConvolutionSupport(
            false, "the OpenMP runtime libgomp.so.1 does not lie beside the engine's library");
  }

  @Override
  public TrainingProgram training(TrainingGraph graph, CompileOptions options) {
    requireSupport(options.precision());
    return new OneDnnTrainingProgram(graph, options);
  }

  @Override
  public InferenceProgram inference(Graph graph, ParameterSet weights, CompileOptions options) {
    requireSupport(options.precision());
    return OneDnnInferenceProgram.of(graph, own(weights), options);
  }

  @Override
  public IntegerProducts integerProducts() {
    return products(NativeLibrary.get().isa());
  }

  /** How instructions of a set multiply 8-bit integers. */
  static IntegerProducts products(Isa isa) {
    return isa.vnni()
        ? new IntegerProducts(true, isa.avx512() ? "AVX-512 with VNNI" : "AVX2 with VNNI")
        : new IntegerProducts(
            false,
            "this CPU has no VNNI instructions (" + isa + "); sums of two products saturate");
  }

  @Override
  public InferenceProgram quantized(
      Graph folded, ParameterSet weights, Quantization quantization, CompileOptions options) {
    OneDnnParameters own = own(weights);
    // What is not kept in 8 bits is in binary32.
    CompileOptions floats = options.withPrecision(Precision.F32);
    return new OneDnnInferenceProgram(
        folded,
        own,
        floats,
        (ctx, parameters) -> QuantizedLowering.lower(ctx, parameters, own, folded, quantization));
  }

  @Override
  public ObservingProgram observing(
      Graph graph, ParameterSet weights, CompileOptions options, Set<String> nodes) {
    if (options.precision() != Precision.F32) {
      throw new ProgramException("values are observed in binary32; set engine.precision to f32");
    }
    return new OneDnnObservingProgram(graph, own(weights), options, nodes);
  }

  @Override
  public AttributionProgram attribution(
      AttributionGraph graph, ParameterSet weights, CompileOptions options) {
    if (options.precision() != Precision.F32) {
      throw new ProgramException(
          "gradients of a score are computed in binary32; set engine.precision to f32");
    }
    return new OneDnnAttributionProgram(graph, own(weights), options);
  }

  private static OneDnnParameters own(ParameterSet weights) {
    if (weights instanceof OneDnnParameters own) {
      return own;
    }
    throw new ProgramException(
        "weights of another engine cannot be used with "
            + NativeLibrary.NAME
            + "; copy them by name");
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
