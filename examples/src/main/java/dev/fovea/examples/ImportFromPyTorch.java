package dev.fovea.examples;

import dev.fovea.Classifier;
import dev.fovea.ModelImport;
import java.nio.file.Path;

/**
 * Makes a model file of weights that PyTorch saved, and opens it: {@code ImportFromPyTorch WEIGHTS
 * NETWORK MODEL}, for example {@code resnet50-0676ba61.pth resnet50 r50.safetensors}.
 */
public final class ImportFromPyTorch {
  private ImportFromPyTorch() {}

  /** Runs the program. */
  public static void main(String[] args) {
    Path model = ModelImport.weights(Path.of(args[0]), args[1]).write(Path.of(args[2]));
    try (Classifier classifier = Classifier.open(model)) {
      System.out.println(classifier.network() + ", " + classifier.classes().size() + " classes");
    }
  }
}
