package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.OutputFile;
import dev.fovea.interop.StateDictExport;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea export}: writes a model for other programs. */
@Command(
    name = "export",
    header = "Writes a model as ONNX, or its weights for load_state_dict in Python.",
    description = {
      "",
      "onnx: the network and its weights for ONNX Runtime, OpenVINO and others (opset 17, or"
          + " 20 with GELU, free batch axis, output 'logits'); class names and preprocessing are in"
          + " the metadata. A quantized model is written with QuantizeLinear and DequantizeLinear.",
      "",
      "safetensors, pytorch-names: in Python,"
          + " model.load_state_dict(safetensors.torch.load_file(FILE)). Both are safetensors files"
          + " with PyTorch's names; pytorch-names adds num_batches_tracked for every batch norm,"
          + " so that the names match the state dict exactly."
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
      paramLabel = "onnx|safetensors|pytorch-names",
      description = "What to write.")
  private String format = "";

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "FILE",
      description = "The file to write; there must be none yet.")
  private Path out = Path.of("");

  @Option(
      names = "--keep-batch-norm",
      description = "onnx: do not fold batch norms into the convolutions before them.")
  private boolean keepBatchNorm;

  @Option(
      names = "--with-preprocessing",
      description =
          "onnx: take RGB images as bytes, (N, H, W, 3) of any size, and resize, crop and"
              + " normalize them in the graph (opset 18).")
  private boolean withPreprocessing;

  @Mixin private GlobalOptions common = new GlobalOptions();

  public ExportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    boolean onnx = format.equals("onnx");
    if (!onnx && (keepBatchNorm || withPreprocessing)) {
      throw new UsageException(
          (keepBatchNorm ? "--keep-batch-norm" : "--with-preprocessing")
              + " belongs to --format onnx, but --format is '"
              + format
              + "'");
    }
    StateDictExport.Format names =
        switch (format) {
          case "safetensors", "onnx" -> StateDictExport.Format.SAFETENSORS;
          case "pytorch-names" -> StateDictExport.Format.PYTORCH_NAMES;
          default ->
              throw new UsageException(
                  "--format is '" + format + "'; expected onnx, safetensors or pytorch-names");
        };
    Path file = ModelPath.of(model);
    OutputFile.check("--out", out);
    if (onnx) {
      onnx(file);
    } else {
      report(file, StateDictExport.write(file, names, out).size());
    }
  }

  private void onnx(Path file) {
    OnnxModel written =
        OnnxExport.write(file, new OnnxExportOptions(keepBatchNorm, withPreprocessing), out);
    int nodes = written.graph().nodes().size();
    if (common.json) {
      terminal.result(
          new Json()
              .put("model", file.toString())
              .put("format", format)
              .put("file", out.toString())
              .put("nodes", nodes)
              .put("opset", written.opset())
              .put("input", written.graph().inputs().get(0).name())
              .put("output", written.graph().outputs().get(0).name()));
    } else {
      terminal.result(
          "wrote "
              + Human.count(nodes, "node")
              + " (opset "
              + written.opset()
              + ") to "
              + Human.visible(out.toString()));
    }
  }

  private void report(Path file, int tensors) {
    if (common.json) {
      terminal.result(
          new Json()
              .put("model", file.toString())
              .put("format", format)
              .put("file", out.toString())
              .put("tensors", tensors));
    } else {
      terminal.result(
          "wrote " + Human.count(tensors, "tensor") + " to " + Human.visible(out.toString()));
    }
  }
}
