package dev.fovea.app;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import picocli.CommandLine.Option;

/** The options about what a network runs on. */
final class EngineOptions {
  /** What {@code --precision} takes. */
  enum Wanted {
    /** bf16 where the CPU has instructions for it, else f32. */
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
          "Number format; auto takes bf16 where the CPU has instructions for it (default:"
              + " ${DEFAULT-VALUE}).")
  private Wanted precision = Wanted.auto;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the engine; 0 takes all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--memory",
      paramLabel = "normal|low",
      description =
          "low computes some results twice to need less memory in training (default:"
              + " ${DEFAULT-VALUE}).")
  private Memory memory = Memory.NORMAL;

  /** The engine, loaded now. */
  Backend backend() {
    return new OneDnnBackend();
  }

  /** What to compile for. */
  CompileOptions options(int batch, Backend backend) {
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
    int n = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    return new CompileOptions(batch, chosen(backend), memory, n);
  }

  /** The format that the options ask for on this machine. */
  Precision chosen(Backend backend) {
    return switch (precision) {
      case auto -> backend.supports(Precision.BF16) ? Precision.BF16 : Precision.F32;
      case f32 -> Precision.F32;
      case bf16 -> Precision.BF16;
    };
  }

  /** What was chosen and why. */
  String explanation(Backend backend) {
    String chosen = chosen(backend) == Precision.BF16 ? "bf16" : "f32";
    if (precision != Wanted.auto) {
      return "precision " + chosen;
    }
    return chosen.equals("bf16")
        ? "precision bf16 (auto: this CPU has bfloat16 instructions)"
        : "precision f32 (auto: this CPU has no bfloat16 instructions)";
  }
}
