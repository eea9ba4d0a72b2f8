package dev.fovea.app.option;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.graph.Graph;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
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
    return Models.all().stream().map(ModelInfo::name).anyMatch(name::equals);
  }

  /** The graph, for another number of classes and image size if they are given. */
  public Graph graph(@Nullable Integer classes, @Nullable Integer side) {
    Shape shape = side == null ? input : Shape.of(input.dim(0), side, side);
    return Models.graph(spec, classes == null ? this.classes : classes, shape);
  }
}
