package dev.fovea.interop;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Exports a model's weights to a plain safetensors file, for {@code load_state_dict} in Python.
 *
 * <pre>{@code
 * model.load_state_dict(safetensors.torch.load_file("weights.safetensors"))
 * }</pre>
 */
public final class StateDictExport {
  /** Which tensors are written. */
  public enum Format {
    /** Parameters and running statistics; PyTorch initializes the counters of batch norm itself. */
    SAFETENSORS,
    /**
     * Also {@code num_batches_tracked}, so that the names are exactly those of PyTorch's state
     * dict.
     */
    PYTORCH_NAMES
  }

  private static final String VARIANCE = ".running_var";

  private StateDictExport() {}

  /**
   * Exports the model file {@code model} to {@code file}.
   *
   * @return the names that were written, in the network's order
   * @throws dev.fovea.checkpoint.CheckpointException if the model cannot be read or the file cannot
   *     be written
   */
  public static List<String> write(Path model, Format format, Path file) {
    try (ModelFile checked = ModelFile.open(model);
        SafetensorsFile source = SafetensorsFile.open(model)) {
      checked.requireFullPrecision("a state dict holds");
      Graph graph = checked.graph();
      SafetensorsWriter writer =
          new SafetensorsWriter()
              .metadata(Map.of("format", "pt", "network", checked.card().network()));
      List<String> names = new java.util.ArrayList<>();
      for (ParamSpec spec : graph.params()) {
        String name = spec.name();
        writer.floats(name, spec.shape().dims(), () -> source.floats(name));
        names.add(name);
        if (format == Format.PYTORCH_NAMES && spec.role() == ParamSpec.Role.RUNNING_VAR) {
          String counter =
              name.substring(0, name.length() - VARIANCE.length()) + ".num_batches_tracked";
          writer.scalar(counter, 0);
          names.add(counter);
        }
      }
      writer.write(file);
      return names;
    }
  }
}
