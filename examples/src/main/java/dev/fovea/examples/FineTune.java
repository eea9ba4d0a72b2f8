package dev.fovea.examples;

import dev.fovea.Training;
import dev.fovea.TrainingResult;
import java.nio.file.Path;

/** Teaches a trained network the classes of a folder: {@code FineTune MODEL PHOTOS FOLDER}. */
public final class FineTune {
  private FineTune() {}

  /** Runs the program. */
  public static void main(String[] args) {
    TrainingResult result =
        Training.on(Path.of(args[1]))
            .startFrom(Path.of(args[0]))
            .epochs(2)
            .folder(Path.of(args[2]))
            .run();
    System.out.println(result.model() + ", top-1 " + result.top1());
  }
}
