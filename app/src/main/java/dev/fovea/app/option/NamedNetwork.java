package dev.fovea.app.option;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.graph.Graph;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network named on the command line: a listed one, or that of a model file.
 *
 * @param quantized what the model file keeps in 8 bits, if anything
 */
public record NamedNetwork(
    String spec, int classes, Shape input, Optional<QuantizedNumbers> quantized) {

  /** Looks up the name; a name of the list comes before a file or folder. */
  public static NamedNetwork of(String name) {
    if (name.endsWith(".safetensors") || Files.exists(Path.of(name)) && !isListed(name)) {
      try (ModelFile file = ModelFile.open(ModelPath.of(name))) {
        ModelCard card = file.card();
        return new NamedNetwork(
            card.network(), card.classes().size(), card.input(), file.quantized());
      }
    }
    ModelInfo info = Models.info(name);
    return new NamedNetwork(name, info.classes(), info.input(), Optional.empty());
  }

  private static boolean isListed(String name) {
    return names().contains(name);
  }

  private static List<String> names() {
    return Models.all().stream().map(ModelInfo::name).toList();
  }

  /**
   * The listed networks whose names match a pattern, at least one.
   *
   * @throws UsageException if none does
   */
  public static List<ModelInfo> matching(String glob) {
    List<ModelInfo> found = Models.matching(glob);
    if (found.isEmpty()) {
      throw new UsageException(
          "no network matches '"
              + glob
              + "'."
              + Nearest.question(glob, names())
              + " 'fovea models' lists all");
    }
    return found;
  }

  /** Whether a model file keeps weights in 8 bits, which it then computes in. */
  public static boolean isQuantized(Path file) {
    try (ModelFile model = ModelFile.open(file)) {
      return model.quantized().isPresent();
    }
  }

  /** The graph, for another number of classes and image size if they are given. */
  public Graph graph(@Nullable Integer classes, @Nullable Integer side) {
    Shape shape = side == null ? input : Shape.of(input.dim(0), side, side);
    return Models.graph(spec, classes == null ? this.classes : classes, shape);
  }
}
