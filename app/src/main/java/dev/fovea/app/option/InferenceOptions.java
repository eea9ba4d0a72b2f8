package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The engine options of a command that runs inference. */
public class InferenceOptions {
  /** The values of {@code --precision}. */
  enum Wanted {
    /** The faster one on this machine. */
    auto,
    /** binary32. */
    f32,
    /** bfloat16. */
    bf16
  }

  @Option(
      names = "--precision",
      paramLabel = "auto|f32|bf16",
      description =
          "Number format; auto measures briefly and takes the faster one (default:"
              + " ${DEFAULT-VALUE}).")
  private Wanted precision = Wanted.auto;

  @Option(
      names = "--convolution",
      paramLabel = "NAME",
      converter = ConvolutionOption.class,
      description = ConvolutionOption.DESCRIPTION + " (default: auto).")
  private @Nullable ConvolutionAlgorithm convolution;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the engine; 0 uses all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  /** Loads the engine. */
  public Backend backend() {
    return new OneDnnBackend();
  }

  /** The options for compilation. */
  public CompileOptions options(int batch, Backend backend) {
    return new CompileOptions(
            batch, precision(backend, convolution()), CompileOptions.Memory.NORMAL, threads())
        .convolving(convolution());
  }

  /** The options for compiling a model, whose 8-bit integers leave no number format to choose. */
  public CompileOptions options(int batch, Backend backend, boolean quantized) {
    return quantized
        ? new CompileOptions(batch, Precision.F32, CompileOptions.Memory.NORMAL, threads())
            .convolving(convolution())
        : options(batch, backend);
  }

  /**
   * Checks that the number format and the algorithm of convolutions that were asked for apply to a
   * model, since 8-bit integers leave neither to choose.
   *
   * @return a note that they apply to other models only; empty if they apply to all, or none was
   *     asked for
   * @throws UsageException if they apply to no model
   */
  public Optional<String> checkApplies(List<Path> models, Predicate<Path> quantized) {
    List<String> given = new ArrayList<>();
    if (precision != Wanted.auto) {
      given.add("--precision " + precision);
    }
    if (convolution != null && convolution != ConvolutionAlgorithm.AUTO) {
      given.add("--convolution " + convolution.label());
    }
    return checkApplies(given, models, quantized);
  }

  static Optional<String> checkApplies(
      List<String> given, List<Path> models, Predicate<Path> quantized) {
    List<Path> integers =
        given.isEmpty() ? List.of() : models.stream().filter(quantized).distinct().toList();
    if (integers.isEmpty()) {
      return Optional.empty();
    }
    String what =
        String.join(" and ", given)
            + (given.size() == 1 ? " does" : " do")
            + " not apply to "
            + integers.stream().map(Path::toString).collect(Collectors.joining(", "))
            + (integers.size() == 1 ? ", which computes" : ", which compute")
            + " in 8-bit integers";
    if (integers.size() == models.stream().distinct().count()) {
      throw new UsageException(
          what
              + "; leave "
              + (given.size() == 1 ? "it" : "them")
              + " out, or name a model that is not quantized");
    }
    return Optional.of("note: " + what);
  }

  /** The number of threads, resolved. */
  public int threads() {
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private Precision precision(Backend backend, ConvolutionAlgorithm algorithm) {
    return switch (precision) {
      case auto -> backend.fastestPrecision(algorithm).precision();
      case f32 -> Precision.F32;
      case bf16 -> Precision.BF16;
    };
  }

  /** The precision to use on this machine, where {@code auto} keeps an earlier choice. */
  public Precision precision(
      Backend backend, ConvolutionAlgorithm algorithm, Optional<Precision> before) {
    return precision == Wanted.auto
        ? before.orElseGet(() -> precision(backend, algorithm))
        : precision(backend, algorithm);
  }

  private ConvolutionAlgorithm convolution() {
    return convolution(Optional.empty());
  }

  /** How convolutions are computed; without the option, an earlier choice is kept. */
  public ConvolutionAlgorithm convolution(Optional<ConvolutionAlgorithm> before) {
    return convolution == null ? before.orElse(ConvolutionAlgorithm.AUTO) : convolution;
  }

  /** The precision and the reason for it, and the algorithm of convolutions if it is not auto. */
  public String explanation(Backend backend) {
    return (precision == Wanted.auto
            ? explanation(backend.fastestPrecision(convolution()))
            : "precision " + precision)
        + explanation(convolution());
  }

  /** As {@link #explanation(Backend)}, for a model in 8-bit integers if {@code quantized}. */
  public String explanation(Backend backend, boolean quantized) {
    return quantized
        ? "8-bit integers (" + backend.integerProducts().reason() + ")"
        : explanation(backend);
  }

  /** The choice of {@code auto} and the reason for it. */
  public static String explanation(PrecisionChoice choice) {
    String name = choice.precision().label();
    return "precision " + name + " (auto: " + choice.reason() + ")";
  }

  /** The algorithm of convolutions as the end of a list; empty for {@code auto}. */
  public static String explanation(ConvolutionAlgorithm algorithm) {
    return algorithm == ConvolutionAlgorithm.AUTO ? "" : ", convolution " + algorithm.label();
  }
}
