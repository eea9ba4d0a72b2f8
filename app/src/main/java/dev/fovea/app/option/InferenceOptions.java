package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import java.util.Optional;
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
    return new CompileOptions(batch, precision(backend), CompileOptions.Memory.NORMAL, threads());
  }

  /** The number of threads, resolved. */
  public int threads() {
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** The precision to use on this machine. */
  Precision precision(Backend backend) {
    return switch (precision) {
      case auto -> backend.fastestPrecision().precision();
      case f32 -> Precision.F32;
      case bf16 -> Precision.BF16;
    };
  }

  /** The same, but {@code auto} keeps an earlier choice. */
  public Precision precision(Backend backend, Optional<Precision> before) {
    return precision == Wanted.auto
        ? before.orElseGet(() -> precision(backend))
        : precision(backend);
  }

  /** The precision and the reason for it. */
  public String explanation(Backend backend) {
    return precision == Wanted.auto
        ? explanation(backend.fastestPrecision())
        : "precision " + precision;
  }

  /** The choice of {@code auto} and the reason for it. */
  public static String explanation(PrecisionChoice choice) {
    String name = choice.precision().label();
    return "precision " + name + " (auto: " + choice.reason() + ")";
  }
}
