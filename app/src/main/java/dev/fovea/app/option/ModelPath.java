package dev.fovea.app.option;

import dev.fovea.app.console.CommandException;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resolves a model on the command line: a model file or a run folder. */
public final class ModelPath {
  private ModelPath() {}

  /** The file. */
  public static Path of(String name) {
    Path path = Path.of(name);
    if (Files.isDirectory(path)) {
      Path model = new RunFolder(path).model();
      if (!Files.exists(model)) {
        throw new CommandException(
            name
                + " is a folder without model.safetensors; name a model file or the folder of a run"
                + " that has finished an epoch");
      }
      return model;
    }
    if (!Files.exists(path)) {
      boolean network = Models.all().stream().map(ModelInfo::name).anyMatch(name::equals);
      throw new CommandException(
          name
              + ": no such model file; "
              + (network
                  ? "this is the name of a network without weights: train it with 'fovea train"
                      + " --model "
                      + name
                      + "'"
                  : "check the path, or train one with 'fovea train'"));
    }
    if (!Files.isRegularFile(path)) {
      throw new CommandException(
          name
              + " is a named pipe, a socket or a device, which fovea never opens; name a model file"
              + " or a run folder");
    }
    return path;
  }
}
