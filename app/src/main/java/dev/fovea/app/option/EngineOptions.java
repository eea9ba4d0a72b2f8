package dev.fovea.app.option;

import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import picocli.CommandLine.Option;

/** The options about what a network trains on. */
public final class EngineOptions extends InferenceOptions {
  @Option(
      names = "--memory",
      paramLabel = "normal|low",
      description =
          "low computes some results twice to need less memory in training (default: normal).")
  private Memory memory = Memory.NORMAL;

  @Override
  public CompileOptions options(int batch, Backend backend) {
    CompileOptions o = super.options(batch, backend);
    return new CompileOptions(o.batch(), o.precision(), memory, o.threads(), o.without());
  }
}
