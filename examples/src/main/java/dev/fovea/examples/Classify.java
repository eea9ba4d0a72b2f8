package dev.fovea.examples;

import dev.fovea.Classifier;
import java.nio.file.Path;

/** Says what is on a picture: {@code Classify MODEL PICTURE}. */
public final class Classify {
  private Classify() {}

  /** Runs the program. */
  public static void main(String[] args) {
    try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
      System.out.println(classifier.predict(Path.of(args[1])).best());
    }
  }
}
