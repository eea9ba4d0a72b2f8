package dev.fovea;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resolves what a program names as a model: a model file or the folder of a run. */
final class ModelPaths {
  private ModelPaths() {}

  /**
   * The model file.
   *
   * @throws CheckpointException if there is none
   */
  static Path file(Path named) {
    if (Files.isDirectory(named)) {
      Path model = new RunFolder(named).model();
      if (!Files.exists(model)) {
        throw new CheckpointException(
            named
                + " is a folder without model.safetensors; name a model file or the folder of a"
                + " run that has finished an epoch");
      }
      return model;
    }
    if (!Files.exists(named)) {
      throw new CheckpointException(named + ": no such model file; check the path");
    }
    if (!Files.isRegularFile(named)) {
      throw new CheckpointException(
          named
              + " is a named pipe, a socket or a device, which is never opened; name a model file"
              + " or the folder of a run");
    }
    return named;
  }
}
