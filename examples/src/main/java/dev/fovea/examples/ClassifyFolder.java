package dev.fovea.examples;

import dev.fovea.Classifier;
import dev.fovea.eval.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Says what is on all pictures of a folder: {@code ClassifyFolder MODEL FOLDER}. */
public final class ClassifyFolder {
  private ClassifyFolder() {}

  /** Runs the program. */
  public static void main(String[] args) throws IOException {
    List<Path> pictures;
    try (Stream<Path> files = Files.walk(Path.of(args[1]))) {
      pictures = files.filter(Files::isRegularFile).sorted().toList();
    }
    try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
      for (Outcome outcome : classifier.predictEach(pictures)) {
        if (outcome instanceof Outcome.Seen seen) {
          System.out.println(seen.name() + ": " + seen.prediction().best());
        } else if (outcome instanceof Outcome.Unreadable unreadable) {
          System.out.println(unreadable.reason());
        }
      }
    }
  }
}
