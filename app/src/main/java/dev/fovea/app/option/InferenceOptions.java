package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options about what a network answers on. */
public class InferenceOptions {
  /** What {@code --precision} takes. */
  enum Wanted {
    /** The one that is faster on this machine. */
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
          "Number format; auto takes the one that a short measurement finds faster (default:"
              + " ${DEFAULT-VALUE}).")
  private Wanted precision = Wanted.auto;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the engine; 0 takes all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  /** The engine, loaded now. */
  public Backend backend() {
    return new OneDnnBackend();
  }

  /** What to compile for. */
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

  /** The format that the options ask for on this machine. */
  Precision precision(Backend backend) {
    return switch (precision) {
      case auto -> backend.fastestPrecision().precision();
      case f32 -> Precision.F32;
      case bf16 -> Precision.BF16;
    };
  }

  /** The same, where {@code auto} goes on with what was chosen before. */
  public Precision precision(Backend backend, Optional<Precision> before) {
    return precision == Wanted.auto
        ? before.orElseGet(() -> precision(backend))
        : precision(backend);
  }

  /** What was chosen and why. */
  public String explanation(Backend backend) {
    return precision == Wanted.auto
        ? explanation(backend.fastestPrecision())
        : "precision " + precision;
  }

  /** What {@code auto} chose and why. */
  public static String explanation(PrecisionChoice choice) {
    String name = choice.precision().label();
    return "precision " + name + " (auto: " + choice.reason() + ")";
  }
}
