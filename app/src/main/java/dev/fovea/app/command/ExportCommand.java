package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ModelPath;
import dev.fovea.interop.StateDictExport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea export}: writes a model's weights for Python. */
@Command(
    name = "export",
    header = "Writes a model's weights for load_state_dict in Python.",
    description = {
      "",
      "In Python: model.load_state_dict(safetensors.torch.load_file(FILE)). Both formats are"
          + " safetensors files with PyTorch's names; pytorch-names adds num_batches_tracked for"
          + " every batch norm, so that the names match the state dict exactly."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class ExportCommand implements Runnable {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "A model file or a run folder.")
  private String model = "";

  @Option(
      names = "--format",
      required = true,
      paramLabel = "safetensors|pytorch-names",
      description = "Which names to write.")
  private String format = "";

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "FILE",
      description = "The file to write.")
  private Path out = Path.of("");

  @Mixin private GlobalOptions common = new GlobalOptions();

  public ExportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    StateDictExport.Format wanted =
        switch (format) {
          case "safetensors" -> StateDictExport.Format.SAFETENSORS;
          case "pytorch-names" -> StateDictExport.Format.PYTORCH_NAMES;
          default ->
              throw new UsageException(
                  "--format is '" + format + "'; expected safetensors or pytorch-names");
        };
    Path file = ModelPath.of(model);
    if (Files.exists(out) && isSame(file)) {
      throw new UsageException("--out is the model itself; name another file");
    }
    List<String> names = StateDictExport.write(file, wanted, out);
    if (common.json) {
      terminal.result(
          new Json()
              .put("model", file.toString())
              .put("format", format)
              .put("file", out.toString())
              .put("tensors", names.size()));
    } else {
      terminal.result(
          "wrote " + Human.count(names.size()) + " tensors to " + Human.visible(out.toString()));
    }
  }

  private boolean isSame(Path file) {
    try {
      return Files.isSameFile(file, out);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
