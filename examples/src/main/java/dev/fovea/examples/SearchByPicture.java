package dev.fovea.examples;

import dev.fovea.Classifier;
import dev.fovea.Embedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Finds the pictures that look most like one: {@code SearchByPicture MODEL FOLDER PICTURE}. */
public final class SearchByPicture {
  private SearchByPicture() {}

  /** Runs the program. */
  public static void main(String[] args) throws IOException {
    List<Path> pictures;
    try (Stream<Path> files = Files.walk(Path.of(args[1]))) {
      pictures = files.filter(Files::isRegularFile).sorted().toList();
    }
    try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
      List<Embedding> seen = classifier.embed(pictures);
      Embedding wanted = classifier.embed(Path.of(args[2]));
      Map<Path, Double> likeness = new HashMap<>();
      for (int i = 0; i < seen.size(); i++) {
        likeness.put(pictures.get(i), seen.get(i).similarity(wanted));
      }
      List<Path> best = new ArrayList<>(pictures);
      best.sort(Comparator.comparingDouble((Path p) -> likeness.get(p)).reversed());
      best.stream().limit(5).forEach(p -> System.out.println(p + " " + likeness.get(p)));
    }
  }
}
