package dev.fovea.app.option;

import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import picocli.CommandLine.Option;

/** The engine options of a command that can train. */
public final class EngineOptions extends InferenceOptions {
  @Option(
      names = "--memory",
      paramLabel = "normal|low",
      description = "low recomputes some activations to save memory in training (default: normal).")
  private Memory memory = Memory.NORMAL;

  @Override
  public CompileOptions options(int batch, Backend backend) {
    CompileOptions o = super.options(batch, backend);
    return new CompileOptions(
        o.batch(),
        o.precision(),
        memory,
        o.threads(),
        o.convolution(),
        o.without(),
        o.typicalBatch());
  }
}
